"""Reads of events that span models: an event's page, who may be registered, a month."""

import calendar
import datetime as dt
import uuid
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.utils import timezone

from campus.clubs.models import Club, ClubPermission
from campus.events import rules
from campus.events.checks import check_audience, check_window
from campus.events.filters import with_place
from campus.events.models import Attendance, Event, EventPage, EventRegistration, EventSession
from campus.institutions.directory import every_word
from campus.institutions.scope import managed
from campus.people.models import Student
from campus.people.queries import children_of, student_of
from portal.errors import DomainError
from portal.pagecache import remember
from portal.roles import Role

SELF = "me"
"""How a form names the person who fills it in, where they are no student."""
MOST_ON_CALENDAR = 400


def event_at(slug: str, user: Any) -> Event | None:
    """The event with this address that ``user`` may see, with all that its page shows; three queries.

    ``has_pages`` says whether an editor wrote about it in any language. For visitors it is read once for
    all until something of it changes; the copy is the caller's own.
    """
    if user.is_authenticated:
        return _event_at(slug, Event.objects.visible_to(user))
    public = Event.objects.public()
    ids = remember(
        ("events.at", slug),
        lambda: public.filter(slug=slug).values_list("pk", "club_id").first(),
        "events",
    )
    if ids is None:
        return None
    kept = remember(
        ("events.event", ids[0]),
        lambda: _event_at(slug, public),
        f"event:{ids[0]}",
        f"club:{ids[1]}",
    )
    return copy(kept)


def _event_at(slug: str, events: Any) -> Event | None:
    found: Event | None = (
        with_place(events)
        .annotate(has_pages=Exists(EventPage.objects.live().filter(event=OuterRef("pk"))))
        .prefetch_related("tags", Prefetch("sessions", EventSession.objects.order_by("starts")))
        .filter(slug=slug)
        .first()
    )
    return found


@dataclass
class Candidate:
    """Somebody whom the reader may register: themselves, or a child.

    ``value`` names them in a form. ``registration`` is what they have (with its ``place``), ``refusal``
    why they cannot register now.
    """

    value: str
    name: str
    student: Student | None
    is_self: bool
    registration: EventRegistration | None = None
    refusal: DomainError | None = None

    @property
    def is_free(self) -> bool:
        """Whether they can register."""
        return self.refusal is None and (
            self.registration is None
            or self.registration.state == EventRegistration.State.CANCELLED
        )


def candidates(user: Any) -> list[Candidate]:
    """Whom ``user`` may register, themselves first; nobody for who has no such role."""
    if not user.is_authenticated:
        return []
    found = []
    own = student_of(user) if user.has_role(Role.STUDENT) else None
    if own is not None:
        found.append(Candidate(str(own.pk), own.name, own, is_self=True))
    elif rules.is_own(user, None):
        found.append(Candidate(SELF, user.full_name or user.email or "", None, is_self=True))
    if user.has_role(Role.PARENT):
        found += [
            Candidate(str(child.pk), child.name, child, is_self=False)
            for child in children_of(user)
            if own is None or child.pk != own.pk
        ]
    return found


def standings(event: Event, user: Any) -> list[Candidate]:
    """Whom ``user`` may register for ``event``, and how each stands to it; two queries more."""
    people = candidates(user)
    if not people:
        return people
    students = [one.student.pk for one in people if one.student is not None]
    rows = (
        EventRegistration.objects.with_place()
        .filter(Q(student__in=students) | Q(user_id=user.pk), event=event)
        .select_related("student__user", "user")
    )
    known = {str(row.student_id) if row.student_id else SELF: row for row in rows}
    departments = set(event.audience_departments.values_list("pk", flat=True))
    for one in people:
        one.registration = known.get(one.value)
        one.refusal = _refusal(event, one, user, departments)
    return people


def _refusal(
    event: Event, person: Candidate, user: Any, departments: set[int]
) -> DomainError | None:
    try:
        check_window(event)
        check_audience(event, person.student, None if person.student else user, departments)
    except DomainError as refusal:
        return refusal
    return None


def boundaries(event: Event, now: dt.datetime) -> float:
    """Seconds until the clock alone changes what the event's page says; a day where nothing does."""
    moments = (
        *(event.registration_opens, event.registration_closes, event.starts, event.ends),
        now + dt.timedelta(days=1),
    )
    return min((one - now).total_seconds() for one in moments if one is not None and one > now)


def coming_registrations(user: Any, count: int) -> list[EventRegistration]:
    """Where the person or a child has a place, waits or asks, what comes first first; each with its
    ``place``. One query."""
    rows = (
        EventRegistration.objects.open()
        .of_family(user)
        .with_place()
        .filter(event__in=Event.objects.public().coming().order_by().values("pk"))
        .select_related("student", "user", "event__club__institution", "event__hall__building")
        .order_by("event__starts", "event_id", "queue_number")
    )
    return list(rows[:count])


# --- the calendar ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Entry:
    """A session on a day of the calendar; ``starts`` and ``ends`` are what the clock of its place shows."""

    event: Event
    starts: dt.datetime
    ends: dt.datetime
    title: str


@dataclass
class Day:
    """One day of the calendar."""

    date: dt.date
    is_in_month: bool
    is_today: bool
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Month:
    """A month of public events, in whole weeks; ``is_cut`` where there were more than can be shown."""

    first: dt.date
    weeks: list[list[Day]]
    is_cut: bool

    @property
    def previous(self) -> str:
        """The month before, as the address names it."""
        return f"{self.first - dt.timedelta(days=1):%Y-%m}"

    @property
    def following(self) -> str:
        """The month after."""
        return f"{self.first + dt.timedelta(days=32):%Y-%m}"

    @property
    def days(self) -> list[Day]:
        """The days of the month on which there is something, in order: the list view."""
        return [day for week in self.weeks for day in week if day.entries and day.is_in_month]


def month_named(text: str, today: dt.date) -> dt.date:
    """The first day of the month ``text`` (``2026-12``); of the present one where that is none."""
    try:
        found = dt.datetime.strptime(text[:7], "%Y-%m").date()
    except ValueError:
        return today.replace(day=1)
    return found if 2000 <= found.year <= 2200 else today.replace(day=1)


def month_of(first: dt.date, *, club: Club | None, today: dt.date, first_weekday: int) -> Month:
    """The public events of a month in whole weeks, each session on its day; one query.

    A session stands on the day on which it starts by the clock of its institution.
    """
    grid = calendar.Calendar(first_weekday).monthdatescalendar(first.year, first.month)
    days = {
        date: Day(date, date.month == first.month, date == today) for week in grid for date in week
    }
    dates = list(days)
    margin = dt.timedelta(days=1)  # for the zones of institutions
    since = dt.datetime.combine(dates[0], dt.time(), tzinfo=dt.UTC) - margin
    until = dt.datetime.combine(dates[-1], dt.time(), tzinfo=dt.UTC) + 2 * margin
    rows = (
        EventSession.objects.filter(starts__lt=until, starts__gte=since)
        .filter(event__in=Event.objects.public())
        .select_related("event__club__institution", "event__hall__building")
        .order_by("starts", "id")
    )
    if club is not None:
        rows = rows.filter(event__club=club)
    found = list(rows[: MOST_ON_CALENDAR + 1])
    for row in found[:MOST_ON_CALENDAR]:
        zone = ZoneInfo(row.event.club.institution.timezone)
        starts, ends = row.starts.astimezone(zone), row.ends.astimezone(zone)
        day = days.get(starts.date())
        if day is not None:
            clock = [moment.replace(tzinfo=None) for moment in (starts, ends)]
            day.entries.append(Entry(row.event, clock[0], clock[1], row.title))
    weeks = [[days[date] for date in week] for week in grid]
    return Month(first, weeks, len(found) > MOST_ON_CALENDAR)


# --- tickets and clubs ----------------------------------------------------------------------------
def ticket_of(registration_id: uuid.UUID, user: Any) -> EventRegistration | None:
    """The registration, if it is the person's own or a child's (P10): nobody else holds a ticket."""
    people = [one.student.pk for one in candidates(user) if one.student is not None]
    return (
        EventRegistration.objects.with_place()
        .filter(Q(student__in=people) | Q(user_id=user.pk), pk=registration_id)
        .select_related(
            "student__user", "user", "event__club__institution", "event__hall__building"
        )
        .first()
    )


def of_club(club: Club) -> dict[str, Any]:
    """What events add to a club's page: those that come, and the last that were. Two queries."""
    events = with_place(Event.objects.public().filter(club=club))
    over = events.filter(state=Event.State.COMPLETED).order_by("-starts", "id")
    return {
        "coming_events": list(events.coming()[:12]),
        "past_events": list(over[:6]),
    }


def count_events(clubs: Sequence[Club]) -> None:
    """Puts ``next_event`` on each of the clubs: the one that comes first, or None. Two queries."""
    coming = Event.objects.public().coming(timezone.now())
    first = Subquery(coming.filter(club=OuterRef("pk")).values("pk")[:1])
    ids = Club.objects.filter(pk__in=[club.pk for club in clubs]).annotate(first=first)
    events = with_place(Event.objects.filter(pk__in=list(ids.values_list("first", flat=True))))
    known = {event.club_id: event for event in events}
    for club in clubs:
        club.next_event = known.get(club.pk)  # type: ignore[attr-defined]


# --- for organizers -------------------------------------------------------------------------------
def clubs_written_by(user: Any) -> list[Club]:
    """The active clubs whose events ``user`` writes: by a role there, or as an admin."""
    clubs = Club.objects.filter(state=Club.State.ACTIVE).select_related("institution")
    reach = managed(user)
    if reach is not None:
        own = Club.objects.where_may(user, ClubPermission.MANAGE_EVENTS)
        clubs = clubs.filter(Q(institution__in=reach) | Q(pk__in=own.values("pk")))
    return list(clubs[:500])


def organized(user: Any) -> Any:
    """The events that ``user`` writes or takes attendance at; an admin's institution's."""
    reach = managed(user)
    if reach is None:
        return Event.objects.all()
    own = Event.objects.organized_by(user)
    return Event.objects.filter(Q(club__institution__in=reach) | Q(pk__in=own.values("pk")))


def figures_of(event: Event) -> dict[str, int]:
    """How many registrations there are in each state, and ``present``: who was there; two queries."""
    rows = event.registrations.order_by().values_list("state").annotate(Count("pk"))
    counts = dict(rows)
    found = {str(state): counts.get(state, 0) for state in EventRegistration.State}
    present = Attendance.objects.present().filter(event=event)
    found["present"] = present.values("registration").distinct().count()
    return found


def participants_of(event: Event, *, words: str, state: str) -> Any:
    """Who registered for the event, in its order, each with ``place`` and ``marks`` (present ones)."""
    marks = Attendance.objects.present().select_related("session").order_by("at")
    rows = (
        event.registrations.with_place()
        .select_related("student__user", "user")
        .prefetch_related(Prefetch("attendances", marks, to_attr="marks"))
        .order_by("queue_number")
    )
    gone = EventRegistration.State.CANCELLED
    rows = rows.filter(state=state) if state else rows.exclude(state=gone)
    if words:
        rows = rows.filter(every_word(words, "student__name", "student__number", "user__full_name"))
    return rows
