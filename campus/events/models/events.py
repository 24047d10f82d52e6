"""Events, their sessions, and where they wish to be."""

import datetime as dt
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campus.accounts.rules import is_organizer
from campus.certificates.models import CertificateTemplate
from campus.clubs.models import Club, ClubPermission
from campus.institutions.models import Department
from campus.institutions.scope import managed, register_path
from campus.points.models import PointCategory
from campus.venues.models import Hall


class EventTag(models.Model):
    """A word by which events are found; ``slug`` is its form in addresses."""

    name = models.CharField(_("name"), max_length=60)
    slug = models.CharField(_("slug"), max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name


class EventSeries(models.Model):
    """Events that were made as repetitions of one; each is changed or cancelled alone (E11)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    club = models.ForeignKey(Club, on_delete=models.PROTECT, related_name="event_series")
    rule = models.CharField(_("rule"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("series of events")
        verbose_name_plural = _("series of events")

    def __str__(self) -> str:
        return f"{self.club_id}: {self.rule}"


class EventQuerySet(models.QuerySet["Event"]):
    """The reads of events."""

    def public(self) -> "EventQuerySet":
        """What everybody may read: all but drafts, and a draft that was cancelled."""
        return self.filter(scheduled_at__isnull=False)

    def coming(self, now: dt.datetime | None = None) -> "EventQuerySet":
        """Scheduled or going on, not over; the first ones first."""
        states = [Event.State.SCHEDULED, Event.State.ONGOING]
        return self.filter(state__in=states, ends__gt=now or timezone.now()).order_by(
            "starts", "id"
        )

    def within_period(self, begins: dt.datetime, ends: dt.datetime) -> "EventQuerySet":
        """Those of which a part lies between the two moments."""
        return self.filter(starts__lt=ends, ends__gt=begins)

    def visible_to(self, user: Any) -> "EventQuerySet":
        """The public ones; an admin's institution's and those of the clubs where one manages events
        besides, drafts included."""
        if not user.is_authenticated:
            return self.public()
        reach = managed(user)
        if reach is None:
            return self
        seen = Q(scheduled_at__isnull=False)
        if is_organizer(user):
            seen |= _organized(user)
        return self.filter(seen | Q(club__institution__in=reach) if reach else seen)

    def organized_by(self, user: Any) -> "EventQuerySet":
        """The events that ``user`` writes or takes attendance at."""
        return self.filter(_organized(user)) if is_organizer(user) else self.none()


def _organized(user: Any) -> Q:
    clubs = Club.objects.where_may(user, ClubPermission.MANAGE_EVENTS)
    doors = Club.objects.where_may(user, ClubPermission.CHECK_IN)
    named = EventOrganizer.objects.filter(user_id=user.pk)
    return (
        Q(club__in=clubs.values("pk"))
        | Q(club__in=doors.values("pk"))
        | Q(pk__in=named.values("event_id"))
    )


class Event(models.Model):  # type: ignore[django-manager-missing]  # pages, told too late
    """What a club holds, once: places, times and states live here; a page tells of it in each language.

    ``starts`` and ``ends`` span the sessions. ``seats_taken`` counts who is registered; it changes under
    the row's lock, and the database refuses the one too many (E4). An event without ``capacity`` takes
    everybody. ``scheduled_at`` is set once, when it became public.
    """

    parts: dict[Any, Any]
    """What templates made of an event that ``remember`` holds; another has none."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SCHEDULED = "scheduled", _("scheduled")
        ONGOING = "ongoing", _("ongoing")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")

    class HallState(models.TextChoices):
        NONE = "none", _("no hall asked for")
        PENDING = "pending", _("waits for a decision")
        APPROVED = "approved", _("booked")
        REJECTED = "rejected", _("not given")

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.DRAFT: frozenset({State.SCHEDULED, State.CANCELLED}),
        State.SCHEDULED: frozenset({State.ONGOING, State.CANCELLED}),
        State.ONGOING: frozenset({State.COMPLETED, State.CANCELLED}),
        State.COMPLETED: frozenset(),
        State.CANCELLED: frozenset(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    club = models.ForeignKey(
        Club, verbose_name=_("club"), on_delete=models.PROTECT, related_name="events"
    )
    series = models.ForeignKey(
        EventSeries, on_delete=models.SET_NULL, null=True, blank=True, related_name="events"
    )
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    description = models.TextField(_("description"), max_length=10_000, blank=True)
    tags = models.ManyToManyField(
        EventTag, verbose_name=_("tags"), through="TaggedEvent", blank=True, related_name="events"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    starts = models.DateTimeField(_("starts"))
    ends = models.DateTimeField(_("ends"))

    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    seats_taken = models.PositiveIntegerField(default=0, editable=False)
    has_waiting_list = models.BooleanField(_("waiting list"), default=True)
    registration_opens = models.DateTimeField(_("registration opens"), null=True, blank=True)
    registration_closes = models.DateTimeField(_("registration closes"), null=True, blank=True)
    needs_approval = models.BooleanField(_("registrations need approval"), default=False)
    audience_departments = models.ManyToManyField(
        Department,
        verbose_name=_("for the departments"),
        blank=True,
        related_name="+",
        help_text=_("Nothing chosen: for everyone."),
    )
    audience_semesters = models.JSONField(_("for the semesters"), default=list, blank=True)

    hall = models.ForeignKey(
        Hall,
        verbose_name=_("hall"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="events",
    )
    hall_state = models.CharField(
        _("hall booking"), max_length=8, choices=HallState.choices, default=HallState.NONE
    )
    place = models.CharField(
        _("place"), max_length=200, blank=True, help_text=_("Where no hall of ours is needed.")
    )

    takes_daily_attendance = models.BooleanField(_("attendance for each day"), default=False)
    certificate_days = models.PositiveSmallIntegerField(
        _("days needed for a certificate"), null=True, blank=True
    )
    certificate_template = models.ForeignKey(
        CertificateTemplate,
        verbose_name=_("certificate template"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        help_text=_("What each who attended gets; nothing chosen: no certificates."),
    )
    point_category = models.ForeignKey(
        PointCategory,
        verbose_name=_("point category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
    )
    points = models.PositiveSmallIntegerField(
        _("activity points"),
        null=True,
        blank=True,
        help_text=_("What each student who attended is proposed for."),
    )

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    scheduled_at = models.DateTimeField(_("scheduled at"), null=True, blank=True, editable=False)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True, editable=False)
    cancel_reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["starts", "id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="events_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(seats_taken__lte=F("capacity")),
                name="events_never_over_capacity",
                violation_error_message=_("The event is full."),
            ),
            models.CheckConstraint(
                condition=Q(registration_opens__isnull=True)
                | Q(registration_closes__isnull=True)
                | Q(registration_closes__gt=F("registration_opens")),
                name="events_registration_window",
                violation_error_message=_("Registration must close after it opens."),
            ),
            models.CheckConstraint(
                condition=Q(point_category__isnull=True, points__isnull=True)
                | Q(point_category__isnull=False, points__gt=0),
                name="events_points_with_their_category",
                violation_error_message=_("Points have a category, and are above zero."),
            ),
        ]
        indexes = [
            models.Index(fields=["starts", "id"], name="events_by_start"),
            models.Index(fields=["state", "starts"], name="events_by_state"),
            models.Index(fields=["club", "starts"], name="events_by_club"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The public page."""
        return reverse("events:event", args=[self.slug])

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return self.scheduled_at is not None

    @property
    def is_full(self) -> bool:
        """Whether no place is free."""
        return self.capacity is not None and self.seats_taken >= self.capacity

    @property
    def seats_left(self) -> int | None:
        """How many places are free; None where it takes everybody."""
        return None if self.capacity is None else max(0, self.capacity - self.seats_taken)

    @property
    def is_editable(self) -> bool:
        """Whether it may still be changed: neither completed nor cancelled."""
        return bool(self.TRANSITIONS[self.state])

    def has_begun(self, now: dt.datetime | None = None) -> bool:
        """Whether it was started, or its start has passed whatever its state says (E13)."""
        begun = self.state in {self.State.ONGOING, self.State.COMPLETED}
        return begun or self.starts <= (now or timezone.now())

    def takes_lists(self) -> bool:
        """Whether there can be a list of who was there (E5): not of a draft, a cancelled one, one to come."""
        nowhere = self.state in {self.State.DRAFT, self.State.CANCELLED}
        return not nowhere and self.has_begun()

    def takes_registrations(self, now: dt.datetime | None = None) -> bool:
        """Whether the window for registration is open: until the start at the latest (E4, E13)."""
        now = now or timezone.now()
        return (
            self.state == self.State.SCHEDULED
            and self.starts > now
            and (self.registration_opens is None or self.registration_opens <= now)
            and (self.registration_closes is None or self.registration_closes > now)
        )


class TaggedEvent(models.Model):
    """A tag of an event."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="tagged")
    tag = models.ForeignKey(EventTag, on_delete=models.CASCADE, related_name="tagged")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "tag"], name="events_tag_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} · {self.tag_id}"


class EventSession(models.Model):
    """One sitting of an event: an event of several days has one a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="sessions")
    title = models.CharField(_("title"), max_length=200, blank=True)
    starts = models.DateTimeField(_("starts"))
    ends = models.DateTimeField(_("ends"))

    class Meta:
        ordering = ["starts", "id"]
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "starts"],
                name="events_session_start_once",
                violation_error_message=_("Two sessions start at the same time."),
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="events_session_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.starts:%Y-%m-%d %H:%M}"


class HallWish(models.Model):
    """A hall that an event would like, in order: the first free one is booked (E2)."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="hall_wishes")
    hall = models.ForeignKey(Hall, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering = ["position"]
        verbose_name = _("wished hall")
        verbose_name_plural = _("wished halls")
        constraints = [
            models.UniqueConstraint(fields=["event", "hall"], name="events_wish_once"),
            models.UniqueConstraint(fields=["event", "position"], name="events_wish_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.hall_id}"


class EventOrganizer(models.Model):
    """A member of the club who answers for one event, and may take attendance there."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="organizers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="organized_events"
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("organizer")
        verbose_name_plural = _("organizers")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "user"],
                name="events_organizer_once",
                violation_error_message=_("This person is an organizer of the event already."),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.user_id} · {self.event_id}"


register_path(Event, "club__institution")
register_path(EventSeries, "club__institution")
register_path(EventSession, "event__club__institution")
register_path(HallWish, "event__club__institution")
register_path(EventOrganizer, "event__club__institution")
