"""What open pages are told live: a person's of their registrations, organizers' of the door (E4, E5)."""

import uuid

from portal.realtime.events import EventType, register

_UUID = {"type": "string", "format": "uuid"}
_COUNT = {"type": "integer", "minimum": 0}

REGISTRATION_CHANGED = register(
    EventType(
        "event_registration.changed",
        "A registration of the person, or of a child, for an event is in another state.",
        {
            "event": _UUID,
            "registration": _UUID,
            "state": {"type": "string"},
            "place": {"type": "integer", "minimum": 1, "description": "On the waiting list."},
            "student": {**_UUID, "description": "Which child, where a guardian is told."},
        },
        optional=frozenset({"place", "student"}),
    )
)
EVENT_COUNTED = register(
    EventType(
        "event.counted",
        "Registrations of the event changed; for its organizers.",
        {"registered": _COUNT, "state": {"type": "string"}},
    )
)
CHECKED_IN = register(
    EventType(
        "event.checked_in",
        "Somebody's attendance was marked, or taken back; for the event's organizers.",
        {
            "registration": _UUID,
            "name": {"type": "string"},
            "present": {"type": "boolean"},
            "session": _UUID,
            "count": {**_COUNT, "description": "How many are there now."},
            "shared_device": {
                "type": "boolean",
                "description": "Somebody else checked in on the same device.",
            },
        },
        optional=frozenset({"session", "shared_device"}),
    )
)
ATTENDANCE_LISTED = register(
    EventType(
        "event.attendance_listed",
        "Attendance was marked from an uploaded list; for the event's organizers.",
        {"count": {**_COUNT, "description": "Marks that hold now, of all days."}},
    )
)
COMPLETION_PROGRESSED = register(
    EventType(
        "event.completion_progressed",
        "Certificates and points of a completed event are further; for its organizers.",
        {"done": _COUNT, "total": _COUNT, "state": {"type": "string"}},
    )
)


def event_stream(event_id: uuid.UUID | str) -> str:
    """The name of an event's own stream, which its organizers follow."""
    return f"event:{event_id}"
