"""P10 under real parallel transactions: one code once, one child in one seat."""

import datetime as dt
from functools import partial

import pytest

from campus.notifications.models import Notification
from campus.people import services
from campus.people.errors import AlreadyGuardian, InvitationInvalid, TooManyChildren
from campus.people.models import Guardianship, Student
from campus.people.services import children, invitations
from learning.catalog.models import Section
from learning.enrollments.errors import AlreadyEnrolled
from learning.enrollments.models import Enrollment
from learning.enrollments.services import enroll
from portal.jobs.sealed import opened
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.concurrency.parallel import in_parallel

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def code_for(child, parent, **facts):
    services.invite(student=child, actor=parent, email="lina@example.org", **facts)
    row = OutboxMessage.objects.filter(actor=invitations.SEND).latest("pk")
    return opened(row.kwargs)["code"]


def claims(code, number=12):
    people = [factories.user(Role.STUDENT) for _ in range(number)]
    return in_parallel(
        [partial(services.hand_over_account, code=code, user=person) for person in people]
    )


def test_p10_a_code_used_by_many_at_once_works_once():
    child = factories.student(user=None)
    code = code_for(child, factories.parent(child))
    results = claims(code)
    got = [result for result in results if isinstance(result, Student)]
    refused = [result for result in results if isinstance(result, InvitationInvalid)]
    assert (len(got), len(refused)) == (1, 11)
    child.refresh_from_db()
    assert child.user_id == got[0].user_id


def test_p10_control_without_the_lock_the_last_of_many_has_the_account(monkeypatch):
    def unlocked(ids):
        return list(Student.objects.select_related("user").filter(pk__in=ids))

    monkeypatch.setattr(invitations, "lock_students", unlocked)
    child = factories.student(user=None)
    results = claims(code_for(child, factories.parent(child)))
    got = [result for result in results if isinstance(result, Student)]
    assert len(got) > 1, "the control shows no race: the test above proves nothing"


def test_p10_an_account_never_has_more_children_than_it_may(monkeypatch):
    monkeypatch.setattr(children, "MOST_CHILDREN", 3)
    parent = factories.parent()
    make = partial(
        services.create_child,
        guardian=parent,
        actor=parent,
        name="Lina",
        date_of_birth=dt.date(2015, 5, 5),
    )
    results = in_parallel([make] * 8)
    assert sum(isinstance(result, Student) for result in results) == 3
    assert sum(isinstance(result, TooManyChildren) for result in results) == 5
    assert len(set(Student.objects.values_list("number", flat=True))) == 3


def test_a_guardian_added_twice_at_once_is_there_once():
    child, admin = factories.student(user=None), factories.user(Role.ADMIN)
    people = [factories.user() for _ in range(2)]
    add = [
        partial(services.add_guardian, student=child, guardian=person, actor=admin)
        for person in people * 4
    ]
    results = in_parallel(add)
    assert sum(isinstance(result, Guardianship) for result in results) == 2
    assert sum(isinstance(result, AlreadyGuardian) for result in results) == 6
    assert child.guardianships.filter(is_primary=True).count() == 1


def test_p10_two_guardians_enroll_one_child_at_once_and_there_is_one_enrollment():
    child = factories.student(user=None)
    parents = [factories.parent(child), factories.parent(child)]
    section = factories.section(capacity=5)
    ask = [
        partial(enroll, student=child, section_id=section.pk, actor=parent)
        for parent in parents * 4
    ]
    results = in_parallel(ask)
    assert sum(isinstance(result, Enrollment) for result in results) == 1
    assert sum(isinstance(result, AlreadyEnrolled) for result in results) == 7
    assert Enrollment.objects.active().count() == 1
    assert Section.objects.get(pk=section.pk).seats_taken == 1
    assert Notification.objects.count() == 2  # each parent is told, once


def test_p10_parents_of_many_children_in_a_rush_never_wait_for_each_other():
    """Everybody tells the same two people; the order of their streams keeps circles away."""
    parents = [factories.parent(), factories.parent()]
    people = [factories.student(user=None) for _ in range(12)]
    for index, child in enumerate(people):
        for parent in parents if index % 2 else reversed(parents):
            factories.guardianship(student=child, guardian=parent)
    sections = [factories.section(capacity=4) for _ in range(3)]
    results = in_parallel(
        [
            partial(enroll, student=child, section_id=section.pk, actor=parents[index % 2])
            for index, child in enumerate(people)
            for section in sections
        ]
    )
    assert not [result for result in results if isinstance(result, Exception)]
    assert Enrollment.objects.active().count() == 12
    assert Notification.objects.count() == 72
