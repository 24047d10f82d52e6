"""Reads of notifications as people see them: sentences in the active language, choices with defaults."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from campus.accounts.models import User
from campus.notifications import registry
from campus.notifications.models import Channel, Notification, Timing
from campus.notifications.preferences import choices_of
from campus.notifications.services import localized_path


@dataclass(frozen=True)
class Line:
    """A notification made readable in the active language."""

    pk: uuid.UUID
    created_at: dt.datetime
    read_at: dt.datetime | None
    label: str
    title: str
    body: str
    path: str
    actions: list[dict[str, str]]


def line_of(notification: Notification) -> Line:
    """The sentences of one notification, and what can still be done from it (N3)."""
    kind = registry.find(notification.type)
    actions = kind.actions if notification.has_open_action else {}
    return Line(
        pk=notification.pk,
        created_at=notification.created_at,
        read_at=notification.read_at,
        label=str(kind.label),
        title=kind.title_for(notification.params),
        body=kind.body_for(notification.params),
        path=localized_path(notification.path, get_language() or "en"),
        actions=[{"name": name, "label": str(label)} for name, (label, _do) in actions.items()],
    )


def lines_of(notifications: Iterable[Notification]) -> list[Line]:
    """Several of them; no query beyond that of the notifications."""
    return [line_of(notification) for notification in notifications]


def latest_of(user: User, *, limit: int = 8) -> list[Line]:
    """What the bell's menu shows: the newest few; one query."""
    return lines_of(Notification.objects.visible_to(user)[:limit])


def preferences_of(user: User) -> list[dict[str, Any]]:
    """Every listed type and channel with the person's choice, else its default; one query."""
    chosen = choices_of(user.pk)
    return [
        {
            "type": kind.name,
            "label": str(kind.label),
            "group": kind.group,
            "group_label": str(registry.group_label(kind.group)),
            "channel": channel.value,
            "channel_label": str(channel.label),
            "timing": chosen[kind.name, channel].value,
            "is_on": chosen[kind.name, channel] != Timing.OFF,
            "mandatory": kind.mandatory,
        }
        for kind in registry.listed_types()
        for channel in Channel
    ]
