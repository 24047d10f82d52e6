"""States move here and nowhere else: one function moves, logs and announces."""

from typing import Any

from django.utils import timezone

from bookings.announcements import News
from bookings.errors import TransitionRefused
from bookings.models import HallBooking
from portal.audit import record

_State = HallBooking.State
_ACTIONS = {
    _State.APPROVED: "bookings.approve",
    _State.REJECTED: "bookings.reject",
    _State.CANCELLED: "bookings.cancel",
}


def settle(
    booking: HallBooking,
    to: HallBooking.State,
    *,
    actor: Any,
    news: News,
    note: str = "",
    changes: dict[str, Any] | None = None,
) -> None:
    """Move a booking whose row is locked to another state, with ``changes`` of hall and time beside it."""
    before = _State(booking.state)
    if to not in HallBooking.TRANSITIONS[before]:
        raise TransitionRefused
    old = {"state": str(before), **{name: _plain(getattr(booking, name)) for name in changes or {}}}
    held = booking.period if before == _State.APPROVED else None
    for name, value in (changes or {}).items():
        setattr(booking, name, value)
    booking.state = to
    booking.note = note[:300] or booking.note
    booking.decided_by = actor
    booking.decided_at = timezone.now()
    booking.save(update_fields=["state", "note", "decided_by", "decided_at", *(changes or {})])
    record(
        action=_ACTIONS[to],
        instance=booking,
        actor=actor,
        before=old,
        after={
            "state": str(to),
            **{name: _plain(getattr(booking, name)) for name in changes or {}},
            **({"note": note} if note else {}),
        },
        label=booking.audit_label,
    )
    news.settled([booking])
    if to == _State.APPROVED:
        news.calendar_changed(booking.hall_id, booking.period)
    elif held is not None:
        news.calendar_changed(booking.hall_id, held)
    news.booking_changed(booking)


def _plain(value: Any) -> Any:
    return getattr(value, "pk", None) or str(value)
