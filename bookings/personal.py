"""What this room holds on a person (P9): the halls they asked for."""

from django.utils import timezone

from bookings.models import HallBooking
from bookings.services import booking
from campus.accounts.models import User
from portal import personal


def export(user: User) -> personal.Rows:
    """Their bookings and requests, the first ones first."""
    rows = HallBooking.objects.filter(asked_by=user).order_by("created_at", "id")
    return [
        {
            "hall": str(one.hall),
            "purpose": one.purpose,
            "starts": one.starts,
            "ends": one.ends,
            "state": str(one.state),
            "asked_at": one.created_at,
            "note": one.note,
        }
        for one in rows.select_related("hall__building")
    ]


def erase(user: User) -> None:
    """Withdraw what waits and give back what is to come; what is over loses its words.

    An event's hall stays the event's. The account's row stays for what points to it, without a name.
    """
    theirs = HallBooking.objects.filter(asked_by=user, kind=HallBooking.Kind.SINGLE)
    to_come = theirs.alive().filter(starts__gt=timezone.now())
    for pk in list(to_come.values_list("pk", flat=True)):
        booking.cancel(booking_id=pk, actor=None)
    theirs.update(purpose="–", note="")


def register() -> None:
    """Register it."""
    personal.register(
        "hall_bookings",
        export,
        erase,
        ["bookings.HallBooking", "bookings.BookingSeries"],
    )
