"""What enrolling adds to the catalog: the reader's standing on a course's page, access to contents."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from campus.people.models import Student
from learning.catalog.extensions import has_grant
from learning.catalog.models import Section
from learning.catalog.queries import course_context
from learning.enrollments import services
from learning.enrollments.models import Enrollment
from tests import factories

pytestmark = pytest.mark.django_db


def test_l4_the_course_page_says_where_the_reader_stands(
    section: Section, student: Student
) -> None:
    other = factories.student()
    Section.objects.filter(pk=section.pk).update(capacity=1)
    services.enroll(student=student, section_id=section.pk, actor=student.user)
    services.enroll(student=other, section_id=section.pk, actor=other.user)

    mine = course_context(section.course, user=student.user)
    theirs = course_context(section.course, user=other.user)
    nobodys = course_context(section.course, user=AnonymousUser())

    assert mine["standings"][section.pk].state == "active"
    assert theirs["standings"][section.pk].state == "waiting"
    assert theirs["standings"][section.pk].request.place == 1
    assert nobodys["standings"][section.pk].state == ""
    assert mine["waiting_counts"] == {section.pk: 1}


def test_l2_an_enrollment_opens_the_contents_until_it_ends(
    section: Section, student: Student
) -> None:
    course_id = section.course_id
    assert not has_grant(student.user, course_id)
    services.enroll(student=student, section_id=section.pk, actor=student.user)
    assert has_grant(student.user, course_id)
    assert not has_grant(factories.student().user, course_id)
    assert not has_grant(AnonymousUser(), course_id)

    Enrollment.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    assert not has_grant(student.user, course_id)
    Enrollment.objects.update(until=None, state=Enrollment.State.DROPPED)
    assert not has_grant(student.user, course_id)
