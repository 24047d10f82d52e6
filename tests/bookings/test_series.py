"""B5: a series at the same hour of the clock, all or nothing or what is free, each date told."""

import datetime as dt

import pytest
from django.utils import timezone

from bookings import services
from bookings.errors import BookingNotFound, NothingFree, SeriesNotFree
from bookings.models import BookingSeries, HallBooking
from bookings.services.series import dates_of
from campus.notifications.models import Notification
from campus.venues import errors
from campus.venues.models import Closure
from portal.errors import InvalidInput, NotAllowed
from portal.models import StreamEvent
from tests import factories

pytestmark = pytest.mark.django_db


def book(hall, first, actor, weeks=3, **more):
    facts = {
        "hall": hall,
        "starts": first.starts,
        "ends": first.ends,
        "until": first.starts.astimezone(timezone.get_default_timezone()).date()
        + dt.timedelta(weeks=weeks),
        "purpose": "Choir",
        "actor": actor,
        **more,
    }
    return services.book_series(**facts)


def after(period, weeks):
    move = dt.timedelta(weeks=weeks)
    return type(period)(period.starts + move, period.ends + move)


def test_b5_every_week_until_the_day_with_exceptions_and_each_date_is_listed(hall, when, admin):
    first = when(hour=10)
    day = timezone.localdate(first.starts, timezone.get_default_timezone())
    made = book(hall, first, admin, except_on=[day + dt.timedelta(weeks=1)])
    assert [one.state for one in made.dates] == ["booked", "left_out", "booked", "booked"]
    rows = HallBooking.objects.approved().filter(series=made.series)
    assert rows.count() == 3
    assert {row.asked_by for row in rows} == {admin}
    assert made.dates[0].booking in rows
    assert made.dates[1].booking is None
    assert StreamEvent.objects.filter(type="hall.calendar_changed").count() == 3


def test_b5_all_or_nothing_books_nothing_where_one_date_is_taken_and_says_which(hall, when, admin):
    first = when(hour=10)
    services.ask(wishes=[hall], periods=[after(first, 1)], purpose="Exam", actor=admin)
    with pytest.raises(SeriesNotFree) as refused:
        book(hall, first, admin)
    dates = refused.value.details["dates"]
    assert [one["state"] for one in dates] == ["free", "refused", "free", "free"]
    assert dates[1]["code"] == "hall_taken"
    assert dates[1]["obstacles"][0]["what"] == "Exam"
    assert HallBooking.objects.count() == 1
    assert not BookingSeries.objects.exists()


def test_b5_what_is_free_is_booked_and_the_rest_told_with_its_rule(hall, when, admin):
    first = when(hour=10)
    services.ask(wishes=[hall], periods=[after(first, 1)], purpose="Exam", actor=admin)
    Closure.objects.create(
        building=hall.building,
        starts=after(first, 2).starts,
        ends=after(first, 2).ends,
        reason="Holiday",
    )
    made = book(hall, first, admin, wanted="free")
    assert [one.state for one in made.dates] == ["booked", "refused", "refused", "booked"]
    assert [one.code for one in made.dates] == ["", "hall_taken", "closed_period", ""]
    assert HallBooking.objects.filter(series=made.series).count() == 2


def test_b5_nothing_free_is_refused_and_leaves_no_series(hall, when, admin):
    first = when(hour=10)
    services.ask(wishes=[hall], periods=[first], purpose="Exam", actor=admin)
    with pytest.raises(NothingFree):
        book(hall, first, admin, weeks=0, wanted="free")
    assert not BookingSeries.objects.exists()


def test_b5_the_hour_of_the_clock_stays_when_daylight_saving_ends(settings):
    zone = timezone.get_default_timezone()
    assert str(zone) == "America/Chicago", "the clock of this test is put back in November"
    starts = dt.datetime(2030, 10, 30, 10, tzinfo=zone)
    dates = dates_of(starts, starts + dt.timedelta(hours=2), dt.date(2030, 11, 6))
    assert [one.period.starts.astimezone(zone).hour for one in dates] == [10, 10]
    assert dates[1].period.starts - dates[0].period.starts == dt.timedelta(days=7, hours=1)
    assert {one.period.ends - one.period.starts for one in dates} == {dt.timedelta(hours=2)}


def test_b5_days_that_make_no_series_are_refused_by_field(hall, when, admin):
    first = when(hour=10)
    day = timezone.localdate(first.starts, timezone.get_default_timezone())
    wrong = [
        ({"until": day - dt.timedelta(days=1)}, "until"),
        ({"until": day + dt.timedelta(weeks=60)}, "until"),
        ({"until": day, "except_on": [day]}, "except_on"),
        ({"purpose": " "}, "purpose"),
    ]
    for more, param in wrong:
        with pytest.raises(InvalidInput) as refused:
            book(hall, first, admin, **more)
        assert refused.value.param == param
    with pytest.raises(errors.TooLong):
        book(hall, when(hours=24 * 7), admin)
    with pytest.raises(errors.OverCapacity):
        book(hall, first, admin, people=41)
    assert not HallBooking.objects.exists()


def test_b5_who_may_not_ask_for_a_hall_may_not_ask_every_week(hall, when, student, teacher):
    for person in (student.user, teacher):
        with pytest.raises(NotAllowed):
            book(hall, when(), person)
    assert not HallBooking.objects.exists()


def test_b5_cancelling_a_series_gives_back_what_is_to_come_and_tells_once(hall, when, admin):
    club = factories.club()
    head = club.head
    made = book(hall, when(hour=10), head, subject=club)
    over = made.dates[0].booking
    HallBooking.objects.filter(pk=over.pk).update(
        starts=timezone.now() - dt.timedelta(hours=2), ends=timezone.now() - dt.timedelta(hours=1)
    )
    with pytest.raises(BookingNotFound):
        services.cancel_series(series_id=made.series.pk, actor=factories.club().head)
    rows = services.cancel_series(series_id=made.series.pk, actor=admin, reason="Painting")
    assert len(rows) == 3
    over.refresh_from_db()
    assert over.state == "approved"
    assert HallBooking.objects.filter(series=made.series, state="cancelled").count() == 3
    told = Notification.objects.get(user=head)
    assert (told.type, told.params["reason"]) == ("bookings.cancelled", "Painting")
    assert services.cancel_series(series_id=made.series.pk, actor=admin) == []
    assert Notification.objects.filter(user=head).count() == 1
