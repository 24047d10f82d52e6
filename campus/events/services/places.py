"""Places and the queue of an event, under its lock: take one, give it back, hand it on (E4, E13).

Nothing here opens a transaction of its own.
"""

from typing import Any

from django.db.models import F
from django.utils import timezone

from campus.events.announcements import Announcements
from campus.events.errors import RegistrationDecided
from campus.events.models import Event, EventRegistration
from campus.events.models.registrations import new_ticket_key
from campus.people.models import Student
from portal.audit import record
from portal.pagecache import touch

_State = EventRegistration.State
_ACTIONS = {
    _State.REQUESTED: "events.ask",
    _State.REGISTERED: "events.register",
    _State.WAITING: "events.wait",
    _State.REJECTED: "events.reject",
    _State.CANCELLED: "events.unregister",
}


def put(
    registration: EventRegistration,
    to: EventRegistration.State,
    *,
    event: Event,
    actor: Any,
    announcements: Announcements,
) -> None:
    """Move a registration, new or stored; counts the place, logs and announces. The event is locked.

    Whoever leaves loses the ticket: the key that signs it is another from then on (E5).
    """
    before = None if registration._state.adding else _State(registration.state)
    if before is not None and to not in EventRegistration.TRANSITIONS[before]:
        raise RegistrationDecided(state=str(before))
    registration.state = to
    registration.since = timezone.now()
    if before == _State.REGISTERED:
        registration.ticket_key = new_ticket_key()
    registration.save(force_insert=before is None)
    taken = (to == _State.REGISTERED) - (before == _State.REGISTERED)
    if taken:
        count(event, taken)
    record(
        action=_ACTIONS[to],
        instance=registration,
        actor=actor,
        before={"state": str(before)} if before else None,
        after={"state": str(to)},
        label=registration.audit_label,
    )
    announcements.changed(registration, event)


def count(event: Event, by: int) -> None:
    """Keep the row's counter and the object in hand at one number."""
    Event.objects.filter(pk=event.pk).update(seats_taken=F("seats_taken") + by)
    was_full = event.is_full
    event.seats_taken += by
    touch(f"event:{event.pk}", *(["events"] if event.is_full != was_full else []))


def waiting_of(event: Event) -> int:
    """How many wait; one query."""
    return event.registrations.filter(state=_State.WAITING).count()


def promotes(event: Event) -> bool:
    """Whether a place that comes free goes to who waits: until the start (E13)."""
    return event.state == Event.State.SCHEDULED and not event.has_begun()


def hand_on(event: Event, announcements: Announcements) -> int:
    """Give the free places to those who wait, in their order; how many were given.

    A student who is not active any more keeps the place in the queue and is passed by.
    """
    if event.is_full or not promotes(event):
        return 0
    queue = (
        event.registrations.filter(state=_State.WAITING)
        .exclude(student__in=_inactive())
        .select_related("student__user", "user")
        .order_by("queue_number")
    )
    free = event.seats_left
    given = 0
    for registration in list(queue if free is None else queue[:free]):
        put(registration, _State.REGISTERED, event=event, actor=None, announcements=announcements)
        announcements.tell(registration, event, "events.promoted")
        given += 1
    return given


def _inactive() -> Any:
    return Student.objects.exclude(state=Student.State.ACTIVE).values("pk")
