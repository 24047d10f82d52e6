"""How much of their open hours halls are booked, by hour and weekday (B8)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from bookings.models import HallBooking
from campus.venues.hours import weekday_of
from campus.venues.models import Hall, OpeningHours

HOURS = 24
A_DAY = dt.timedelta(days=1)
LONGEST_SPAN = dt.timedelta(days=186)
"""A heat map looks at half a year at most: it reads each booking of that time."""


@dataclass
class Cell:
    """An hour of a weekday (Saturday is 0): minutes that halls were open, and were booked of it."""

    weekday: int
    hour: int
    open: int = 0
    booked: int = 0

    @property
    def percent(self) -> int:
        """What of the open time was booked, 0 to 100."""
        return min(100, round(100 * self.booked / self.open)) if self.open else 0


@dataclass
class HeatMap:
    """The cells of a week, by weekday and hour, over the days from ``since`` to before ``until``."""

    since: dt.date
    until: dt.date
    halls: int
    cells: list[list[Cell]]

    @property
    def percent(self) -> int:
        """What was booked of all open time."""
        every = [cell for day in self.cells for cell in day]
        open_minutes = sum(cell.open for cell in every)
        booked = sum(min(cell.booked, cell.open) for cell in every)
        return round(100 * booked / open_minutes) if open_minutes else 0


def heat_map(halls: Sequence[Hall], since: dt.date, until: dt.date) -> HeatMap:
    """The heat map of ``halls`` over some days, in the portal's timezone: two queries.

    Approved bookings alone count, without their buffers. A hall without opening hours is open at all
    hours; closed periods are not taken off.
    """
    cells = [[Cell(day, hour) for hour in range(HOURS)] for day in range(7)]
    ids = [hall.pk for hall in halls]
    for weekday, hour, minutes in _open_hours(ids, since, until):
        cells[weekday][hour].open += minutes
    zone = timezone.get_default_timezone()
    begin, end = (dt.datetime.combine(day, dt.time(), tzinfo=zone) for day in (since, until))
    rows = (
        HallBooking.objects.approved()
        .during(begin, end)
        .filter(hall__in=ids)
        .order_by()
        .values_list("starts", "ends")
    )
    for starts, ends in rows.iterator(chunk_size=5000):
        _add(cells, max(starts, begin).astimezone(zone), min(ends, end).astimezone(zone))
    return HeatMap(since, until, len(ids), cells)


def _add(cells: list[list[Cell]], starts: dt.datetime, ends: dt.datetime) -> None:
    """Book each hour of the clock that lies between."""
    at = starts
    while at < ends:
        after = (at + dt.timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
        step = min(after, ends)
        minutes = round((step - at).total_seconds() / 60)
        cells[weekday_of(at.date())][at.hour].booked += minutes
        at = step


def _open_hours(ids: Sequence[int], since: dt.date, until: dt.date) -> "list[tuple[int, int, int]]":
    """Weekday, hour and open minutes of all halls together over the days."""
    days = [0] * 7
    for number in range((until - since).days):
        days[weekday_of(since + dt.timedelta(days=number))] += 1
    kept: dict[int, list[OpeningHours]] = {}
    for row in OpeningHours.objects.filter(hall__in=ids):
        kept.setdefault(row.hall_id, []).append(row)
    always = len(ids) - len(kept)
    found = [
        (weekday, hour, 60 * always * days[weekday])
        for weekday in range(7)
        for hour in range(HOURS)
    ]
    for rows in kept.values():
        for row in rows:
            opens = row.opens.hour * 60 + row.opens.minute
            closes = row.closes.hour * 60 + row.closes.minute or HOURS * 60
            for hour in range(opens // 60, -(-closes // 60)):
                shared = min(closes, hour * 60 + 60) - max(opens, hour * 60)
                found.append((row.weekday, hour, shared * days[row.weekday]))
    return found
