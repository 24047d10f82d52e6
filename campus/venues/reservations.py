"""How what stands below the bookings asks for a hall: a port, and who keeps the halls.

Events know nothing of bookings. They ask the keeper of the halls, which the room ``bookings`` gives at
start-up; and they say by :func:`on_decision` what is to happen when an admin decides a request of theirs.

Every call runs in the caller's transaction and answers within it: the event and its hall are true
together, or not at all.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from django.db import models

from campus.venues.models import Hall

State = Literal["approved", "pending"]
Decided = Literal["approved", "rejected", "cancelled"]


@dataclass(frozen=True, order=True)
class Period:
    """From ``starts`` to ``ends``, the latter not included; both aware."""

    starts: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True)
class Reserved:
    """What became of a wish: booked in ``hall``, or waiting for an admin, without a hall yet."""

    state: State
    hall: Hall | None


class HallKeeper(Protocol):
    """Books halls for a ``subject`` (an event): one hall for all of its periods, at any time one booking.

    ``actor`` is who asks, None the system itself; whether they may do this to the subject is for the
    caller to know. All raise ``HallTaken`` (409) and the ``BookingRefused`` of
    :mod:`campus.venues.errors`; then nothing has changed.
    """

    def reserve(
        self,
        *,
        subject: models.Model,
        wishes: Sequence[Hall],
        periods: Sequence[Period],
        people: int | None,
        purpose: str,
        actor: Any,
    ) -> Reserved:
        """Book the first wished hall that is free for all periods, approved at once (B2, E2).

        Where none is free, a pending request for the first wish goes to the admins. A wish that a rule
        of its hall refuses (too small, shut, closed) is passed over; if rules refuse every wish, the
        first one's refusal is raised.
        """

    def move(
        self,
        *,
        subject: models.Model,
        wishes: Sequence[Hall],
        periods: Sequence[Period],
        people: int | None,
        purpose: str,
        actor: Any,
    ) -> Reserved:
        """Move what the subject has to other periods or another hall (E9).

        An approved booking moves at once into the first of ``wishes`` that is free (with no wishes: its
        own hall), or ``HallTaken`` is raised and all stays. A pending one is approved if a wish is free
        now, and else stays pending with the new times. Without any booking it is as ``reserve``.
        """

    def release(self, *, subject: models.Model, actor: Any) -> None:
        """Give the subject's halls back and withdraw what is pending (E3); harmless without any."""


_keeper: HallKeeper | None = None


def register_hall_keeper(keeper: HallKeeper) -> None:
    """Say who keeps the halls; called once, when the room of bookings is set up."""
    global _keeper  # noqa: PLW0603 (one for the portal, set at start-up)
    _keeper = keeper


def get_hall_keeper() -> HallKeeper:
    """The keeper. Raises RuntimeError where no room registered one."""
    if _keeper is None:
        raise RuntimeError("No room keeps the halls: is 'bookings' installed?")
    return _keeper


class OnDecision(Protocol):
    """Hears, in the deciding transaction, what an admin decided about a subject's request."""

    def __call__(
        self,
        *,
        subject: Any,
        state: Decided,
        hall: Hall | None,
        periods: Sequence[Period],
        actor: Any,
    ) -> None:
        """``hall`` and ``periods`` are those approved, which may be others than were asked for.

        ``cancelled`` is told when an admin takes a hall back that was approved. Raising undoes the
        decision.
        """


_listeners: dict[type[models.Model], OnDecision] = {}


def on_decision(model: type[models.Model], listener: OnDecision) -> None:
    """Have ``listener`` called when the hall of a ``model`` is decided about; one for each model."""
    _listeners[model] = listener


def tell_decision(
    *,
    subject: models.Model,
    state: Decided,
    hall: Hall | None,
    periods: Sequence[Period],
    actor: Any,
) -> None:
    """Call who listens for the subject's model, if anybody does; for the keeper alone."""
    listener = _listeners.get(type(subject))
    if listener is not None:
        listener(subject=subject, state=state, hall=hall, periods=periods, actor=actor)
