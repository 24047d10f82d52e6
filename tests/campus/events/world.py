"""Clubs, events and people for the tests of events, made with as little as each needs."""

import datetime as dt
from typing import Any

from django.utils import timezone

from campus.accounts.models import User
from campus.clubs.models import Club, ClubMember, ClubRole
from campus.clubs.services import write_club
from campus.events import services
from campus.events.models import Event, EventRegistration
from campus.events.sessions import Slot
from campus.people.models import Student
from portal.roles import Role
from tests import factories

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def club(**fields: Any) -> Club:
    """An active club with the offices that every club begins with."""
    n = factories.number()
    fields.setdefault("institution", factories.institution())
    return write_club(actor=None, changes={"name": f"Club {n}", **fields})


def organizer(of: Club, role: str = "President", **fields: Any) -> User:
    """An organizer with an office of the club."""
    return office(of, factories.user(Role.ORGANIZER, **fields), role)


def office(of: Club, user: User, role: str = "President") -> User:
    """Give somebody an office of the club."""
    ClubMember.objects.create(
        club=of, user=user, role=ClubRole.objects.get(club=of, name=role), since=timezone.now()
    )
    return user


def slots(*hours_from_now: float, length: float = 2) -> list[Slot]:
    """Sessions that begin so many hours from now, each two hours long."""
    now = timezone.now().replace(microsecond=0)
    return [
        Slot(now + dt.timedelta(hours=h), now + dt.timedelta(hours=h + length))
        for h in hours_from_now
    ]


def draft(of: Club | None = None, **fields: Any) -> Event:
    """A draft that begins in two days."""
    fields.setdefault("sessions", slots(48))
    fields.setdefault("title", f"Event {factories.number()}")
    return services.create_event(club=of or club(), changes=fields, actor=None)


def event(of: Club | None = None, **fields: Any) -> Event:
    """A scheduled event that begins in two days."""
    return services.schedule(event_id=draft(of, **fields).pk, actor=None)


def begun(made: Event, *, ago: dt.timedelta = dt.timedelta(minutes=10)) -> Event:
    """The event as if it had begun a while ago, its sessions as well; and started."""
    made = put_at(made, timezone.now() - ago)
    return services.start(event_id=made.pk, actor=None)


def put_at(made: Event, starts: dt.datetime) -> Event:
    """The event as if it had always been meant for another time."""
    by = starts - made.starts
    for one in made.sessions.order_by("-starts" if by > dt.timedelta() else "starts"):
        type(one).objects.filter(pk=one.pk).update(starts=one.starts + by, ends=one.ends + by)
    Event.objects.filter(pk=made.pk).update(starts=made.starts + by, ends=made.ends + by)
    return Event.objects.select_related("club").get(pk=made.pk)


def student(**fields: Any) -> Student:
    """A student with an account."""
    return factories.student(**fields)


def registered(made: Event, **fields: Any) -> EventRegistration:
    """A student registers."""
    answers = fields.pop("answers", None)
    person = fields.pop("student", None) or student(**fields)
    return services.register(event_id=made.pk, student=person, answers=answers, actor=None)
