"""What follows from events: completion with its progress, reminders sent, and private calendars."""

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campus.events.models.events import Event
from campus.events.models.registrations import EventRegistration
from campus.institutions.scope import register_path


class EventCompletion(models.Model):
    """The work that a completed event leaves: certificates and points, one person after the other (E7).

    Each person who is through is a row of :class:`EventAward`, written in the transaction that awards,
    so a worker that dies and comes back goes on with those who have none; ``done`` counts them.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        RUNNING = "running", _("is being worked on")
        DONE = "done", _("done")

    event = models.OneToOneField(
        Event, on_delete=models.CASCADE, primary_key=True, related_name="completion"
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(_("total"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    certificates = models.PositiveIntegerField(_("certificates"), default=0)
    points = models.PositiveIntegerField(_("points proposed"), default=0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("completion of an event")
        verbose_name_plural = _("completions of events")
        constraints = [
            models.CheckConstraint(
                condition=Q(done__lte=F("total")), name="events_completion_within_total"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.done}/{self.total}"


class EventAward(models.Model):
    """What one person got for an event, once (E7): numbers of what the apps that award made."""

    registration = models.OneToOneField(
        EventRegistration, on_delete=models.CASCADE, primary_key=True, related_name="award"
    )
    certificate_id = models.UUIDField(null=True, blank=True)
    transaction_id = models.UUIDField(null=True, blank=True)
    days = models.PositiveSmallIntegerField(_("days attended"), default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("award of an event")
        verbose_name_plural = _("awards of events")

    def __str__(self) -> str:
        return str(self.registration_id)


class EventReminder(models.Model):
    """That the registered were reminded of one start, a day or an hour before: once each.

    An event that is moved has another start, and so reminders of its own.
    """

    class Kind(models.TextChoices):
        DAY = "day", _("a day before")
        HOUR = "hour", _("an hour before")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    starts = models.DateTimeField()
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "kind", "starts"], name="events_reminder_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.kind}"


def new_feed_key() -> str:
    """What a feed's secret is made with besides the secret key: a new one revokes the old address."""
    return secrets.token_urlsafe(12)


class CalendarFeed(models.Model):
    """A person's private calendar (E8): its address is a secret that they can replace.

    The row alone does not tell the address: it is signed with the portal's secret key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    key = models.CharField(max_length=16, default=new_feed_key, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("private calendar")
        verbose_name_plural = _("private calendars")

    def __str__(self) -> str:
        return f"#{self.user_id}"


register_path(EventCompletion, "event__club__institution")
register_path(EventReminder, "event__club__institution")
register_path(EventAward, "registration__event__club__institution")
