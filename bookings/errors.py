"""What the services of bookings refuse; what they refuse about halls is in ``campus.venues.errors``."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class BookingNotFound(DomainError):
    """There is no such booking that the acting person may see."""

    code = "not_found"
    status = 404
    message = _("There is no such booking.")


class TransitionRefused(DomainError):
    """The state that is asked for cannot follow the present one: somebody decided before (B3)."""

    code = "wrong_state"
    message = _("This was decided already.")


class BookingOver(DomainError):
    """It has begun, so it cannot be taken back or moved."""

    code = "booking_over"
    message = _("This booking has begun already.")


class HasItsOwnHome(DomainError):
    """A booking of a lecture or an event is changed where the lecture or event is."""

    code = "belongs_to_subject"
    message = _("This belongs to a lecture or an event: change it there.")


class NothingFree(DomainError):
    """None of the dates of a series is free (B5)."""

    code = "nothing_free"
    message = _("None of these dates is free.")


class SubjectNotFound(DomainError):
    """There is no such club or course that the person may ask a hall for."""

    code = "invalid"
    status = 400
    message = _("There is nothing of this kind that you may ask a hall for.")


class SeriesNotFree(DomainError):
    """Not every date of a series is free, and all or nothing was asked for (B5).

    ``details["dates"]`` lists each date, and what refuses it.
    """

    code = "series_not_free"
    message = _("Not every date of the series is free.")
