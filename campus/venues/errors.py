"""What is refused about halls, each with a code for programs and a sentence for people."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class HallTaken(DomainError):
    """The hall is not free (B1).

    ``details["obstacles"]`` lists what is in the way (hall, starts, ends, and what it is as far as the
    asker may see it), ``details["alternatives"]`` the halls that are free for all that was asked for.
    """

    code = "hall_taken"
    message = _("The hall is taken at this time.")


class BookingRefused(DomainError):
    """A rule of the hall or of bookings refuses it; ``code`` names the rule, ``param`` the field (B6)."""

    code = "booking_refused"
    status = 409


class EndsBeforeStart(BookingRefused):
    """It ends before it starts, or with it (B6)."""

    code = "ends_before_start"
    status = 400
    message = _("A booking ends after it starts.")


class TooLong(BookingRefused):
    """One booking is no longer than two weeks (B6)."""

    code = "too_long"
    status = 400
    message = _("One booking is no longer than 14 days; longer needs go in several.")


class PeriodsOverlap(BookingRefused):
    """Two of the times that are asked for together overlap (B6)."""

    code = "periods_overlap"
    status = 400
    message = _("The times that are asked for overlap each other.")


class InThePast(BookingRefused):
    """It starts in the past (B6)."""

    code = "in_the_past"
    message = _("A booking starts in the future.")


class HallInactive(BookingRefused):
    """The hall is out of use (B6)."""

    code = "hall_inactive"
    message = _("This hall is not in use.")


class OverCapacity(BookingRefused):
    """More people than the hall holds (B6); ``details["capacity"]`` says how many it does."""

    code = "over_capacity"
    message = _("The hall is too small for so many people.")


class OutsideOpeningHours(BookingRefused):
    """The hall is shut at that hour (B6)."""

    code = "outside_opening_hours"
    message = _("The hall is not open at this time.")


class InClosedPeriod(BookingRefused):
    """The hall or its building is closed then (B6); ``details["reason"]`` says why."""

    code = "closed_period"
    message = _("The hall is closed on these days.")
