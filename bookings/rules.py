"""Who may ask for a hall, decide about requests, and see them."""

from typing import Any

import rules
from django.utils.translation import gettext_lazy as _

from bookings.models import BookingSeries, HallBooking
from campus.accounts.rules import is_organizer, is_signed_in, is_teacher
from campus.institutions.scope import administers, register_path
from portal import scopes


@rules.predicate
def asked_for_it(user: Any, booking: HallBooking | None) -> bool:
    """Asked for the booking; at the door anyone signed in may have."""
    if booking is None:
        return bool(is_signed_in(user))
    return booking.asked_by_id is not None and booking.asked_by_id == user.pk


ASK = "bookings.ask_for_hall"
VIEW = "bookings.view_own"
CANCEL = "bookings.cancel_booking"
DECIDE = "bookings.decide_bookings"
UTILIZATION = "bookings.view_utilization"
READ_SCOPE = scopes.register("bookings:read", _("See halls, their calendars and your bookings"))

# For what and where, the service asks: for one's own club or course (``subjects``), an admin's halls.
rules.add_perm(ASK, is_teacher | is_organizer | administers)
rules.add_perm(VIEW, asked_for_it | administers)
rules.add_perm(CANCEL, asked_for_it | administers)
rules.add_perm(DECIDE, administers)
rules.add_perm(UTILIZATION, administers)

register_path(HallBooking, "hall__building__institution")
register_path(BookingSeries, "hall__building__institution")
