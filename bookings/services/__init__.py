"""Every write of bookings: ask, decide, cancel, series, lectures, and what events ask for."""

from bookings.services.booking import Asked, ask, cancel
from bookings.services.deciding import approve, reject
from bookings.services.lectures import Lecture, LectureClash, LecturesSet, set_lectures
from bookings.services.series import BookedSeries, book_series, cancel_series

__all__ = [
    "Asked",
    "BookedSeries",
    "Lecture",
    "LectureClash",
    "LecturesSet",
    "approve",
    "ask",
    "book_series",
    "cancel",
    "cancel_series",
    "reject",
    "set_lectures",
]
