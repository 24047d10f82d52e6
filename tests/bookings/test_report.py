"""B8: how much of the open hours of halls is booked."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from bookings import services
from bookings.reports import utilization
from campus.venues.models import OpeningHours
from portal.reports.registry import Period
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


def day_of(when: Any, **fields: Any) -> Period:
    day = timezone.localtime(when(**fields).starts).date()
    return Period(day, day)


def book(hall: Any, period: Any) -> None:
    services.ask(wishes=[hall], periods=[period], purpose="Rehearsal", actor=None)


def test_b8_booked_hours_are_a_part_of_the_open_ones(hall, other_hall, when) -> None:
    asked = day_of(when, day=1)
    OpeningHours.objects.create(hall=hall, weekday=3, opens="08:00", closes="18:00")  # a Tuesday
    OpeningHours.objects.create(hall=hall, weekday=4, opens="08:00", closes="00:00")
    book(hall, when(day=1, hour=10, hours=2.5))
    book(hall, when(day=2, hour=10))
    rows = {row["hall"]: row for row in utilization(factories.user(Role.ADMIN), asked)}
    mine, other = rows[str(hall)], rows[str(other_hall)]
    assert (mine["bookings"], mine["booked"], mine["open"]) == (1, 2.5, 10)
    assert (other["bookings"], other["booked"], other["open"]) == (0, 0, 24)
    two = Period(asked.since, asked.until + dt.timedelta(days=1))
    [row] = [r for r in utilization(factories.user(Role.ADMIN), two) if r["hall"] == str(hall)]
    assert (row["bookings"], row["booked"], row["open"]) == (2, 3.5, 26)


def test_b8_of_a_booking_over_midnight_the_part_in_the_period_counts(hall, when) -> None:
    book(hall, when(day=1, hour=22, hours=5))
    for day, hours in ((1, 2), (2, 3), (3, 0)):
        [row] = utilization(factories.user(Role.ADMIN), day_of(when, day=day))
        assert row["booked"] == hours


def test_b8_an_admin_of_another_institution_sees_none(hall, when) -> None:
    elsewhere = factories.administrator(factories.institution(slug="college"))
    assert utilization(elsewhere, day_of(when)) == []


def test_b8_it_asks_three_times_however_many_halls(hall, when, django_assert_num_queries) -> None:
    reader = factories.user(Role.ADMIN)
    utilization(reader, day_of(when))
    with django_assert_num_queries(3):
        utilization(reader, day_of(when))
    for number in range(5):
        made = factories.hall(building=hall.building, code=f"X{number}")
        OpeningHours.objects.create(hall=made, weekday=3, opens="08:00", closes="18:00")
        book(made, when(day=1))
    with django_assert_num_queries(3):
        assert len(utilization(reader, day_of(when))) == 6
