"""When halls are open: opening hours by weekday in the portal's timezone, and closed periods.

A span of time is cut into the wall-clock portions of the days it touches, so a booking over midnight
asks for the evening of one day and the morning of the next, and one over a change of daylight saving
time asks for the hours that the clock shows.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from campus.venues.models import Closure, Hall, OpeningHours
from campus.venues.reservations import Period

MIDNIGHT = dt.time(0)


class Portion(NamedTuple):
    """A part of a weekday (Saturday is 0); ``until`` 00:00 is the end of the day."""

    weekday: int
    since: dt.time
    until: dt.time


def weekday_of(day: dt.date) -> int:
    """The portal's number of a day's weekday."""
    return (day.weekday() + 2) % 7


def portions(period: Period) -> set[Portion]:
    """What ``period`` takes of weekdays, by the clock on the portal's wall; at most nine."""
    zone = timezone.get_default_timezone()
    start, end = period.starts.astimezone(zone), period.ends.astimezone(zone)
    if start.date() == end.date():
        since, until = start.time(), end.time()
        if until <= since:  # the clock was put back in between: it shows these hours twice
            since, until = _hour(until), dt.time((start.hour + 1) % 24)
        return {Portion(weekday_of(start), since, until)}
    found = {Portion(weekday_of(start), start.time(), MIDNIGHT)}
    between = (end.date() - start.date()).days
    for number in range(1, min(between, 8)):
        day = start.date() + dt.timedelta(days=number)
        found.add(Portion(weekday_of(day), MIDNIGHT, MIDNIGHT))
    if end.time() != MIDNIGHT:
        found.add(Portion(weekday_of(end), MIDNIGHT, end.time()))
    return found


def _hour(time: dt.time) -> dt.time:
    return time.replace(minute=0, second=0, microsecond=0)


def _covers(portion: Portion) -> Q:
    ends = Q(closes=MIDNIGHT)
    if portion.until != MIDNIGHT:
        ends |= Q(closes__gte=portion.until)
    return Q(weekday=portion.weekday, opens__lte=portion.since) & ends


def open_for(halls: QuerySet[Hall], periods: Iterable[Period]) -> QuerySet[Hall]:
    """Those of ``halls`` that are open for all of ``periods`` and not closed in any; adds no query."""
    hours = OpeningHours.objects.filter(hall=OuterRef("pk"))
    fits, closed = Q(), Q()
    for portion in sorted({one for period in periods for one in portions(period)}):
        fits &= Q(Exists(hours.filter(_covers(portion))))
    for period in periods:
        closed |= Q(starts__lt=period.ends, ends__gt=period.starts)
    here = Closure.objects.filter(closed, building=OuterRef("building"))
    shut = here.filter(Q(hall__isnull=True) | Q(hall=OuterRef("pk")))
    return halls.filter(~Exists(hours) | fits).exclude(Exists(shut))


def is_open(hours: Sequence[OpeningHours], period: Period) -> bool:
    """Whether ``hours``, all that a hall has, hold ``period``; with none it is always open."""
    if not hours:
        return True
    return all(
        any(
            row.weekday == portion.weekday
            and row.opens <= portion.since
            and (row.closes == MIDNIGHT or MIDNIGHT < portion.until <= row.closes)
            for row in hours
        )
        for portion in portions(period)
    )


def closures_of(halls: Iterable[Hall], since: dt.datetime, until: dt.datetime) -> list[Closure]:
    """The closed periods of these halls, their buildings' included, that touch the span; one query."""
    halls = list(halls)
    return list(
        Closure.objects.filter(
            Q(hall__in=halls) | Q(hall__isnull=True),
            building__in={hall.building_id for hall in halls},
            starts__lt=until,
            ends__gt=since,
        ).order_by(F("starts"), "id")
    )
