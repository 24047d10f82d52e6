"""What a student's open pages are told live about their enrollments (L4, L5)."""

from portal.realtime.events import EventType, register

ENROLLMENT_CHANGED = register(
    EventType(
        "enrollment.changed",
        "An enrollment of the student, or a request for one, is in another state.",
        {
            "section_id": {"type": "integer"},
            "student": {
                "type": "string",
                "format": "uuid",
                "description": "Which child, where a guardian is told.",
            },
            "state": {"type": "string", "description": "The state of the enrollment or request."},
            "enrollment": {"type": "string", "format": "uuid"},
            "request": {"type": "string", "format": "uuid"},
            "place": {"type": "integer", "minimum": 1, "description": "On the waiting list."},
        },
        optional=frozenset({"student", "enrollment", "request", "place"}),
    )
)
