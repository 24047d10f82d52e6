"""The catalog under real parallel transactions: circles of prerequisites, and what is deleted in use."""

from functools import partial

import pytest

from learning.catalog import services
from learning.catalog.errors import PrerequisiteCircle
from learning.catalog.models import Course, Section
from learning.catalog.services import courses
from learning.enrollments import services as enrollments
from learning.enrollments.models import Enrollment
from tests import factories
from tests.concurrency.parallel import in_parallel

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 12


def circles() -> int:
    """How many of some pairs came to need each other, when both were told at the same moment."""
    found = 0
    for _ in range(ROUNDS):
        first, second = factories.course(), factories.course()
        results = in_parallel(
            [
                partial(_needs, first.pk, second.pk),
                partial(_needs, second.pk, first.pk),
            ]
        )
        through = Course.prerequisites.through.objects.filter(from_course__in=[first, second])
        stored = through.count()
        assert stored in {1, 2}, results
        found += stored == 2
        if stored == 1:
            assert [type(r) for r in results if isinstance(r, Exception)] == [PrerequisiteCircle]
    return found


def _needs(course: int, needed: int) -> Course:
    return services.update_course(
        course=Course.objects.get(pk=course),
        actor=None,
        changes={"prerequisites": [Course.objects.get(pk=needed)]},
    )


def test_l6_two_courses_never_come_to_need_each_other() -> None:
    assert circles() == 0


def test_l6_control_without_the_lock_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courses, "_lock", lambda institution: None)
    assert circles() > 0


def test_l4_a_section_is_deleted_or_enrolled_in_and_never_both() -> None:
    kept = 0
    for _ in range(ROUNDS):
        section, student = factories.section(), factories.student()
        results = in_parallel(
            [
                partial(services.delete_section, section=section, actor=None),
                partial(
                    enrollments.enroll,
                    student=student,
                    section_id=section.pk,
                    actor=student.user,
                ),
            ]
        )
        there = Section.objects.filter(pk=section.pk).exists()
        assert there == Enrollment.objects.filter(student=student).exists()
        codes = [getattr(result, "code", None) for result in results]
        if there:
            assert codes[0] == "still_in_use"
        else:
            assert getattr(results[1], "status", None) == 404, results
        kept += there
    assert 0 <= kept <= ROUNDS
