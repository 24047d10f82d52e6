"""What open calendars are told live (B8)."""

from portal.realtime.events import EventType, register

CALENDAR_CHANGED = register(
    EventType(
        "hall.calendar_changed",
        "Something was booked in the hall, moved or given back: fetch that span anew.",
        {
            "hall_id": {"type": "integer"},
            "starts": {"type": "string", "format": "date-time"},
            "ends": {"type": "string", "format": "date-time"},
        },
    )
)

BOOKING_CHANGED = register(
    EventType(
        "hall_booking.changed",
        "A booking that the person asked for is in another state, hall or time.",
        {
            "booking": {"type": "string", "format": "uuid"},
            "hall_id": {"type": "integer"},
            "state": {"type": "string", "description": "The state of the booking."},
        },
    )
)


def hall_stream(hall_id: int) -> str:
    """The name of the stream that tells of a hall's calendar."""
    return f"hall:{hall_id}"
