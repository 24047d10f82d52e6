"""What the bell is told live, on a person's own stream (N1)."""

from portal.realtime.events import EventType, register

TEXT = {"type": "string"}

NOTIFICATION_CREATED = register(
    EventType(
        "notification.created",
        "Something was stored in the person's inbox; `unread` counts what is unread with it.",
        {
            "id": {"type": "string", "format": "uuid"},
            "type": TEXT,
            "title": TEXT,
            "body": TEXT,
            "path": TEXT,
            "action": TEXT,
            "created_at": {"type": "string", "format": "date-time"},
            "unread": {"type": "integer", "minimum": 0},
        },
    )
)
NOTIFICATION_READ = register(
    EventType(
        "notification.read",
        "Some or all of the inbox was read, here or on another device.",
        {
            "ids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            "all": {"type": "boolean"},
            "unread": {"type": "integer", "minimum": 0},
        },
        optional=frozenset({"ids", "all"}),
    )
)
