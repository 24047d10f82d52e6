"""The admin of bookings: what the log calls its actions."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogFormatter

_ACTIONS = [
    ("bookings.book", _("Book a hall"), _("Hall booked")),
    ("bookings.ask", _("Ask for a hall"), _("Hall asked for")),
    ("bookings.approve", _("Approve a booking"), _("Booking approved")),
    ("bookings.reject", _("Reject a booking"), _("Booking rejected")),
    ("bookings.cancel", _("Cancel a booking"), _("Booking cancelled")),
    ("bookings.move", _("Move a booking"), _("Booking moved")),
    ("bookings.book_series", _("Book a series"), _("Series booked")),
    ("bookings.lectures", _("Book lectures"), _("Lectures booked")),
]


class _WithChanges(LogFormatter):
    """A message, and beside it what changed."""

    def format_comment(self, log_entry: Any) -> str:
        before, after = log_entry.data.get("before", {}), log_entry.data.get("after", {})
        return "; ".join(
            f"{name}: {before.get(name, '–')} → {value}" for name, value in after.items()
        )


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """The names under which the history shows what the services logged, with before and after."""
    for action, label, message in _ACTIONS:
        formatter = type(
            "BookingLogFormatter", (_WithChanges,), {"label": label, "message": message}
        )
        actions.register_action(action)(formatter)
