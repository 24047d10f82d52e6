"""States of an event move here and nowhere else: one function moves, logs and announces (E1)."""

from typing import Any

from django.utils import timezone

from campus.events.errors import EventStateRefused
from campus.events.models import Event
from campus.events.streams import event_stream
from portal.audit import record
from portal.pagecache import touch
from portal.realtime.streams import publish

_STAMPS = {
    Event.State.SCHEDULED: "scheduled_at",
    Event.State.COMPLETED: "completed_at",
    Event.State.CANCELLED: "cancelled_at",
}
_ACTIONS = {
    Event.State.SCHEDULED: "events.schedule",
    Event.State.ONGOING: "events.start",
    Event.State.COMPLETED: "events.complete",
    Event.State.CANCELLED: "events.cancel",
}


def move(event: Event, to: Event.State, *, actor: Any, reason: str = "") -> None:
    """Move a locked event; raises :class:`EventStateRefused` for what E1 does not allow."""
    before = Event.State(event.state)
    if to not in Event.TRANSITIONS[before]:
        raise EventStateRefused(state=str(before))
    event.state = to
    fields = ["state", "changed_at"]
    if stamp := _STAMPS.get(to):
        setattr(event, stamp, timezone.now())
        fields.append(stamp)
    if to == Event.State.CANCELLED:
        event.cancel_reason = reason
        fields.append("cancel_reason")
    event.save(update_fields=fields)
    record(
        action=_ACTIONS[to],
        instance=event,
        actor=actor,
        before={"state": str(before)},
        after={"state": str(to), **({"reason": reason} if reason else {})},
    )
    touch_event(event)
    publish(
        event_stream(event.pk),
        "event.counted",
        {"registered": event.seats_taken, "state": str(to)},
    )


def touch_event(event: Event) -> None:
    """The public pages that show the event are another from the commit on."""
    touch("events", f"event:{event.pk}", f"club:{event.club_id}")
