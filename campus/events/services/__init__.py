"""Every write of events, split by noun.

Locks are taken in one order: the event's row, halls (by their keeper), registrations by id, the
completion, notifications, streams. Taking attendance locks a registration and no event.
"""

from campus.events.services.attendance import (
    CheckIn,
    NewScan,
    check_in,
    check_in_by_hand,
    self_check_in,
    send_scans,
    take_back,
)
from campus.events.services.completion import generate
from campus.events.services.drafts import (
    create_event,
    edit_event,
    set_organizers,
    set_questions,
)
from campus.events.services.lists import upload_attendance
from campus.events.services.registration import (
    approve,
    fill_places,
    register,
    reject,
    unregister,
)
from campus.events.services.scheduling import (
    cancel,
    complete,
    hall_decided,
    move_by_time,
    move_event,
    schedule,
    start,
)
from campus.events.services.series import clone_event, repeat_event

__all__ = [
    "CheckIn",
    "NewScan",
    "approve",
    "cancel",
    "check_in",
    "check_in_by_hand",
    "clone_event",
    "complete",
    "create_event",
    "edit_event",
    "fill_places",
    "generate",
    "hall_decided",
    "move_by_time",
    "move_event",
    "register",
    "reject",
    "repeat_event",
    "schedule",
    "self_check_in",
    "send_scans",
    "set_organizers",
    "set_questions",
    "start",
    "take_back",
    "unregister",
    "upload_attendance",
]
