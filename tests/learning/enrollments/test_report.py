"""How full sections are: a teacher counts what they teach, an admin the institutions."""

from typing import Any

import pytest

from learning.enrollments import services
from learning.enrollments.reports import by_department
from portal.reports.registry import Period
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


def test_it_counts_seats_and_who_waits(django_assert_num_queries: Any) -> None:
    section = factories.section(capacity=1)
    span = Period(section.season.starts, section.season.ends)
    for _ in range(2):
        services.enroll(student=factories.student(), section_id=section.pk, actor=None)
    factories.section(course=section.course, season=section.season)
    admin = factories.user(Role.ADMIN)
    [row] = by_department(admin, span)
    counted = {name: row[name] for name in ("sections", "full", "seats", "taken", "enrolled")}
    assert counted == {"sections": 2, "full": 1, "seats": 1, "taken": 1, "enrolled": 1}
    assert row["waiting"] == 1
    with django_assert_num_queries(2):
        by_department(admin, span)


def test_a_teacher_counts_their_own_sections() -> None:
    section = factories.section()
    span = Period(section.season.starts, section.season.ends)
    staff = factories.teacher().staff_profile
    assert by_department(staff.user, span) == []
    section.instructors.add(staff)
    assert [row["sections"] for row in by_department(staff.user, span)] == [1]
    elsewhere = factories.administrator(factories.institution(slug="college"))
    assert by_department(elsewhere, span) == []
