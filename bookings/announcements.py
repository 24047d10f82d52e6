"""What a transaction about halls has to tell, gathered and written at its end in one order of locks."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from bookings.models import HallBooking
from bookings.streams import hall_stream
from campus.institutions.queries import admins_of
from campus.notifications.services import Message, close_actions_of, notify_all
from campus.venues.models import Hall
from campus.venues.reservations import Period
from portal.realtime.streams import NewEvent, publish_many, together, user_stream


class News:
    """Collects news of one transaction; :meth:`send` writes them, last of all."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._events: list[NewEvent] = []
        self._settled: list[str] = []

    def calendar_changed(self, hall_id: int, period: Period) -> None:
        """The hall's calendar is another in this span."""
        self._events.append(
            NewEvent(
                hall_stream(hall_id),
                "hall.calendar_changed",
                {
                    "hall_id": hall_id,
                    "starts": period.starts.isoformat(),
                    "ends": period.ends.isoformat(),
                },
            )
        )

    def booking_changed(self, booking: HallBooking) -> None:
        """The asker's open pages follow."""
        if booking.asked_by_id is not None:
            self._events.append(
                NewEvent(
                    user_stream(booking.asked_by_id),
                    "hall_booking.changed",
                    {
                        "booking": str(booking.pk),
                        "hall_id": booking.hall_id,
                        "state": str(booking.state),
                    },
                )
            )

    def tell_asker(
        self, booking: HallBooking, type: str, *, hall: Hall, except_for: Any = None, **facts: Any
    ) -> None:
        """A notification for who asked, unless they did it themselves."""
        asker = booking.asked_by
        if asker is None or not asker.is_active or asker.pk == getattr(except_for, "pk", None):
            return
        params = {**about(booking, hall), **facts}
        self._messages.append((asker, type, params, f"/hall-bookings/{booking.pk}/", "", ""))

    def ask_admins(self, booking: HallBooking, hall: Hall) -> None:
        """Ask the admins of the hall's institution for a decision (B3)."""
        params = about(booking, hall)
        for admin in admins_of(hall.building.institution_id):
            self._messages.append(
                (
                    admin,
                    "bookings.requested",
                    params,
                    f"/hall-bookings/{booking.pk}/",
                    "approve",
                    str(booking.pk),
                )
            )

    def settled(self, bookings: Iterable[HallBooking]) -> None:
        """Nobody's inbox asks about these any more."""
        self._settled += [str(booking.pk) for booking in bookings]

    def send(self) -> None:
        """Write all of it, in the transaction."""
        if self._settled:
            close_actions_of(self._settled)
        with together():
            publish_many(self._events)
            if self._messages:
                notify_all(self._messages)


def about(booking: HallBooking, hall: Hall) -> dict[str, Any]:
    """The facts of the sentences."""
    starts = timezone.localtime(booking.starts, timezone.get_default_timezone())
    return {
        "hall": str(hall),
        "purpose": booking.purpose,
        "when": date_format(starts, "Y-m-d H:i"),
        "booking": str(booking.pk),
    }
