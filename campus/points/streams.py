"""What a student's open pages are told live about their points (A4)."""

from portal.realtime.events import EventType, register

POINTS_CHANGED = register(
    EventType(
        "points.changed",
        "Points of the student were asked for, given, refused or corrected.",
        {
            "student": {"type": "string", "format": "uuid"},
            "transaction": {"type": "string", "format": "uuid"},
            "state": {"type": "string", "description": "The state of the transaction."},
            "total": {"type": "integer", "description": "What counts in all now."},
            "required": {"type": "integer", "description": "What the program asks for."},
        },
        optional=frozenset({"required"}),
    )
)
