"""The part of the access table that is about sockets; see ``table.py``."""

from collections.abc import Callable
from typing import Any, NamedTuple

from bookings.streams import hall_stream
from campus.events.models import Event
from campus.events.rules import CHECK_IN
from campus.events.streams import event_stream
from campus.venues.models import Hall
from tests.access.table import Row, whole_row


def _own_stream(user: Any) -> list[str]:
    registrations = ["accounts:inactive"] if user.has_perm("accounts.approve_registrations") else []
    return [f"user:{user.pk}", *registrations]


def _event_stream(user: Any) -> list[str]:
    """That of the one event of the world, for those at its door."""
    event = Event.objects.public().select_related("club__institution").get()
    return [event_stream(event.pk)] if user.has_perm(CHECK_IN, event) else []


class Socket(NamedTuple):
    """A socket: who is admitted, what they follow, and who may send which type of frame."""

    admits: Row
    streams: Callable[[Any], list[str]]
    frames: dict[str, Row]
    kwargs: dict[str, str] = {}
    """What its address names: of the things of ``world.py``."""


_EVERY_SOCKET = {
    "ping": whole_row("no yes yes yes yes yes yes yes yes"),
    "resume": whole_row("no yes yes yes yes yes yes yes yes"),
}
"""What the base takes on every socket: it tells of the socket's own streams alone."""

SOCKETS: dict[str, Socket] = {
    "ws/notifications/": Socket(
        whole_row("no yes yes yes yes yes yes yes yes"), _own_stream, _EVERY_SOCKET
    ),
    "ws/halls/<int:pk>/": Socket(
        whole_row("no yes yes yes yes yes yes yes yes"),
        lambda user: [hall_stream(Hall.objects.get().pk)],
        _EVERY_SOCKET,
        {"pk": "hall"},
    ),
    "ws/events/<uuid:pk>/": Socket(
        whole_row("no no no no no yes no yes yes"),
        _event_stream,
        dict.fromkeys(_EVERY_SOCKET, whole_row("no no no no no yes no yes yes")),
        {"pk": "event"},
    ),
}
"""Every socket. A type of frame of its own (``takes``) needs its line in ``frames``."""
