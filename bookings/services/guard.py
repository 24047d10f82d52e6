"""The lock on halls, and what is in a booking's way; nothing here opens a transaction of its own.

**Locks.** Whoever writes bookings locks first the subject (an event), where there is one, then the rows of
all halls concerned by id in one statement, then the bookings by id; then writes; streams come last. The
hall's lock guards its calendar (B1): what is free is asked inside of it, by a statement of its own.
PostgreSQL's exclusion constraint is the last guard behind it; alone, it lets many askers of one hour
wait for each other in a circle. On SQLite a writing transaction begins with the one lock there is.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError
from django.db.models import Q

from bookings.models import LONGEST, MOST_BUFFER, HallBooking
from bookings.queries import alternatives, told
from campus.venues.errors import HallTaken
from campus.venues.models import Hall
from campus.venues.reservations import Period
from portal.constraints import broken_constraint
from portal.errors import InvalidInput

CONSTRAINT = "bookings_no_two_in_one_hall"


def lock_halls(ids: Iterable[int]) -> dict[int, Hall]:
    """The rows of halls, locked by id in one statement, readable for all. Raises for one unknown."""
    wanted = sorted(set(ids))
    found = {
        hall.pk: hall
        for hall in Hall.objects.select_for_update(no_key=True, of=("self",))
        .select_related("building")
        .filter(pk__in=wanted)
        .order_by("pk")
    }
    if len(found) != len(wanted):
        raise InvalidInput(param="hall")
    return found


def obstacles(
    halls: Sequence[Hall], periods: Sequence[Period], *, except_for: Collection[Any] = ()
) -> dict[int, list[HallBooking]]:
    """For each hall the approved bookings that stand in the way, buffers counted (B1); one query."""
    widest = max((hall.buffer for hall in halls), default=dt.timedelta())
    meets = Q()
    for period in periods:
        meets |= Q(
            starts__lt=period.ends + widest,
            starts__gt=period.starts - LONGEST - MOST_BUFFER,
            blocked_until__gt=period.starts,
        )
    found: dict[int, list[HallBooking]] = {hall.pk: [] for hall in halls}
    gaps = {hall.pk: hall.buffer for hall in halls}
    rows = HallBooking.objects.approved().filter(meets, hall__in=list(found)).order_by("starts")
    for row in rows:
        gap = gaps[row.hall_id]
        if row.pk not in except_for and any(
            row.starts < period.ends + gap and row.blocked_until > period.starts
            for period in periods
        ):
            found[row.hall_id].append(row)
    return found


def taken(
    halls: Sequence[Hall],
    periods: Sequence[Period],
    in_the_way: dict[int, list[HallBooking]],
    *,
    people: int | None,
    actor: Any,
) -> HallTaken:
    """The refusal that names what is in the way, as far as ``actor`` may see it, and what is free."""
    by_id = {hall.pk: hall for hall in halls}
    return HallTaken(
        param="hall",
        obstacles=[
            told(row, by_id[row.hall_id], actor) for rows in in_the_way.values() for row in rows
        ],
        alternatives=alternatives(halls, periods, people=people),
    )


@contextmanager
def constraint_means_taken() -> Iterator[None]:
    """What the database itself refuses is told as :class:`HallTaken`; the transaction is lost."""
    try:
        yield
    except IntegrityError as error:
        if broken_constraint(error) == CONSTRAINT:
            raise HallTaken(param="hall", obstacles=[], alternatives=[]) from error
        raise


def lock_rows(rows: Any) -> list[HallBooking]:
    """Bookings, locked by id in one statement, as they are now."""
    return list(
        rows.select_for_update(no_key=True, of=("self",)).select_related("asked_by").order_by("pk")
    )


def lock_subjects(subjects: Iterable[Any]) -> None:
    """The rows of the subjects, in one order; before any hall, as their own services do."""
    known = {(type(one)._meta.label, str(one.pk)): one for one in subjects if one is not None}
    for _key, one in sorted(known.items(), key=lambda item: item[0]):
        list(type(one)._base_manager.select_for_update(no_key=True).filter(pk=one.pk))
