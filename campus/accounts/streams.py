"""What admins are told live of accounts (P8)."""

from portal.realtime.events import EventType, register

INACTIVE_STREAM = "accounts:inactive"
"""Followed over ``/ws/notifications/`` by those who approve registrations, beside their own stream."""

INACTIVE_CHANGED = register(
    EventType(
        "accounts.inactive_changed",
        "The list of inactive accounts is another: fetch it again.",
        {
            "user": {"type": "integer"},
            "change": {"enum": ["waiting", "approved", "refused", "disabled", "enabled"]},
        },
    )
)
