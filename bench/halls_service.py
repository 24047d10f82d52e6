"""Bookings at the level of the service; started by ``bench.halls``, several processes of many threads.

``{"do": "prepare"}`` once; then in each process ``{"do": "know"}``, and ``ask``, ``state``, ``unguard``,
``book``, ``insert``.
"""

import datetime as dt
import itertools
import time
import uuid
from collections import Counter
from functools import partial
from typing import Any

from django.db import OperationalError, connection
from django.utils import timezone

from bench import service
from bench.rush_insert import connection as bare_connection
from bookings.models import HallBooking
from bookings.services import ask, booking
from campus.accounts.models import User
from campus.institutions.models import Institution
from campus.venues.errors import HallTaken
from campus.venues.models import Building, Hall
from campus.venues.reservations import Period
from portal.roles import Role

CONSTRAINT = "bookings_no_two_in_one_hall"
SAME_GUARD = f"""
CREATE TABLE bench_booking (
    id uuid PRIMARY KEY, hall_id bigint NOT NULL, starts timestamptz NOT NULL, ends timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL, state varchar(10) NOT NULL, purpose varchar(300) NOT NULL,
    CONSTRAINT bench_{CONSTRAINT} EXCLUDE USING gist
        (hall_id WITH =, tstzrange(starts, blocked_until) WITH &&) WHERE (state = 'approved')
)
"""
INSERT = """
INSERT INTO bench_booking (id, hall_id, starts, ends, blocked_until, state, purpose)
VALUES (%s, %s, %s, %s, %s, 'approved', 'Rehearsal')
"""
HALLS = 8
crew = service.Crew()
known: dict[str, Any] = {}
hours = itertools.count()


def prepare() -> None:
    """An institution, its halls, an admin, and the table of the bare INSERT."""
    place = Institution.objects.create(name="Rush", slug="rush", timezone="America/Chicago")
    building = Building.objects.create(institution=place, name="North")
    for n in range(HALLS):
        Hall.objects.create(building=building, code=f"N{n}", name=f"Hall {n}", capacity=100 + n)
    service.user("admin@rush.example", Role.ADMIN)
    with connection.cursor() as cursor:
        cursor.execute(SAME_GUARD)


def know(number: int) -> None:
    """Look up who asks and for what; process ``number`` books in years of its own."""
    global hours  # noqa: PLW0603 (the hours of this process)
    known["halls"] = list(Hall.objects.select_related("building").order_by("pk"))
    known["admin"] = User.objects.get(email="admin@rush.example")
    known["from"] = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours = itertools.count(24 + number * 10**5)


def hour(number: int) -> Period:
    """An hour to come."""
    starts: dt.datetime = known["from"] + dt.timedelta(hours=number)
    return Period(starts, starts + dt.timedelta(minutes=50))


def kind(answer: Any) -> str:
    """How an asker was answered; a clear refusal names what else is free (B1)."""
    if isinstance(answer, HallTaken):
        return "refused" if answer.details["alternatives"] else "refused, nothing offered"
    if isinstance(answer, OperationalError) and "deadlock" in str(answer):
        return "deadlock"
    return "booked" if isinstance(answer, booking.Asked) else service.class_of(answer)


def ask_all(slot: str, at: float) -> Counter[str]:
    """Sixteen ask for one hall at one hour."""
    starts = dt.datetime.fromisoformat(slot)
    period = Period(starts, starts + dt.timedelta(minutes=50))
    hall, admin = known["halls"][0], known["admin"]
    calls = [
        lambda: ask(wishes=[hall], periods=[period], purpose="Rehearsal", actor=admin)
    ] * service.THREADS
    _seconds, seen = crew.run(calls, at=at, kind=kind)
    return seen


def book(number: int, at: float, threads: int) -> float:
    """Book free hours, each its own request to the service; gives how many a second."""
    halls, admin = known["halls"], known["admin"]

    def one(n: int) -> Any:
        return ask(wishes=[halls[n % HALLS]], periods=[hour(n)], purpose="Rehearsal", actor=admin)

    return _rate([partial(one, next(hours)) for _ in range(number)], at, threads)


def insert(number: int, at: float, threads: int) -> float:
    """Store the same by a bare INSERT in a table with the same exclusion constraint."""
    halls = known["halls"]

    def one(n: int) -> booking.Asked:
        period = hour(n)
        row = [uuid.uuid4(), halls[n % HALLS].pk, period.starts, period.ends, period.ends]
        bare_connection().execute(INSERT, row)
        return booking.Asked(HallBooking.State.APPROVED, halls[n % HALLS], [])

    return _rate([partial(one, next(hours)) for _ in range(number)], at, threads, bare=True)


def _rate(calls: list[Any], at: float, threads: int, *, bare: bool = False) -> float:
    working = crews.setdefault(threads, service.Crew(threads))
    seconds, seen = working.run(calls, at=at, kind=kind, bare=bare)
    if seen != {"booked": len(calls)}:
        raise RuntimeError(f"Without a conflict: {seen}")
    return len(calls) / seconds


crews = {service.THREADS: crew}


def unguard() -> None:
    """The control: no lock on the hall in this process."""
    unlocked = Hall.objects.select_related("building")
    booking.lock_halls = lambda ids: unlocked.in_bulk(sorted(set(ids)))


def drop_constraint() -> None:
    """The control: nor the database's own constraint."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE bookings_hallbooking DROP CONSTRAINT {CONSTRAINT}")


def answer(asked: dict[str, Any]) -> Any:
    """Do what a line asks for."""
    match asked["do"]:
        case "prepare":
            return prepare()
        case "know":
            return know(asked["number"])
        case "slot":
            return hour(next(hours)).starts.isoformat()
        case "ask":
            began = time.perf_counter()
            seen = ask_all(asked["slot"], asked["at"])
            return {"seen": seen, "seconds": time.perf_counter() - began}
        case "approved":
            return HallBooking.objects.approved().filter(starts=asked["slot"]).count()
        case "unguard":
            return unguard()
        case "drop_constraint":
            return drop_constraint()
        case "book":
            return book(asked["number"], asked["at"], asked["threads"])
        case "insert":
            return insert(asked["number"], asked["at"], asked["threads"])
    raise ValueError(asked)


if __name__ == "__main__":
    service.serve(answer)
