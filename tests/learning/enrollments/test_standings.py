"""Where readers stand to sections: one statement, the same as the tables tell one by one."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from campus.people.models import Student
from learning.catalog.models import Section
from learning.enrollments.models import Enrollment, EnrollmentRequest
from learning.enrollments.standings import family_standings_of, standings_of
from tests import factories

pytestmark = pytest.mark.django_db

State, WaitsFor = Enrollment.State, EnrollmentRequest.WaitsFor


def enrolled(student: Student, section: Section, state: str) -> Enrollment:
    return Enrollment.objects.create(
        student=student, section=section, state=state, since=timezone.now()
    )


def asked(student: Student, section: Section, waits_for: str, **fields: Any) -> EnrollmentRequest:
    number = EnrollmentRequest.objects.filter(section=section).count() + 1
    return EnrollmentRequest.objects.create(
        student=student, section=section, waits_for=waits_for, queue_number=number, **fields
    )


def test_every_state_is_told_as_it_is(django_assert_num_queries: Any) -> None:
    me, other = factories.student(), factories.student()
    sections = [factories.section() for _ in range(7)]
    active, done, dropped, waits, approval, again, nothing = sections
    enrolled(me, active, State.ACTIVE)
    enrolled(me, done, State.COMPLETED)
    enrolled(me, dropped, State.DROPPED)
    enrolled(other, nothing, State.ACTIVE)
    asked(other, waits, WaitsFor.SEAT)
    mine = asked(me, waits, WaitsFor.SEAT)
    asked(me, approval, WaitsFor.APPROVAL)
    enrolled(me, again, State.DROPPED)
    asked(me, again, WaitsFor.APPROVAL)
    asked(me, nothing, WaitsFor.SEAT, state=EnrollmentRequest.State.WITHDRAWN)
    ids = [section.pk for section in sections]

    with django_assert_num_queries(2):  # the second for the place on the waiting list
        found = standings_of(me.user, ids)

    states = [found[pk].state for pk in ids]
    assert states == ["active", "completed", "", "waiting", "requested", "requested", ""]
    assert found[waits.pk].request == mine
    assert found[waits.pk].request.place == 2
    assert found[again.pk].enrollment.state == State.DROPPED
    assert found[nothing.pk].request is None
    with django_assert_num_queries(1):  # the rest of a row is there for who needs it
        assert found[waits.pk].request.created_at == mine.created_at


@pytest.mark.parametrize("many", [1, 30])
def test_one_query_however_many(many: int, django_assert_num_queries: Any) -> None:
    me, elsewhere = factories.student(), factories.section()
    enrolled(me, elsewhere, State.ACTIVE)
    sections = [factories.section() for _ in range(many)]
    enrolled(me, sections[0], State.ACTIVE)
    with django_assert_num_queries(1):
        found = standings_of(me.user, [section.pk for section in sections])
    assert list(found) == [section.pk for section in sections], "and no section besides"
    assert [standing.state for standing in found.values()] == ["active"] + [""] * (many - 1)


def test_p10_a_familys_standings_are_told_apart(django_assert_num_queries: Any) -> None:
    one, two, stranger = (factories.student() for _ in range(3))
    section = factories.section()
    enrolled(two, section, State.ACTIVE)
    asked(stranger, section, WaitsFor.SEAT)
    asked(one, section, WaitsFor.SEAT)
    with django_assert_num_queries(2):
        found = family_standings_of([one, two], [section.pk])
    [(first, waits), (second, holds)] = found[section.pk]
    assert (first, waits.state, waits.request.place) == (one, "waiting", 2)
    assert (second, holds.state) == (two, "active")


def test_nobody_and_nothing_cost_nothing(django_assert_num_queries: Any) -> None:
    section = factories.section()
    with django_assert_num_queries(0):
        assert standings_of(AnonymousUser(), [section.pk])[section.pk].state == ""
        assert standings_of(None, [section.pk])[section.pk].state == ""
        assert standings_of(factories, []) == {}
        assert family_standings_of([], [section.pk]) == {section.pk: []}
