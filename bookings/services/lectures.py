"""Lectures in the calendars of halls (B4): a source's hours as they are to be, booked where they can."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from bookings.announcements import News
from bookings.checks import Openings
from bookings.models import LONGEST, MOST_BUFFER, HallBooking
from bookings.services.booking import new_row
from bookings.services.guard import constraint_means_taken, lock_halls
from campus.venues.errors import BookingRefused, HallInactive, HallTaken
from campus.venues.models import Hall
from campus.venues.reservations import Period
from portal.audit import record_many

CHUNK = 500
_State, _Kind = HallBooking.State, HallBooking.Kind


@dataclass(frozen=True)
class Lecture:
    """One hour of a source (a section) in a hall."""

    source: models.Model
    hall: Hall
    period: Period
    purpose: str


@dataclass(frozen=True)
class LectureClash:
    """A lecture that has no hall: the rule that refuses it, or what is in the way (``other``)."""

    lecture: Lecture
    code: str
    message: str
    other: HallBooking | None = None


@dataclass
class LecturesSet:
    """What became of the lectures."""

    booked: int = 0
    kept: int = 0
    given_back: int = 0
    clashes: list[LectureClash] = field(default_factory=list)


def set_lectures(
    *, sources: Sequence[models.Model], wanted: Iterable[Lecture], actor: Any
) -> LecturesSet:
    """Make the coming lectures of ``sources`` (all of one kind) those of ``wanted``, in one transaction.

    What is booked already stays, what is not wanted any more is given back, what cannot be booked is told
    as a clash and takes nothing from anybody (B1, B6). What has begun is never touched. Running it again
    changes nothing. Whether ``actor`` may do this to the sources is for the caller to know.
    """
    if not sources:
        return LecturesSet()
    now = timezone.now()
    kind = ContentType.objects.get_for_model(sources[0])
    ahead: dict[tuple[str, dt.datetime], Lecture] = {}
    for one in sorted(wanted, key=lambda one: (one.period, one.hall.pk)):
        if one.period.starts > now:
            ahead.setdefault((str(one.source.pk), one.period.starts), one)
    mine = HallBooking.objects.approved().filter(
        source_type=kind,
        source_id__in=[str(one.pk) for one in sources],
        kind=_Kind.LECTURE,
        starts__gt=now,
    )
    with transaction.atomic(), constraint_means_taken():
        concerned = {one.hall.pk for one in ahead.values()}
        halls = lock_halls(concerned | set(mine.values_list("hall_id", flat=True).distinct()))
        done, news = LecturesSet(), News()
        held = {(row.source_id, row.starts): row for row in mine}
        given_back = []
        for key, row in held.items():
            still = ahead.get(key)
            if still is not None and (still.hall.pk, still.period) == (row.hall_id, row.period):
                del ahead[key]
                done.kept += 1
            else:
                given_back.append(row)
        _give_back(given_back, actor)
        rows = _fitting(halls, list(ahead.values()), done, actor)
        HallBooking.objects.bulk_create(rows, batch_size=CHUNK)
        done.booked, done.given_back = len(rows), len(given_back)
        _tell(sources, rows, given_back, actor, news)
        news.send()
    return done


def _give_back(rows: Sequence[HallBooking], actor: Any) -> None:
    now = timezone.now()
    for first in range(0, len(rows), CHUNK):
        HallBooking.objects.filter(pk__in=[row.pk for row in rows[first : first + CHUNK]]).update(
            state=_State.CANCELLED, decided_by=actor, decided_at=now
        )


def _fitting(
    halls: dict[int, Hall], wanted: Sequence[Lecture], done: LecturesSet, actor: Any
) -> list[HallBooking]:
    """New rows for what has room, beside what is booked and beside each other; the rest are clashes."""
    if not wanted:
        return []
    places = [halls[pk] for pk in sorted({one.hall.pk for one in wanted})]
    periods = [one.period for one in wanted]
    openings = Openings(places, periods)
    calendars = _calendars(places, periods)
    rows = []
    for one in wanted:
        hall = halls[one.hall.pk]
        row = new_row(
            hall,
            one.period,
            _State.APPROVED,
            kind=_Kind.LECTURE,
            purpose=one.purpose[:300],
            people=None,
            subject=one.source,
            actor=actor,
        )
        try:
            if not hall.is_active:
                raise HallInactive
            openings.check(hall, one.period)
            other = _put(calendars[hall.pk], row)
            if other is not None:
                done.clashes.append(
                    LectureClash(one, HallTaken.code, str(HallTaken.message), other)
                )
                continue
        except BookingRefused as refusal:
            done.clashes.append(LectureClash(one, refusal.code, str(refusal)))
            continue
        rows.append(row)
    return rows


def _calendars(
    halls: Sequence[Hall], periods: Sequence[Period]
) -> dict[int, list[tuple[dt.datetime, HallBooking]]]:
    """What is booked in each hall around the periods, by its beginning; one query."""
    found: dict[int, list[tuple[dt.datetime, HallBooking]]] = {hall.pk: [] for hall in halls}
    since = min(one.starts for one in periods)
    until = max(one.ends for one in periods)
    rows = HallBooking.objects.approved().filter(
        hall__in=list(found),
        starts__gt=since - LONGEST - MOST_BUFFER,
        starts__lt=until + MOST_BUFFER,
        blocked_until__gt=since,
    )
    for row in rows.order_by("starts"):
        found[row.hall_id].append((row.starts, row))
    return found


def _put(calendar: list[tuple[dt.datetime, HallBooking]], row: HallBooking) -> HallBooking | None:
    """Put ``row`` into a calendar without overlaps, or give what it meets (B1)."""
    place = bisect_left(calendar, row.starts, key=lambda entry: entry[0])
    if place and calendar[place - 1][1].blocked_until > row.starts:
        return calendar[place - 1][1]
    if place < len(calendar) and calendar[place][0] < row.blocked_until:
        return calendar[place][1]
    calendar.insert(place, (row.starts, row))
    return None


def _tell(
    sources: Sequence[models.Model],
    rows: Sequence[HallBooking],
    given_back: Sequence[HallBooking],
    actor: Any,
    news: News,
) -> None:
    """One entry of the log for each source that changed, one event for each hall."""
    counts: dict[str, dict[str, int]] = {}
    spans: dict[int, Period] = {}
    for name, changed in (("booked", rows), ("given_back", given_back)):
        for row in changed:
            of = counts.setdefault(row.source_id, {"booked": 0, "given_back": 0})
            of[name] += 1
            span = spans.get(row.hall_id, row.period)
            spans[row.hall_id] = Period(min(span.starts, row.starts), max(span.ends, row.ends))
    entries = [(one, {"after": counts[str(one.pk)]}) for one in sources if str(one.pk) in counts]
    if entries:
        record_many(action="bookings.lectures", entries=entries, actor=actor)
    for hall_id, span in sorted(spans.items()):
        news.calendar_changed(hall_id, span)
