"""What this app holds on a person (P9): their inbox and what they chose to be told."""

from django.db import transaction

from campus.accounts.models import User
from campus.notifications import registry
from campus.notifications.models import (
    Notification,
    NotificationDigest,
    NotificationPreference,
)
from portal import personal


def export_inbox(user: User) -> personal.Rows:
    """Every notification, in the language of whoever makes the download: its owner's own."""
    rows = Notification.objects.filter(user=user).order_by("created_at", "id")
    return [
        {
            "title": registry.find(one.type).title_for(one.params),
            "body": registry.find(one.type).body_for(one.params),
            "created_at": one.created_at,
            "read_at": one.read_at,
        }
        for one in rows.iterator()
    ]


def export_choices(user: User) -> personal.Rows:
    """What the person chose."""
    rows = NotificationPreference.objects.filter(user=user).order_by("type", "channel")
    return [dict(row) for row in rows.values("type", "channel", "timing")]


def erase_inbox(user: User) -> None:
    """Delete the inbox; mails that wait to be sent go with it."""
    with transaction.atomic():
        Notification.objects.filter(user=user).delete()
        NotificationDigest.objects.filter(user=user).delete()


def erase_choices(user: User) -> None:
    """Delete the choices."""
    NotificationPreference.objects.filter(user=user).delete()


def register() -> None:
    """Register both."""
    personal.register(
        "notifications",
        export_inbox,
        erase_inbox,
        ["notifications.Notification", "notifications.NotificationDigest"],
        order=personal.LATE,
    )
    personal.register(
        "notification_choices",
        export_choices,
        erase_choices,
        ["notifications.NotificationPreference"],
        order=personal.LATE,
    )
