"""B3: both sides are seen, one admin decides, everybody concerned is told; who may not decide does not."""

import pytest

from bookings import services
from bookings.errors import BookingNotFound, TransitionRefused
from bookings.models import HallBooking
from bookings.services.deciding import plan
from campus.notifications.models import Notification
from campus.venues import errors
from portal.errors import NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def clubs():
    """Two clubs with their heads."""
    return factories.club(), factories.club()


def request_of(club, hall, period):
    asked = services.ask(
        wishes=[hall],
        periods=[period],
        purpose=f"Evening of {club}",
        subject=club,
        actor=club.head,
        if_taken="ask",
    )
    return asked.rows[0]


@pytest.fixture
def conflict(hall, when, admin, clubs):
    """A booking of the admin's, and two requests for the same time."""
    held = services.ask(
        wishes=[hall], periods=[when()], purpose="Exam", actor=admin, people=20
    ).rows[0]
    return held, *(request_of(club, hall, when()) for club in clubs)


def test_b3_the_plan_shows_what_is_in_the_way_and_whom_it_turns_down(
    conflict, hall, other_hall, when
):
    held, mine, rival = conflict
    here = plan(booking=mine)
    assert (here.obstacles, here.turned_down) == ([held], [rival])
    elsewhere = plan(booking=mine, hall=other_hall)
    assert (elsewhere.obstacles, elsewhere.turned_down) == ([], [])
    later = plan(booking=mine, starts=when(hour=12).starts)
    assert (later.obstacles, later.turned_down) == ([], [])
    assert later.periods == [when(hour=12)]


def test_b3_approved_into_another_hall_and_told_there(conflict, other_hall, admin):
    _held, mine, rival = conflict
    services.approve(booking_id=mine.pk, actor=admin, hall=other_hall)
    mine.refresh_from_db()
    rival.refresh_from_db()
    assert (mine.state, mine.hall, mine.decided_by) == ("approved", other_hall, admin)
    assert rival.state == "pending"
    told = Notification.objects.get(user=mine.asked_by)
    assert told.type == "bookings.approved_elsewhere"
    assert told.params["hall"] == str(other_hall)
    assert not Notification.objects.filter(user=rival.asked_by).exists()


def test_b3_approved_at_another_time(conflict, hall, when, admin):
    _held, mine, _rival = conflict
    services.approve(booking_id=mine.pk, actor=admin, starts=when(hour=12).starts)
    mine.refresh_from_db()
    assert (mine.state, mine.hall, mine.period) == ("approved", hall, when(hour=12))


def test_b3_what_is_in_the_way_refuses_and_nothing_changes(conflict, admin):
    _held, mine, _rival = conflict
    before = list(HallBooking.objects.order_by("pk").values())
    with pytest.raises(errors.HallTaken):
        services.approve(booking_id=mine.pk, actor=admin)
    assert list(HallBooking.objects.order_by("pk").values()) == before
    assert not Notification.objects.filter(type__startswith="bookings.approved").exists()


def test_b3_once_the_way_is_free_one_is_approved_and_the_other_turned_down(conflict, admin):
    held, mine, rival = conflict
    services.cancel(booking_id=held.pk, actor=admin)
    services.approve(booking_id=mine.pk, actor=admin)
    rival.refresh_from_db()
    assert rival.state == "rejected"
    assert Notification.objects.get(user=mine.asked_by).type == "bookings.approved"
    assert Notification.objects.get(user=rival.asked_by).type == "bookings.turned_down"
    open_ones = Notification.objects.filter(user=admin, action="approve")
    assert not open_ones.filter(action_taken_at=None).exists()
    with pytest.raises(TransitionRefused):
        services.approve(booking_id=rival.pk, actor=admin)


def test_b3_rejected_with_a_reason_that_the_asker_reads(conflict, admin):
    _held, mine, _rival = conflict
    services.reject(booking_id=mine.pk, actor=admin, reason="Exams come first.")
    told = Notification.objects.get(user=mine.asked_by)
    assert (told.type, told.params["reason"]) == ("bookings.rejected", "Exams come first.")
    with pytest.raises(TransitionRefused):
        services.reject(booking_id=mine.pk, actor=admin)


def test_b3_only_an_admin_of_the_place_decides(conflict, teacher):
    _held, mine, _rival = conflict
    with pytest.raises(NotAllowed):
        services.approve(booking_id=mine.pk, actor=mine.asked_by)
    elsewhere = factories.administrator(factories.institution(slug="other", name="Other"))
    for person in (teacher, elsewhere):
        with pytest.raises(BookingNotFound):
            services.reject(booking_id=mine.pk, actor=person)
    mine.refresh_from_db()
    assert mine.state == "pending"
