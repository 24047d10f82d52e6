"""Every write of bookings: ask, decide, cancel, series, lectures, and what events ask for."""

from bookings.services.booking import Asked, ask, cancel
from bookings.services.deciding import approve, reject

__all__ = ["Asked", "approve", "ask", "cancel", "reject"]
