"""What enrolling reads by one statement of its own says the same as the checks that find the words."""

import datetime as dt

import pytest
from django.utils import timezone

from learning.catalog.models import Season, Section
from learning.enrollments import checks, services
from learning.enrollments.errors import PrerequisitesMissing, TimetableClash
from learning.enrollments.models import Enrollment, EnrollmentRequest
from learning.enrollments.standing import standing_in
from tests.learning.enrollments import world

pytestmark = pytest.mark.django_db


def agreed(student, section):
    """The statement's answer, after both checks were seen to say the same."""
    section = Section.objects.select_related("course", "season").get(pk=section.pk)
    now = standing_in(section, student)
    refused = set()
    for check in (checks.check_prerequisites, checks.check_timetable):
        try:
            check(student, section)
        except (PrerequisitesMissing, TimetableClash) as refusal:
            refused.add(type(refusal))
    assert now.lacks_prerequisites == (PrerequisitesMissing in refused)
    assert now.clashes == (TimetableClash in refused)
    return now


@pytest.mark.parametrize(
    ("hours", "clashes"),
    [
        ((2, "10:00", "11:00"), False),
        ((2, "08:00", "09:00"), False),
        ((3, "09:00", "10:00"), False),
        ((2, "09:00", "10:00"), True),
        ((2, "09:59", "11:00"), True),
        ((2, "08:00", "09:01"), True),
        ((2, "09:15", "09:45"), True),
        ((2, "08:00", "12:00"), True),
    ],
)
def test_l6_hours_overlap_or_only_touch(hours, clashes):
    student = world.student()
    services.enroll(
        student=student, section_id=world.section((2, "09:00", "10:00")).pk, actor=student.user
    )
    assert agreed(student, world.section((5, "09:00", "10:00"), hours)).clashes is clashes
    assert agreed(world.student(), world.section(hours)).clashes is False


def test_l6_dates_apart_do_not_clash_and_the_season_stands_in_for_absent_ones():
    student, season = world.student(), world.season()
    half = season.starts + dt.timedelta(days=40)
    first = world.section((2, "09:00", "10:00"), ends=half)
    services.enroll(student=student, section_id=first.pk, actor=student.user)
    late = world.section((2, "09:00", "10:00"), starts=half + dt.timedelta(days=1))
    assert agreed(student, late).clashes is False
    assert agreed(student, world.section((2, "09:00", "10:00"), starts=half)).clashes is True
    assert agreed(student, world.section((2, "09:00", "10:00"))).clashes is True
    today = timezone.localdate()
    next_year = Season.objects.create(
        institution=season.institution,
        code="next",
        name="Next",
        starts=today + dt.timedelta(days=365),
        ends=today + dt.timedelta(days=400),
    )
    assert agreed(student, world.section((2, "09:00", "10:00"), season=next_year)).clashes is False


@pytest.mark.parametrize("state", Enrollment.State.values)
def test_l6_only_what_is_active_clashes_and_only_what_is_completed_counts(state):
    student, needed = world.student(), world.course()
    course = world.course()
    course.prerequisites.add(needed)
    held = world.section((2, "09:00", "10:00"), course=needed)
    Enrollment.objects.create(student=student, section=held, state=state, since=timezone.now())
    now = agreed(student, world.section((2, "09:30", "10:30"), course=course))
    assert now.clashes is (state == Enrollment.State.ACTIVE)
    assert now.lacks_prerequisites is (state != Enrollment.State.COMPLETED)
    assert agreed(student, held).state == state
    assert agreed(student, held).clashes is False
    assert agreed(world.student(), world.section(course=course)).lacks_prerequisites is True


def test_l6_of_two_prerequisites_one_is_not_enough():
    student, course = world.student(), world.course()
    assert agreed(student, world.section(course=course)).lacks_prerequisites is False
    needed = [world.section(), world.section()]
    course.prerequisites.add(*[section.course for section in needed])
    lacking = []
    for section in needed:
        lacking.append(agreed(student, world.section(course=course)).lacks_prerequisites)
        Enrollment.objects.create(
            student=student, section=section, state="completed", since=timezone.now()
        )
    lacking.append(agreed(student, world.section(course=course)).lacks_prerequisites)
    assert lacking == [True, True, False]


def test_l4_requests_and_the_length_of_the_queue():
    section = world.section(capacity=0)
    people = [world.student() for _ in range(3)]
    for student in people:
        services.enroll(student=student, section_id=section.pk, actor=student.user)
    request = EnrollmentRequest.objects.get(student=people[0])
    services.withdraw(request_id=request.pk, actor=people[0].user)
    assert agreed(people[0], section).has_request is False
    now = agreed(people[1], section)
    assert (now.state, now.has_request, now.waiting) == ("", True, 2)
    assert agreed(people[1], world.section()).waiting == 0
