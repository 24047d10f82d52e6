"""What the portal tells a person: stored first, sent after (N1)."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone
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


class Timing(models.TextChoices):
    """When a notification reaches a person by a channel (N2)."""

    AT_ONCE = "at_once", _("at once")
    DAILY = "daily", _("once a day")
    WEEKLY = "weekly", _("once a week")
    OFF = "off", _("off")


HELD = (Timing.DAILY, Timing.WEEKLY)
"""Timings by which a notification waits for a digest."""


class NotificationPreference(models.Model):
    """A person's own choice for one type and channel; where there is none, the type's default holds."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_preferences"
    )
    type = models.CharField(max_length=64)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    timing = models.CharField(_("when"), max_length=10, choices=Timing.choices)

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "type", "channel"], name="notifications_preference_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.type} {self.channel} {self.timing}"


class SendingState(models.TextChoices):
    """How far a mail is. ``sending`` is committed before the mail server is spoken to."""

    PENDING = "pending", _("pending")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    CLOSED = "closed", _("closed")


class NotificationDigest(models.Model):
    """What one person is told at once of a day or a week, by one channel (N2).

    ``period`` is the day, in the person's timezone, on which it was due. One for each: a job that runs
    twice finds it, and what it gathered is in no other (N4).
    """

    State = SendingState

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_digests"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    timing = models.CharField(max_length=10, choices=Timing.choices)
    period = models.DateField()
    state = models.CharField(
        max_length=10, choices=SendingState.choices, default=SendingState.PENDING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "channel", "timing", "period"], name="notifications_digest_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.channel} {self.timing} {self.period}: {self.state}"


#: After so long in *sending* nobody is in conversation about a mail any more: what became of it is unknown.
#: It is the time for which a worker holds its job.
UNKNOWN_AFTER = dt.timedelta(minutes=15)


class DeliveryQuerySet(models.QuerySet["NotificationDelivery"]):
    """The reads of deliveries."""

    def held(self) -> "DeliveryQuerySet":
        """Those that wait for a digest and are in none yet."""
        return self.filter(timing__in=HELD, digest=None, state=SendingState.PENDING)

    def unknown(self) -> "DeliveryQuerySet":
        """Those of which nobody knows whether the mail server took them (N4)."""
        return self.filter(self.model.is_unknown_when())

    def counts(self) -> dict[str, int]:
        """How many mails are to be sent, have failed for good, and are unknown; one query.

        What waits for a digest is not to be sent yet.
        """
        state = NotificationDelivery.State
        # Cut to what the index holds first: next to all are sent.
        unsettled = self.filter(
            state__in=[state.PENDING, state.SENDING, state.FAILED], channel=Channel.EMAIL
        )
        waits = Q(state=state.PENDING) & ~Q(timing__in=HELD, digest=None)
        return unsettled.aggregate(
            pending=Count("pk", filter=waits),
            failed=Count("pk", filter=Q(state=state.FAILED)),
            unknown=Count("pk", filter=self.model.is_unknown_when()),
        )


class NotificationDelivery(models.Model):
    """One notification by one channel beside the inbox, sent once at most (N4).

    ``sending`` is committed before the mail server is spoken to. A process that dies between the two
    leaves it there: whether the mail went out is then unknown, and it is not sent again but by an admin
    who knows that; one who does not want that closes it (``campus.notifications.deliveries``).
    One whose ``timing`` is a day or a week waits for the ``digest`` that takes it.
    """

    State = SendingState

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    timing = models.CharField(max_length=10, choices=Timing.choices, default=Timing.AT_ONCE)
    # Never to be loosened: what a digest took must not wait for another one.
    digest = models.ForeignKey(
        NotificationDigest,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="deliveries",
    )
    state = models.CharField(
        max_length=10, choices=SendingState.choices, default=SendingState.PENDING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            # What the report and the metrics count: next to all are sent, and those are not in it.
            models.Index(
                fields=["state", "started_at"],
                name="notifications_unsettled",
                condition=Q(state__in=["pending", "sending", "failed"]),
            ),
            models.Index(
                fields=["timing"],
                name="notifications_held",
                condition=Q(digest=None, state="pending") & ~Q(timing="at_once"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "channel"], name="notifications_delivery_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} {self.channel}: {self.state}"

    @staticmethod
    def is_unknown_when() -> Q:
        """The condition of what :attr:`is_unknown` says of one."""
        return Q(
            state=NotificationDelivery.State.SENDING,
            started_at__lt=timezone.now() - UNKNOWN_AFTER,
        )

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows if the mail server took it: begun, not ended, and no worker's any more."""
        return (
            self.state == self.State.SENDING
            and self.started_at is not None
            and self.started_at < timezone.now() - UNKNOWN_AFTER
        )

    @property
    def can_be_settled(self) -> bool:
        """Whether an admin may send it again or close it: it is unknown, or failed for good."""
        return self.is_unknown or self.state == self.State.FAILED
