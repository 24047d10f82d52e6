"""B1, B2, B6: who asks gets the first free wish, a refusal that says what is free, or a request."""

import datetime as dt

import pytest
from django.utils import timezone

from bookings import services
from bookings.models import HallBooking
from bookings.queries import available, told
from campus.notifications.models import Notification
from campus.venues import errors
from campus.venues.models import Closure, OpeningHours, Weekday
from campus.venues.reservations import Period
from portal.errors import InvalidInput, NotAllowed
from portal.models import StreamEvent
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


def ask(hall, period, actor, **more):
    facts = {"wishes": [hall], "periods": [period], "purpose": "Rehearsal", "actor": actor, **more}
    return services.ask(**facts)


def test_b2_what_is_free_is_approved_at_once_and_told_to_the_calendar(hall, when, admin):
    asked = ask(hall, when(hour=10), admin, people=30)
    booking = HallBooking.objects.get()
    assert asked.state == booking.state == "approved"
    assert booking.hall == hall
    assert booking.asked_by == admin
    told = StreamEvent.objects.get(type="hall.calendar_changed")
    assert told.payload["hall_id"] == hall.pk
    assert not Notification.objects.exists()


def test_b1_the_second_is_refused_and_told_what_is_in_the_way_and_what_is_free(
    hall, other_hall, when, admin
):
    ask(hall, when(hour=10), admin, purpose="Chess")
    with pytest.raises(errors.HallTaken) as refused:
        ask(hall, when(hour=10, minute=30), admin)
    assert HallBooking.objects.count() == 1
    assert StreamEvent.objects.count() == 1
    [obstacle] = refused.value.details["obstacles"]
    assert obstacle["what"] == "Chess"
    assert [one["hall"] for one in refused.value.details["alternatives"]] == [other_hall.pk]


def test_b1_bookings_may_touch_but_a_buffer_keeps_them_apart(hall, when, admin):
    ask(hall, when(hour=10), admin)
    ask(hall, when(hour=11), admin)
    hall.buffer_minutes = 15
    hall.save()
    ask(hall, when(hour=14), admin)
    for hour, minute in ((15, 0), (15, 14), (12, 50)):
        with pytest.raises(errors.HallTaken):
            ask(hall, when(hour=hour, minute=minute, hours=1.25 if hour == 12 else 1), admin)
    ask(hall, when(hour=15, minute=15), admin)
    ask(hall, when(hour=12, minute=45), admin)
    assert HallBooking.objects.approved().count() == 5


def test_b2_the_next_wish_is_taken_and_with_none_left_a_request_goes_to_the_admins(
    hall, other_hall, when, admin
):
    ask(hall, when(), admin)
    second = ask(hall, when(), admin, wishes=[hall, other_hall])
    assert (second.state, second.hall) == ("approved", other_hall)
    other_admin = factories.user(Role.ADMIN)
    third = ask(hall, when(), admin, wishes=[hall, other_hall], if_taken="ask")
    assert (third.state, third.hall) == ("pending", hall)
    asked = Notification.objects.filter(type="bookings.requested")
    assert set(asked.values_list("user_id", flat=True)) == {admin.pk, other_admin.pk}
    assert set(asked.values_list("action", flat=True)) == {"approve"}


def test_b6_each_refusal_names_its_rule_and_its_field(hall, when, admin):
    good = when(hour=10)
    Closure.objects.create(
        building=hall.building,
        starts=when(day=3, hour=0).starts,
        ends=when(day=4, hour=0).starts,
        reason="Holiday",
    )
    OpeningHours.objects.create(
        hall=hall, weekday=Weekday.TUESDAY, opens=dt.time(8), closes=dt.time(18)
    )
    past = timezone.now() - dt.timedelta(minutes=1)
    wrong = [
        (Period(good.ends, good.starts), {}, "ends_before_start", "ends"),
        (Period(good.starts, good.starts), {}, "ends_before_start", "ends"),
        (Period(good.starts, good.starts + dt.timedelta(days=15)), {}, "too_long", "ends"),
        (Period(past, past + dt.timedelta(hours=1)), {}, "in_the_past", "starts"),
        (good, {"people": 41}, "over_capacity", "people"),
        (when(hour=17, hours=1.5), {}, "outside_opening_hours", "starts"),
        (when(day=2), {}, "outside_opening_hours", "starts"),
        (when(day=3), {}, "closed_period", "starts"),
    ]
    for period, more, code, param in wrong:
        with pytest.raises(errors.BookingRefused) as refused:
            ask(hall, period, admin, **more)
        assert (refused.value.code, refused.value.param) == (code, param)
    with pytest.raises(errors.PeriodsOverlap):
        ask(hall, good, admin, periods=[good, when(hour=10, minute=30)])
    hall.is_active = False
    hall.save()
    with pytest.raises(errors.HallInactive):
        ask(hall, good, admin)
    for purpose in ("", "   ", "x" * 301, "a\0b"):
        with pytest.raises(InvalidInput) as refused:
            ask(hall, good, admin, purpose=purpose)
        assert refused.value.param == "purpose"
    assert not HallBooking.objects.exists()
    assert not StreamEvent.objects.exists()


def test_b6_hours_are_those_of_the_clock_over_midnight_and_over_its_changes(hall, admin):
    """The check of one booking and the search for free halls read the same hours (B6, B7)."""
    zone = timezone.get_default_timezone()
    for weekday, opens, closes in (
        (Weekday.SATURDAY, 18, 0),  # until midnight
        (Weekday.SUNDAY, 0, 4),
    ):
        OpeningHours.objects.create(
            hall=hall, weekday=weekday, opens=dt.time(opens), closes=dt.time(closes)
        )
    # The clocks of Chicago go forward on 2030-03-10 and back on 2030-11-03, at two in the night.
    for night in (dt.date(2030, 3, 9), dt.date(2030, 6, 8), dt.date(2030, 11, 2)):
        morning = night + dt.timedelta(days=1)
        evening = dt.datetime.combine(night, dt.time(22), tzinfo=zone)
        for hour, is_free in ((4, True), (5, False)):
            # (Both in UTC: what lies between two times of one zone is else counted by its clock.)
            end = dt.datetime.combine(morning, dt.time(hour), tzinfo=zone).astimezone(dt.UTC)
            asked = Period(evening.astimezone(dt.UTC), end)
            assert (hall in available([asked])) is is_free, asked
            if not is_free:
                with pytest.raises(errors.OutsideOpeningHours):
                    ask(hall, asked, admin)
        last = ask(hall, Period(asked.starts, asked.ends - dt.timedelta(hours=1)), admin).rows[0]
        lasts = {3: 5, 6: 6, 11: 7}[night.month]
        assert last.ends - last.starts == dt.timedelta(hours=lasts)


def test_b6_a_hall_too_small_is_passed_over_for_the_next_wish(hall, other_hall, when, admin):
    asked = ask(hall, when(), admin, wishes=[hall, other_hall], people=50)
    assert asked.hall == other_hall


def test_b2_only_an_admin_asks_for_nothing_in_particular(hall, when, teacher, student, admin):
    for person in (teacher, student.user):
        with pytest.raises(NotAllowed):
            ask(hall, when(), person)
    elsewhere = factories.administrator(factories.institution(slug="other", name="Other"))
    with pytest.raises(NotAllowed):
        ask(hall, when(), elsewhere)
    assert not HallBooking.objects.exists()


def test_b1_another_sees_no_more_than_that_it_is_taken(hall, when, admin):
    ask(hall, when(), admin, purpose="Secret meeting")
    elsewhere = factories.administrator(factories.institution(slug="other", name="Other"))
    assert told(HallBooking.objects.get(), hall, elsewhere)["what"] == "Booked"
    assert told(HallBooking.objects.get(), hall, admin)["what"] == "Secret meeting"
