"""What is told live of an import, on the stream of who brought it."""

from portal.realtime.events import EventType, register

IMPORT_PROGRESSED = register(
    EventType(
        "import.progressed",
        "An import that the person brought is further, or in another state.",
        {
            "id": {"type": "string", "format": "uuid"},
            "kind": {"type": "string"},
            "state": {"type": "string"},
            "done": {"type": "integer", "minimum": 0},
            "total": {"type": "integer", "minimum": 0},
        },
    )
)
