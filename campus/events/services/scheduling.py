"""From the draft to the end: schedule, move, start, complete, cancel; and what admins decide on halls.

**Locks.** The event's row first, then the halls (by their keeper), then notifications and streams.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from campus.events import rules
from campus.events.announcements import Announcements
from campus.events.errors import HallTooSmall
from campus.events.models import Event, EventRegistration
from campus.events.services.base import find_event, lock_event, require, require_open
from campus.events.services.completion import begin_completion
from campus.events.services.drafts import check_capacity, set_wishes, wishes_of
from campus.events.sessions import (
    Slot,
    check_future,
    check_slots,
    periods_of,
    slots_of,
    write_slots,
    zone_of,
)
from campus.events.signals import event_cancelled, event_moved
from campus.events.states import move as move_state
from campus.events.states import touch_event
from campus.venues.models import Hall
from campus.venues.reservations import Period, Reserved, get_hall_keeper
from portal.audit import record
from portal.realtime.streams import together

_State = Event.State
_Hall = Event.HallState


def schedule(*, event_id: uuid.UUID | str, actor: Any) -> Event:
    """Make a draft public, and ask for its hall (E1, E2), in one transaction.

    The first wished hall that is free is booked; where none is, the first wish waits for an admin and
    the event has no hall until then. Raises ``EventStateRefused``, ``SessionInThePast``, and what the
    keeper of the halls refuses (``BookingRefused``: too small, shut, closed).
    """
    with transaction.atomic(), together():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        slots = slots_of(event)
        if event.state == _State.DRAFT:
            check_future(slots, timezone.now())
        move_state(event, _State.SCHEDULED, actor=actor)
        wishes = wishes_of(event)
        if wishes:
            reserved = get_hall_keeper().reserve(
                subject=event,
                wishes=wishes,
                periods=periods_of(slots),
                people=event.capacity,
                purpose=event.title,
                actor=actor,
            )
            _keep(event, reserved)
    return event


def move_event(
    *,
    event_id: uuid.UUID | str,
    actor: Any,
    sessions: Sequence[Slot] | None = None,
    hall_wishes: Sequence[Hall] | None = None,
) -> Event:
    """Give an event other times, other wished halls, or both; its booking moves in this transaction (E9).

    Whoever is registered or waits is told. Raises ``HallTaken`` (409) naming what is in the way, and
    what :mod:`campus.events.sessions` and the keeper refuse: then nothing has changed.
    """
    now = timezone.now()
    with transaction.atomic(), together():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        require_open(event)
        held = slots_of(event)
        slots = held if sessions is None else check_slots(list(sessions), zone_of(event))
        before = _facts(event)
        if event.state == _State.SCHEDULED and slots != held:
            check_future(slots, now)
        if hall_wishes is not None:
            set_wishes(event, hall_wishes)
        if slots != held:
            write_slots(event, slots)
        if event.state != _State.DRAFT:
            _move_hall(event, slots, actor)
        after = _facts(event)
        if after == before and slots == held:
            return event
        record(action="events.move", instance=event, actor=actor, before=before, after=after)
        touch_event(event)
        if event.is_public:
            _tell_registered(event, "events.moved", except_for=actor, when=when_of(event))
            event_moved.send(sender=Event, event=event, actor=actor)
    return event


def _move_hall(event: Event, slots: Sequence[Slot], actor: Any) -> None:
    wishes = wishes_of(event)
    if not wishes and event.hall_state not in {_Hall.APPROVED, _Hall.PENDING}:
        return
    keeper = get_hall_keeper()
    if not wishes and event.hall_state == _Hall.PENDING:
        keeper.release(subject=event, actor=actor)
        _write_hall(event, None, _Hall.NONE)
        return
    reserved = keeper.move(
        subject=event,
        wishes=_own_hall_first(event, wishes),
        periods=periods_of(slots),
        people=event.capacity,
        purpose=event.title,
        actor=actor,
    )
    _keep(event, reserved)


def _own_hall_first(event: Event, wishes: Sequence[Hall]) -> list[Hall]:
    """An event that is at its second wish stays there where it can: only its time was asked to move."""
    if event.hall is not None and any(hall.pk == event.hall_id for hall in wishes):
        return [event.hall, *(hall for hall in wishes if hall.pk != event.hall_id)]
    return list(wishes)


def cancel(*, event_id: uuid.UUID | str, actor: Any, reason: str = "") -> Event:
    """Call an event off (E1, E3): its hall is free, everyone registered or waiting is told, in this
    transaction; ``event_cancelled`` lets payments offer refunds. ``reason`` (300 characters at most) is
    read by all of them."""
    with transaction.atomic(), together():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        was_public = event.is_public
        move_state(event, _State.CANCELLED, actor=actor, reason=reason[:300])
        if event.hall_state in {_Hall.APPROVED, _Hall.PENDING}:
            get_hall_keeper().release(subject=event, actor=actor)
            _write_hall(event, None, _Hall.NONE)
        if was_public:
            _tell_registered(
                event, "events.cancelled", except_for=actor, reason=reason[:300] or "–"
            )
        event_cancelled.send(sender=Event, event=event, actor=actor)
    return event


def start(*, event_id: uuid.UUID | str, actor: Any) -> Event:
    """Begin an event (E1); its waiting list stops, and who waits is told (E13)."""
    with transaction.atomic(), together():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        move_state(event, _State.ONGOING, actor=actor)
        announcements = Announcements()
        waiting = event.registrations.filter(state=EventRegistration.State.WAITING)
        for one in waiting.select_related("student__user", "user"):
            announcements.tell(one, event, "events.list_closed")
        announcements.send()
    return event


def complete(*, event_id: uuid.UUID | str, actor: Any) -> Event:
    """End an event (E1); certificates and points follow in the background (E7)."""
    with transaction.atomic(), together():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        move_state(event, _State.COMPLETED, actor=actor)
        begin_completion(event, actor=actor)
    return event


def move_by_time(now: dt.datetime | None = None) -> dict[str, int]:
    """Start what has begun and complete what is over (E1), each in a transaction of its own."""
    now = now or timezone.now()
    due = Event.objects.filter(state=_State.SCHEDULED, starts__lte=now).order_by("pk")
    over = Event.objects.filter(state=_State.ONGOING, ends__lte=now).order_by("pk")
    counts = {"started": 0, "completed": 0}
    for pk in list(due.values_list("pk", flat=True)):
        counts["started"] += _if_due(pk, _State.SCHEDULED, now)
    for pk in list(over.values_list("pk", flat=True)):
        counts["completed"] += _if_due(pk, _State.ONGOING, now)
    return counts


def _if_due(event_id: uuid.UUID, state: str, now: dt.datetime) -> bool:
    """Move one event on, unless somebody moved it meanwhile."""
    with transaction.atomic():
        event = lock_event(event_id)
        moment = event.starts if state == _State.SCHEDULED else event.ends
        if event.state != state or moment > now:
            return False
        if state == _State.SCHEDULED:
            start(event_id=event_id, actor=None)
        else:
            complete(event_id=event_id, actor=None)
    return True


def hall_decided(
    *, subject: Any, state: str, hall: Hall | None, periods: Sequence[Period], actor: Any
) -> None:
    """An admin decided about the event's request, or took its hall back (E2); in their transaction.

    What they approved may be another hall and other times: the event has these from then on, and whoever
    is registered is told.
    """
    event = lock_event(subject.pk)
    if not event.is_editable:
        return
    before = _facts(event)
    announcements = Announcements()
    if state != "approved":
        _write_hall(event, None, _Hall.REJECTED)
        announcements.tell_organizers(event, "events.hall_refused")
    else:
        if hall is not None and event.seats_taken > (hall.capacity or event.seats_taken):
            raise HallTooSmall(hall=str(hall), capacity=hall.capacity)
        slots = slots_of(event)
        wanted = sorted((period.starts, period.ends) for period in periods)
        if wanted and wanted != [(slot.starts, slot.ends) for slot in slots]:
            titles = [slot.title for slot in slots] + [""] * len(wanted)
            slots = check_slots(
                [Slot(*pair, title) for pair, title in zip(wanted, titles, strict=False)],
                zone_of(event),
            )
            write_slots(event, slots)
            _tell_registered(event, "events.moved", when=when_of(event), to=announcements)
        _write_hall(event, hall, _Hall.APPROVED)
        announcements.tell_organizers(event, "events.hall_given", hall=str(hall))
    record(action="events.hall", instance=event, actor=actor, before=before, after=_facts(event))
    touch_event(event)
    announcements.send()


def _keep(event: Event, reserved: Reserved) -> None:
    """Write down what became of the wish."""
    if reserved.state == "pending":
        _write_hall(event, None, _Hall.PENDING)
        return
    _write_hall(event, reserved.hall, _Hall.APPROVED)
    check_capacity(event)


def _write_hall(event: Event, hall: Hall | None, state: Event.HallState) -> None:
    event.hall, event.hall_state = hall, state
    event.save(update_fields=["hall", "hall_state", "changed_at"])


def when_of(event: Event) -> str:
    """The start as it is said in messages: in the institution's timezone."""
    return f"{event.starts.astimezone(zone_of(event)):%Y-%m-%d %H:%M}"


def _facts(event: Event) -> dict[str, Any]:
    return {
        "starts": event.starts.isoformat(),
        "ends": event.ends.isoformat(),
        "hall": str(event.hall) if event.hall else "",
        "hall_state": str(event.hall_state),
    }


def _tell_registered(
    event: Event,
    type: str,
    *,
    except_for: Any = None,
    to: Announcements | None = None,
    **params: Any,
) -> None:
    """Tell whoever holds a place, waits or asks."""
    announcements = to or Announcements()
    rows = event.registrations.open().select_related("student__user", "user")
    for registration in rows:
        announcements.tell(registration, event, type, except_for=except_for, **params)
        announcements.changed(registration, event)
    if to is None:
        announcements.send()


__all__ = [
    "cancel",
    "complete",
    "find_event",
    "hall_decided",
    "move_by_time",
    "move_event",
    "schedule",
    "start",
    "when_of",
]
