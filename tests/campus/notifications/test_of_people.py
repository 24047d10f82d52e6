"""What guardians, mentors and students are told when a child takes over, a parent joins, a mentor comes."""

import datetime as dt

import pytest

from campus.notifications.models import Notification
from campus.notifications.queries import line_of
from campus.people import services
from campus.people.errors import NotAMentor
from portal.jobs.sealed import opened
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


def titles(user):
    return [line_of(one).title for one in Notification.objects.filter(user=user)]


def code_for(child, parent, **facts):
    services.invite(student=child, actor=parent, email="x@example.org", **facts)
    row = OutboxMessage.objects.filter(actor="campus.people.tasks.send_invitation").latest("pk")
    return opened(row.kwargs)["code"]


def test_p10_guardians_learn_of_the_taking_over_also_who_loses_sight():
    child = factories.student(user=None, name="Lina", date_of_birth=dt.date(1990, 1, 1))
    parents = [factories.parent(child), factories.parent(child)]
    code = code_for(child, parents[0])
    user = factories.user(Role.STUDENT)
    services.hand_over_account(code=code, user=user)
    for parent in parents:
        assert titles(parent) == ["Lina has an own account now"]
    assert titles(user) == []


def test_p10_guardians_learn_who_joins_them():
    child = factories.student(user=None, name="Lina")
    parent, other = factories.parent(child), factories.user(full_name="Karim")
    services.hand_over_account(code=code_for(child, parent, purpose="guardian"), user=other)
    assert titles(parent) == ["Karim is a guardian of Lina now"]
    assert titles(other) == []


def test_a_mentor_is_told_once_of_many_and_each_student_of_the_mentor():
    mentor, admin = factories.mentor(full_name="Miriam"), factories.user(Role.ADMIN)
    child, student = factories.student(user=None, name="Lina"), factories.student()
    parent = factories.parent(child)
    ids = [child.pk, student.pk]
    services.assign_mentor(students=ids, mentor=mentor, actor=admin)
    assert titles(mentor.user) == ["New mentees: 2"]
    assert titles(student.user) == ["Miriam is your mentor now"]
    assert titles(parent) == ["Miriam is the mentor of Lina now"]
    services.assign_mentor(students=ids, mentor=mentor, actor=admin)
    services.assign_mentor(students=ids, mentor=None, actor=admin)
    assert Notification.objects.count() == 3


def test_n1_a_refused_assignment_tells_nobody():
    student = factories.student()
    with pytest.raises(NotAMentor):
        services.assign_mentor(students=[student.pk], mentor=factories.staff(), actor=None)
    assert not Notification.objects.exists()


def test_p9_an_erased_guardian_leaves_the_next_one_as_the_primary():
    from campus.people.personal import erase_guardian  # noqa: PLC0415

    child = factories.student(user=None)
    first, second = factories.parent(child), factories.parent(child)
    erase_guardian(first)
    assert [(link.guardian, link.is_primary) for link in child.guardianships.all()] == [
        (second, True)
    ]
