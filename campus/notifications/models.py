"""What the portal tells a person: stored first, sent after (N1)."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NotificationQuerySet(models.QuerySet["Notification"]):
    """The reads of notifications."""

    def visible_to(self, user: Any) -> "NotificationQuerySet":
        """Those of ``user``; nobody reads another's, whatever their role."""
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()

    def unread(self) -> "NotificationQuerySet":
        """Those not read yet."""
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """One message to one person.

    Only the type and its facts (``params``) are stored; the sentence is made when it is read, in the
    reader's language. ``action`` names what the reader can do from it (N3) and is emptied when done.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    type = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    path = models.CharField(max_length=300, blank=True)
    action = models.CharField(max_length=64, blank=True)
    action_target = models.CharField(max_length=64, blank=True)
    action_taken_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notifications_inbox"),
            models.Index(
                fields=["user"], name="notifications_unread", condition=Q(read_at__isnull=True)
            ),
            models.Index(
                fields=["action_target"],
                name="notifications_open_action",
                condition=Q(action_taken_at__isnull=True) & ~Q(action=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} → {self.user_id}"

    @property
    def has_open_action(self) -> bool:
        """Whether the reader can still do what it asks for (N3)."""
        return bool(self.action) and self.action_taken_at is None


class Channel(models.TextChoices):
    """The ways a notification reaches a person."""

    IN_APP = "in_app", _("in the portal")
    EMAIL = "email", _("by e-mail")


class NotificationPreference(models.Model):
    """A person's own choice for one type and channel; where there is none, the type's default holds."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_preferences"
    )
    type = models.CharField(max_length=64)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    is_on = models.BooleanField(_("on"))

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "type", "channel"], name="notifications_preference_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.type} {self.channel} {self.is_on}"


class NotificationDelivery(models.Model):
    """One notification by one channel outside the portal, sent once at most (N4).

    ``sending`` is committed before the mail server is spoken to. A process that dies between the two
    leaves it there: whether the mail went out is then unknown, and it is not sent again.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "channel"], name="notifications_delivery_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} {self.channel}: {self.state}"
