"""Every write of bookings: ask, decide, cancel, series, lectures, and what events ask for."""

from bookings.services.booking import Asked, ask, cancel
from bookings.services.deciding import approve, reject
from bookings.services.series import BookedSeries, book_series, cancel_series

__all__ = [
    "Asked",
    "BookedSeries",
    "approve",
    "ask",
    "book_series",
    "cancel",
    "cancel_series",
    "reject",
]
