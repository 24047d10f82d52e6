"""When an event takes place: its sessions, checked, and written in place (E9, E12)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from campus.events.errors import (
    NoSessions,
    SessionEndsBeforeStart,
    SessionInThePast,
    SessionsOnOneDay,
    SessionsOverlap,
    SessionTooLong,
    SessionWasAttended,
    TooManySessions,
)
from campus.events.models import Attendance, Event, EventSession
from campus.venues.reservations import Period

MOST = 60
LONGEST = dt.timedelta(hours=24)


@dataclass(frozen=True, order=True)
class Slot:
    """One session as it is wished: both moments aware."""

    starts: dt.datetime
    ends: dt.datetime
    title: str = ""


def zone_of(event: Event) -> ZoneInfo:
    """The timezone in which the event's days are counted: its institution's."""
    return ZoneInfo(event.club.institution.timezone)


def check_slots(slots: Sequence[Slot], zone: ZoneInfo) -> list[Slot]:
    """The slots in their order; raises what is wrong with them, naming ``sessions``.

    Lengths are compared as moments, so a night of 23 or 25 hours is what it is. A session may go over
    midnight; its day is the one on which it starts.
    """
    if not slots:
        raise NoSessions(param="sessions")
    if len(slots) > MOST:
        raise TooManySessions(param="sessions", most=MOST)
    # (of two times with one timezone Python compares the clocks, not the moments)
    moments = [
        Slot(slot.starts.astimezone(dt.UTC), slot.ends.astimezone(dt.UTC), slot.title)
        for slot in slots
    ]
    ordered = sorted(moments)
    for number, slot in enumerate(ordered):
        where = f"sessions.{moments.index(slot)}"
        if slot.ends <= slot.starts:
            raise SessionEndsBeforeStart(param=f"{where}.ends")
        if slot.ends - slot.starts > LONGEST:
            raise SessionTooLong(param=f"{where}.ends")
        if number == 0:
            continue
        before = ordered[number - 1]
        if slot.starts < before.ends:
            raise SessionsOverlap(param=f"{where}.starts")
        if slot.starts.astimezone(zone).date() == before.starts.astimezone(zone).date():
            raise SessionsOnOneDay(param=f"{where}.starts")
    return ordered


def check_future(slots: Sequence[Slot], now: dt.datetime) -> None:
    """Refuse what would begin in the past."""
    if min(slots).starts <= now:
        raise SessionInThePast(param="sessions")


def slots_of(event: Event) -> list[Slot]:
    """The event's sessions as they are stored; one query."""
    return [Slot(one.starts, one.ends, one.title) for one in event.sessions.order_by("starts")]


def periods_of(slots: Sequence[Slot]) -> list[Period]:
    """For which periods a hall is asked for."""
    return [Period(slot.starts, slot.ends) for slot in sorted(slots)]


def write_slots(event: Event, slots: Sequence[Slot]) -> None:
    """Make the event's sessions those: the first stays the first, so that what points to it holds.

    The event's row is locked and saved with its new span. Raises :class:`SessionWasAttended` where a
    day would go on which attendance was taken.
    """
    known = list(event.sessions.order_by("starts"))
    ordered = sorted(slots)
    left = known[len(ordered) :]
    if left and Attendance.objects.filter(session__in=left).exists():
        raise SessionWasAttended(param="sessions")
    EventSession.objects.filter(pk__in=[one.pk for one in left]).delete()
    kept = list(zip(known, ordered, strict=False))
    # Starts are unique within an event: on their way to new ones they must not meet.
    shift = dt.timedelta(days=36525)
    for session, _slot in kept:
        EventSession.objects.filter(pk=session.pk).update(
            starts=session.starts - shift, ends=session.ends - shift
        )
    for session, slot in kept:
        EventSession.objects.filter(pk=session.pk).update(
            starts=slot.starts, ends=slot.ends, title=slot.title
        )
    EventSession.objects.bulk_create(
        EventSession(
            id=uuid.uuid4(), event=event, starts=slot.starts, ends=slot.ends, title=slot.title
        )
        for slot in ordered[len(known) :]
    )
    event.starts, event.ends = ordered[0].starts, ordered[-1].ends
    event.save(update_fields=["starts", "ends", "changed_at"])
