"""Halls under real parallel transactions (B1, B2, B3), and what the guard keeps from happening."""

import datetime as dt
from collections import Counter
from functools import partial
from typing import Any

import pytest
from wagtail.models import ModelLogEntry

from bookings import services
from bookings.errors import TransitionRefused
from bookings.models import HallBooking
from bookings.services import Asked, booking, deciding
from campus.accounts.models import User
from campus.notifications.models import Notification
from campus.venues.errors import HallTaken
from campus.venues.models import Building, Hall
from campus.venues.reservations import Period
from portal.models import StreamEvent
from portal.roles import Role
from tests import factories
from tests.bookings.conftest import period
from tests.concurrency.parallel import in_parallel, without

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CONSTRAINT = "bookings_no_two_in_one_hall"
ASKERS = 64


@pytest.fixture
def halls() -> list[Hall]:
    building = Building.objects.create(institution=factories.institution(), name="North Hall")
    return [factories.hall(building=building, capacity=40) for _ in range(2)]


@pytest.fixture
def admin() -> User:
    return factories.user(Role.ADMIN)


def rush(hall: Hall, slot: Period, admin: User) -> list[Any]:
    """All ask for one hall at one hour."""
    one = partial(services.ask, wishes=[hall], periods=[slot], purpose="Rehearsal", actor=admin)
    return in_parallel([one] * ASKERS, threads=32)


def approved(hall: Hall, slot: Period) -> int:
    return HallBooking.objects.approved().filter(hall=hall, starts=slot.starts).count()


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Hall.objects.select_related("building")
    monkeypatch.setattr(booking, "lock_halls", lambda ids: found.in_bulk(sorted(set(ids))))


def test_b1_of_64_askers_one_wins_and_63_are_told_what_else_is_free(
    halls: list[Hall], admin: User
) -> None:
    hall, other = halls
    for hour in (9, 12):
        slot = period(hour=hour)
        results = rush(hall, slot, admin)
        kinds = Counter(type(result).__name__ for result in results)
        assert kinds == {"Asked": 1, "HallTaken": ASKERS - 1}
        refused = [result for result in results if isinstance(result, HallTaken)]
        assert {one.status for one in refused} == {409}
        for one in refused:
            assert [free["hall"] for free in one.details["alternatives"]] == [other.pk]
            assert [met["starts"] for met in one.details["obstacles"]] == [
                slot.starts.astimezone(dt.UTC).isoformat()
            ]
    # Of who was refused nothing is left: no row, no line in the log, no event in the calendar.
    assert HallBooking.objects.count() == 2
    assert ModelLogEntry.objects.filter(action="bookings.book").count() == 2
    assert StreamEvent.objects.filter(type="hall.calendar_changed").count() == 2


def test_b1_without_the_lock_the_database_still_refuses_the_second(
    halls: list[Hall], admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch)
    results = rush(halls[0], period(), admin)
    assert approved(halls[0], period()) == 1
    assert sum(isinstance(result, Asked) for result in results) == 1


def test_b1_control_without_lock_and_constraint_the_hall_is_booked_twice(
    halls: list[Hall], admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch)
    with without(CONSTRAINT):
        rush(halls[0], period(), admin)
        taken = approved(halls[0], period())
    assert taken > 1, "the control shows no race: the tests above prove nothing"


def test_b2_wishes_in_any_order_never_wait_in_a_circle(halls: list[Hall], admin: User) -> None:
    slots = [period(hour=8 + n) for n in range(6)]
    calls = [
        partial(
            services.ask,
            wishes=halls if n % 2 else halls[::-1],
            periods=[slot],
            purpose="Rehearsal",
            actor=admin,
            if_taken="ask",
        )
        for slot in slots
        for n in range(4)
    ]
    results = in_parallel(calls)
    assert {type(result) for result in results} == {Asked}, results
    for slot in slots:
        assert [approved(hall, slot) for hall in halls] == [1, 1]
    assert HallBooking.objects.pending().count() == 2 * len(slots)


# --- two admins at one request ----------------------------------------------------------------------


@pytest.fixture
def requests(halls: list[Hall], admin: User) -> list[HallBooking]:
    """Two clubs ask for one hour that was taken, and is free now."""
    held = services.ask(wishes=halls[:1], periods=[period()], purpose="Exam", actor=admin)
    clubs = [factories.club(), factories.club()]
    asked = [
        services.ask(
            wishes=halls[:1],
            periods=[period()],
            purpose="Evening",
            subject=club,
            actor=club.head,
            if_taken="ask",
        ).rows[0]
        for club in clubs
    ]
    services.cancel(booking_id=held.rows[0].pk, actor=admin)
    return asked


def decide(request: HallBooking) -> list[Any]:
    """Four admins approve it and four reject it, all at one moment."""
    admins = [factories.user(Role.ADMIN) for _ in range(8)]
    calls = [
        partial(do, booking_id=request.pk, actor=actor)
        for do, actor in zip([services.approve, services.reject] * 4, admins, strict=True)
    ]
    return in_parallel(calls)


def test_b3_a_request_that_many_decide_at_once_is_decided_once(requests: list[HallBooking]) -> None:
    mine, _rival = requests
    results = decide(mine)
    kinds = Counter(type(result).__name__ for result in results)
    assert kinds == {"HallBooking": 1, "TransitionRefused": 7}, results
    told = Notification.objects.filter(user=mine.asked_by, type__startswith="bookings.")
    assert told.count() == 1
    log = ModelLogEntry.objects.filter(
        object_id=str(mine.pk), action__in=["bookings.approve", "bookings.reject"]
    )
    assert log.count() == 1


def test_b3_rivals_that_two_admins_approve_at_once_are_not_both_in(
    requests: list[HallBooking],
) -> None:
    admins = [factories.user(Role.ADMIN) for _ in requests]
    calls = [
        partial(services.approve, booking_id=one.pk, actor=actor)
        for one, actor in zip(requests, admins, strict=True)
    ]
    results = in_parallel(calls)
    assert sum(isinstance(result, HallBooking) for result in results) == 1
    assert sum(isinstance(result, TransitionRefused | HallTaken) for result in results) == 1
    states = sorted(
        HallBooking.objects.filter(pk__in=[one.pk for one in requests]).values_list(
            "state", flat=True
        )
    )
    assert states == ["approved", "rejected"]


def test_b3_control_without_the_locks_several_decide(
    requests: list[HallBooking], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch)
    found = Hall.objects.select_related("building")
    monkeypatch.setattr(deciding, "lock_subjects", lambda subjects: None)
    monkeypatch.setattr(deciding, "lock_halls", lambda ids: found.in_bulk(sorted(set(ids))))
    monkeypatch.setattr(
        deciding, "lock_rows", lambda rows: list(rows.select_related("asked_by").order_by("pk"))
    )
    with without(CONSTRAINT):
        results = decide(requests[0])
    assert sum(isinstance(result, HallBooking) for result in results) > 1
