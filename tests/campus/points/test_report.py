"""Points by department: each counts what they may decide (A2)."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from campus.points.reports import by_department
from portal.reports.registry import Period
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


def now() -> Period:
    today = timezone.localdate()
    return Period(today, today)


def test_a2_a_mentor_counts_mentees_and_an_admin_the_institution() -> None:
    mentor = factories.mentor()
    mine = factories.student(mentor=mentor, department=factories.department(name="Physics"))
    other = factories.student(department=factories.department(name="Law"))
    factories.points(student=mine, points=10)
    factories.points(student=other, points=7)
    [row] = by_department(mentor.user, now())
    assert (row["department"], row["students"], row["pending"], row["approved"]) == (
        "Physics",
        1,
        10,
        0,
    )
    rows = {row["department"]: row["pending"] for row in by_department(admin(), now())}
    assert rows["Physics"] == 10
    assert rows["Law"] == 7
    elsewhere = factories.administrator(factories.institution(slug="college"))
    assert by_department(elsewhere, now()) == []


def test_what_was_asked_outside_the_period_does_not_count() -> None:
    factories.points(points=10)
    past = timezone.localdate() - dt.timedelta(days=3)
    [row] = by_department(admin(), Period(past, past))
    assert (row["students"], row["pending"], row["with_points"]) == (1, 0, 0)


def test_it_asks_twice_however_many_there_are(django_assert_num_queries: Any) -> None:
    reader = admin()
    reader.get_all_permissions()
    factories.points()
    by_department(reader, now())
    with django_assert_num_queries(2):
        by_department(reader, now())
    for _ in range(5):
        factories.points(student=factories.student(department=factories.department()))
    with django_assert_num_queries(2):
        assert len(by_department(reader, now())) >= 5


def admin() -> Any:
    return factories.user(Role.ADMIN)
