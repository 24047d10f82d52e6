"""E2, E3, E9 as the halls' keeper sees them: reserve, move and release for a subject."""

import pytest
from django.db import transaction

from bookings import services
from bookings.models import HallBooking
from campus.venues import errors, reservations
from campus.venues.reservations import get_hall_keeper, on_decision
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject(institution):
    """Stands for an event: the keeper asks only that it has a key."""
    return factories.course()


def facts(subject, wishes, periods, actor):
    return {
        "subject": subject,
        "wishes": wishes,
        "periods": periods,
        "people": 20,
        "purpose": "Open day",
        "actor": actor,
    }


def reserve(*args):
    with transaction.atomic():
        return get_hall_keeper().reserve(**facts(*args))


def move(*args):
    with transaction.atomic():
        return get_hall_keeper().move(**facts(*args))


def test_e2_one_hall_for_all_days_the_first_that_is_free(subject, hall, other_hall, when, admin):
    services.ask(wishes=[hall], periods=[when(day=2)], purpose="Exam", actor=admin)
    got = reserve(subject, [hall, other_hall], [when(day=1), when(day=2)], admin)
    assert (got.state, got.hall) == ("approved", other_hall)
    assert HallBooking.objects.of(subject).approved().count() == 2


def test_e2_none_free_leaves_a_request_for_the_first_wish(subject, hall, when, admin):
    services.ask(wishes=[hall], periods=[when()], purpose="Exam", actor=admin)
    got = reserve(subject, [hall], [when()], admin)
    assert (got.state, got.hall) == ("pending", None)
    assert HallBooking.objects.of(subject).get().state == "pending"


def test_e9_the_booking_moves_by_an_hour_in_place(subject, hall, when, admin):
    reserve(subject, [hall], [when(hour=10), when(hour=11)], admin)
    ids = set(HallBooking.objects.of(subject).values_list("pk", flat=True))
    got = move(subject, [hall], [when(hour=11), when(hour=12)], admin)
    assert (got.state, got.hall) == ("approved", hall)
    rows = HallBooking.objects.of(subject).approved().order_by("starts")
    assert {row.pk for row in rows} == ids
    assert [row.period for row in rows] == [when(hour=11), when(hour=12)]
    services.ask(wishes=[hall], periods=[when(hour=10)], purpose="Free again", actor=admin)


def test_e9_what_is_in_the_way_is_named_and_nothing_changes(subject, hall, other_hall, when, admin):
    reserve(subject, [hall], [when(hour=10)], admin)
    services.ask(wishes=[hall], periods=[when(hour=11)], purpose="Exam", actor=admin)
    before = list(HallBooking.objects.order_by("pk").values())
    with pytest.raises(errors.HallTaken) as refused:
        move(subject, [], [when(hour=11)], admin)
    assert refused.value.status == 409
    assert refused.value.details["obstacles"][0]["what"] == "Exam"
    assert refused.value.details["alternatives"][0]["hall"] == other_hall.pk
    assert list(HallBooking.objects.order_by("pk").values()) == before


def test_e9_fewer_days_give_back_and_more_days_book(subject, hall, when, admin):
    reserve(subject, [hall], [when(day=1), when(day=2)], admin)
    move(subject, [hall], [when(day=1)], admin)
    assert HallBooking.objects.of(subject).approved().count() == 1
    move(subject, [hall], [when(day=1), when(day=2), when(day=3)], admin)
    assert HallBooking.objects.of(subject).approved().count() == 3


def test_e9_a_request_moves_as_a_request_or_is_approved_where_it_is_free(
    subject, hall, when, admin
):
    services.ask(wishes=[hall], periods=[when(hours=3)], purpose="Exam", actor=admin)
    reserve(subject, [hall], [when(hour=10)], admin)
    assert move(subject, [hall], [when(hour=11)], admin).state == "pending"
    assert HallBooking.objects.of(subject).get().period == when(hour=11)
    assert move(subject, [hall], [when(hour=14)], admin).state == "approved"


def test_e3_released_is_free_and_harmless_twice(subject, hall, when, admin):
    reserve(subject, [hall], [when()], admin)
    for _ in range(2):
        with transaction.atomic():
            get_hall_keeper().release(subject=subject, actor=admin)
    assert not HallBooking.objects.alive().exists()
    services.ask(wishes=[hall], periods=[when()], purpose="Next", actor=admin)


def test_b3_who_listens_hears_the_decision_once_for_all_days(
    subject, hall, other_hall, when, admin, monkeypatch
):
    monkeypatch.setattr(reservations, "_listeners", {})
    heard = []
    on_decision(type(subject), lambda **told: heard.append(told))
    services.ask(wishes=[hall], periods=[when(day=2)], purpose="Exam", actor=admin)
    reserve(subject, [hall], [when(day=1), when(day=2)], admin)
    first = HallBooking.objects.of(subject).first()
    services.approve(booking_id=first.pk, actor=admin, hall=other_hall)
    [told] = heard
    assert (told["subject"], told["state"], told["hall"]) == (subject, "approved", other_hall)
    assert told["periods"] == [when(day=1), when(day=2)]
    assert HallBooking.objects.of(subject).approved().filter(hall=other_hall).count() == 2
