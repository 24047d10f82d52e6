"""Mentors and mentees: who may be one, who assigns, all or nothing."""

import pytest
from wagtail.models import ModelLogEntry

from campus.people import errors, services
from campus.people.models import Student
from portal.errors import NotAllowed
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return factories.user(Role.ADMIN)


def assign(students, mentor, actor):
    return services.assign_mentor(students=[s.pk for s in students], mentor=mentor, actor=actor)


def test_an_admin_assigns_many_at_once_and_again_changes_nothing(admin):
    students = [factories.student(user=None) for _ in range(3)]
    mentor = factories.mentor()
    assert assign(students, mentor, admin) == 3
    assert set(Student.objects.mentored_by(mentor.user)) == set(students)
    log = ModelLogEntry.objects.filter(action="people.assign_mentor")
    assert log.count() == 3
    assert assign(students, mentor, admin) == 0
    assert log.count() == 3
    assert assign(students[:1], None, admin) == 1
    assert Student.objects.mentored_by(mentor.user).count() == 2


def test_a_mentor_has_the_role_and_is_of_the_students_institution(admin):
    student = factories.student()
    other = factories.institution(slug="other", name="Other")
    former = factories.mentor()
    former.user.groups.clear()
    former.user.__dict__.pop("roles", None)
    for wrong in (
        factories.staff(),
        factories.teacher().staff_profile,
        factories.mentor(institution=other),
        former,
    ):
        with pytest.raises(errors.NotAMentor):
            assign([student], wrong, admin)
    assert not Student.objects.exclude(mentor=None).exists()
    assert not ModelLogEntry.objects.exists()


def test_one_out_of_reach_and_nobody_is_assigned(institution):
    other = factories.institution(slug="other", name="Other")
    here, there = factories.student(user=None), factories.student(user=None, institution=other)
    admin = factories.administrator(institution)
    with pytest.raises(errors.StudentNotFound):
        assign([here, there], factories.mentor(), admin)
    assert not Student.objects.exclude(mentor=None).exists()


@pytest.mark.parametrize("role", [Role.MENTOR, Role.TEACHER, Role.PARENT, Role.STUDENT])
def test_nobody_else_assigns(role):
    child = factories.student(user=None)
    mentor = factories.mentor()
    actor = factories.user(role)
    factories.guardianship(student=child, guardian=actor)
    with pytest.raises((NotAllowed, errors.StudentNotFound)):
        assign([child], mentor, actor)
    assert not Student.objects.exclude(mentor=None).exists()
