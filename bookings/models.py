"""Which hall is whose, and when: lectures, events and single bookings in one calendar (B4)."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from campus.institutions.scope import managed
from campus.venues.models import Hall
from campus.venues.reservations import Period
from portal.exclusion import PostgresExclusion

LONGEST = dt.timedelta(days=14)
"""One booking is no longer (B6); so a calendar finds what began before its first day by an index."""


class BookingSeries(models.Model):
    """A booking that comes again every week at the same hour of the wall clock (B5)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hall = models.ForeignKey(Hall, on_delete=models.PROTECT, related_name="series")
    starts = models.DateTimeField(_("first starts"))
    ends = models.DateTimeField(_("first ends"))
    until = models.DateField(_("until"))
    except_on = models.JSONField(_("except on"), default=list, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("series of bookings")
        verbose_name_plural = _("series of bookings")

    def __str__(self) -> str:
        return f"{self.hall_id}: {self.starts:%Y-%m-%d %H:%M} – {self.until}"


class HallBookingQuerySet(models.QuerySet["HallBooking"]):
    """The reads of bookings."""

    def approved(self) -> "HallBookingQuerySet":
        """Those that hold a hall."""
        return self.filter(state=HallBooking.State.APPROVED)

    def pending(self) -> "HallBookingQuerySet":
        """Those that an admin has to decide."""
        return self.filter(state=HallBooking.State.PENDING)

    def alive(self) -> "HallBookingQuerySet":
        """Those that hold a hall or still may."""
        return self.filter(state__in=HallBooking.ALIVE)

    def of(self, subject: models.Model) -> "HallBookingQuerySet":
        """Those made for ``subject``."""
        kind = ContentType.objects.get_for_model(subject)
        return self.filter(source_type=kind, source_id=str(subject.pk))

    def during(self, since: dt.datetime, until: dt.datetime) -> "HallBookingQuerySet":
        """Those that take some of the span, buffers not counted."""
        return self.filter(starts__lt=until, starts__gt=since - LONGEST, ends__gt=since)

    def in_the_way(
        self, hall: Hall, periods: Iterable[Period], *, buffer: dt.timedelta | None = None
    ) -> "HallBookingQuerySet":
        """The approved bookings of ``hall`` that one of ``periods`` cannot stand beside (B1)."""
        gap = hall.buffer if buffer is None else buffer
        meets = Q()
        for period in periods:
            meets |= Q(
                starts__lt=period.ends + gap,
                starts__gt=period.starts - LONGEST - MOST_BUFFER,
                blocked_until__gt=period.starts,
            )
        return self.approved().filter(meets, hall=hall).order_by("starts")

    def visible_to(self, user: Any) -> "HallBookingQuerySet":
        """An admin's halls' all, and what one asked for oneself."""
        if not user.is_authenticated:
            return self.none()
        ids = managed(user)
        if ids is None:
            return self
        theirs = Q(asked_by_id=user.pk)
        return self.filter(theirs | Q(hall__building__institution__in=ids) if ids else theirs)


MOST_BUFFER = dt.timedelta(days=1)


class HallBooking(models.Model):
    """A hall for a time.

    ``blocked_until`` is ``ends`` and the hall's buffer after it: from ``starts`` to there, no other
    approved booking of the hall may be (B1). ``source`` is what it is for: an event, a section, a course,
    a club; a single booking may have none.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        CANCELLED = "cancelled", _("cancelled")

    class Kind(models.TextChoices):
        LECTURE = "lecture", _("lecture")
        EVENT = "event", _("event")
        SINGLE = "single", _("booking")

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.PENDING: frozenset({State.APPROVED, State.REJECTED, State.CANCELLED}),
        State.APPROVED: frozenset({State.CANCELLED}),
        State.REJECTED: frozenset(),
        State.CANCELLED: frozenset(),
    }
    ALIVE: ClassVar[tuple[str, ...]] = (State.PENDING, State.APPROVED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hall = models.ForeignKey(
        Hall, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("hall")
    )
    starts = models.DateTimeField(_("starts"))
    ends = models.DateTimeField(_("ends"))
    blocked_until = models.DateTimeField(_("blocked until"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.SINGLE)
    purpose = models.CharField(_("purpose"), max_length=300)
    people = models.PositiveIntegerField(_("people"), null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="hall_bookings",
        verbose_name=_("asked by"),
    )
    source_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    source_id = models.CharField(max_length=40, blank=True)
    series = models.ForeignKey(
        BookingSeries, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = HallBookingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts", "id"]
        verbose_name = _("hall booking")
        verbose_name_plural = _("hall bookings")
        constraints = [
            PostgresExclusion(
                name="bookings_no_two_in_one_hall",
                expressions=[
                    ("hall", RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts"),
                            F("blocked_until"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state="approved"),
                violation_error_message=_("The hall is taken at this time."),
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="bookings_ends_after_start",
                violation_error_message=_("A booking ends after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(blocked_until__gte=F("ends")),
                name="bookings_buffer_follows_the_end",
            ),
            models.UniqueConstraint(
                fields=["source_type", "source_id", "starts"],
                condition=Q(state__in=["pending", "approved"]) & ~Q(kind="single"),
                name="bookings_one_for_subject_and_period",
                violation_error_message=_("This has a hall at that time already."),
            ),
        ]
        indexes = [
            # Availability asks each hall for its last booking before a moment: approved ones never
            # overlap, so that one alone can be in the way.
            models.Index(
                fields=["hall", "starts", "blocked_until"],
                name="bookings_of_hall",
                condition=Q(state="approved"),
            ),
            models.Index(
                fields=["hall", "starts"], name="bookings_waiting", condition=Q(state="pending")
            ),
            models.Index(fields=["source_type", "source_id", "starts"], name="bookings_of_source"),
            models.Index(fields=["starts", "id"], name="bookings_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} ({self.starts:%Y-%m-%d %H:%M})"

    def is_changed_elsewhere(self, *, is_admin: bool) -> bool:
        """Whether it is not given back here: a lecture by its timetable, an event's hall by the event,
        unless by an admin."""
        return self.kind == self.Kind.LECTURE or (self.kind == self.Kind.EVENT and not is_admin)

    def holds_since_before(self, now: dt.datetime) -> bool:
        """Whether it holds the hall and has begun: it cannot be given back any more."""
        return self.state == self.State.APPROVED and self.starts <= now

    @property
    def period(self) -> Period:
        """When it is."""
        return Period(self.starts, self.ends)

    @property
    def audit_label(self) -> str:
        """How the log names it: by hall and time, not by words that may name a person."""
        return f"{self.hall_id} · {self.starts:%Y-%m-%d %H:%M}–{self.ends:%H:%M}"
