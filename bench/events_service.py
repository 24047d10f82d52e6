"""Events at the level of the service, in one process of many threads; started by ``bench.events``."""

import datetime as dt
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from bench import service
from bench.rush_insert import insert
from campus.clubs.models import Club, ClubMember, ClubRole
from campus.clubs.services import write_club
from campus.events import services
from campus.events.models import Attendance, Event, EventRegistration, EventSession
from campus.events.services import registration
from campus.events.sessions import Slot
from campus.events.tickets import code_of
from campus.institutions.models import Institution
from campus.people.models import Student
from portal.roles import Role

GUARDS = ("events_never_over_capacity", "events_queue_number_once")
_State = EventRegistration.State
crew = service.Crew()
known: dict[str, Any] = {"students": []}


def prepare(people: int, tokens: int) -> dict[str, Any]:
    """A club, its organizer and students with accounts; tokens of the organizer and of some students."""
    place = Institution.objects.create(name="Rush", slug="rush", timezone="America/Chicago")
    club = write_club(actor=None, changes={"name": "Chess", "institution": place})
    organizer = service.user("organizer@rush.example", Role.ORGANIZER)
    ClubMember.objects.create(
        club=club,
        user=organizer,
        role=ClubRole.objects.get(club=club, name="President"),
        since=timezone.now(),
    )
    given = []
    for number in range(people):
        user = service.user(f"rush{number}@rush.example", Role.STUDENT)
        known["students"].append(
            Student.objects.create(
                institution=place, user=user, name=f"Rush {number}", number=f"R{number:05}"
            )
        )
        if number < tokens:
            given.append(service.token(user))
    service.bare_table()
    known["club"] = club
    return {"organizer": service.token(organizer), "students": given}


def event(capacity: int | None) -> str:
    """A scheduled event to register for, in two days."""
    club: Club = known["club"]
    starts = timezone.now().replace(microsecond=0) + dt.timedelta(days=2)
    changes = {
        "title": "Open day",
        "sessions": [Slot(starts, starts + dt.timedelta(hours=4))],
        "capacity": capacity,
    }
    made = services.create_event(club=club, changes=changes, actor=None)
    return str(services.schedule(event_id=made.pk, actor=None).pk)


def rush(event_id: str, *, locked: bool) -> dict[str, Any]:
    """All students register at once; ``locked`` False: without the lock and the constraints behind it."""
    if not locked:
        with connection.cursor() as cursor:
            for table, guard in zip(("event", "eventregistration"), GUARDS, strict=True):
                cursor.execute(f"ALTER TABLE events_{table} DROP CONSTRAINT IF EXISTS {guard}")
        unlocked = Event.objects.select_related("club", "hall")
        registration.lock_event = lambda pk: unlocked.get(pk=pk)
    calls = [
        partial(services.register, event_id=event_id, student=student, actor=student.user)
        for student in known["students"]
    ]
    seconds, seen = crew.run(calls, kind=_kind)
    return {"seconds": seconds, "seen": seen, **state(event_id)}


def _kind(answer: Any) -> str:
    return str(answer.state) if isinstance(answer, EventRegistration) else service.class_of(answer)


def state(event_id: str) -> dict[str, Any]:
    """What the database holds after a rush."""
    rows = EventRegistration.objects.filter(event=event_id)
    waiting = list(
        rows.filter(state=_State.WAITING)
        .order_by("queue_number")
        .values_list("created_at", flat=True)
    )
    numbers = list(rows.order_by("queue_number").values_list("queue_number", flat=True))
    first_waiting = rows.filter(state=_State.WAITING).order_by("queue_number").first()
    last_in = rows.filter(state=_State.REGISTERED).order_by("-queue_number").first()
    return {
        "registered": rows.filter(state=_State.REGISTERED).count(),
        "counter": Event.objects.get(pk=event_id).seats_taken,
        "waiting": len(waiting),
        "in_order": numbers == list(range(1, len(numbers) + 1))
        and waiting == sorted(waiting)
        and (first_waiting is None or last_in.queue_number < first_waiting.queue_number),
    }


def door(people: int) -> dict[str, Any]:
    """An event that has begun with so many registered; the codes of their tickets."""
    event_id = event(None)
    for student in known["students"][:people]:
        services.register(event_id=event_id, student=student, actor=None)
    now = timezone.now()
    times = {"starts": now - dt.timedelta(minutes=5), "ends": now + dt.timedelta(hours=3)}
    EventSession.objects.filter(event=event_id).update(**times)
    Event.objects.filter(pk=event_id).update(**times)
    services.start(event_id=event_id, actor=None)
    rows = EventRegistration.objects.filter(event=event_id)
    return {"event": event_id, "codes": [code_of(row) for row in rows]}


def present(event_id: str) -> dict[str, int]:
    """Marks of the event, and how many people they are of."""
    rows = Attendance.objects.filter(event=event_id)
    return {"marks": rows.count(), "people": rows.values("registration").distinct().count()}


def answer(asked: dict[str, Any]) -> Any:
    """Do what a line asks for."""
    match asked["do"]:
        case "prepare":
            return prepare(asked["people"], asked["tokens"])
        case "event":
            return event(asked["capacity"])
        case "rush":
            return rush(asked["event"], locked=asked["locked"])
        case "state":
            return state(asked["event"])
        case "door":
            return door(asked["people"])
        case "present":
            return present(asked["event"])
        case "insert":
            seconds, _seen = crew.run(
                [insert] * len(known["students"]), kind=service.class_of, bare=True
            )
            return {"seconds": seconds}
    raise ValueError(asked)


if __name__ == "__main__":
    service.serve(answer)
