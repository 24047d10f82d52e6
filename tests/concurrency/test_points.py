"""Points under real parallel transactions (A2, A3)."""

from functools import partial
from typing import Any

import pytest

from campus.points import services
from campus.points.errors import AlreadyDecided
from campus.points.models import PointTransaction
from campus.points.services import Proposal, propose
from tests import factories
from tests.concurrency.parallel import in_parallel, without

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def decide_at_once() -> list[Any]:
    """Four approve and four reject the same points at one moment."""
    row = factories.points()
    mentor = row.student.mentor.user

    def decide(n: int) -> str:
        try:
            services.decide(transactions=[row.pk], approve=n % 2 == 0, actor=mentor)
        except AlreadyDecided:
            return "late"
        return "decided"

    return in_parallel([partial(decide, n) for n in range(8)])


def test_a2_two_who_decide_at_once_make_one_decision() -> None:
    assert sorted(decide_at_once()) == ["decided", *["late"] * 7]


def test_a2_control_without_the_lock_several_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    """(Or PostgreSQL's trigger, which lets nothing that is decided change, stops them with an error.)"""
    rows = PointTransaction.objects.select_related("student__mentor__user", "category")
    monkeypatch.setattr(services, "_locked", lambda ids: list(rows.filter(pk__in=list(ids))))
    answers = decide_at_once()
    assert answers.count("decided") > 1 or any(isinstance(one, Exception) for one in answers)


def give_at_once() -> list[Any]:
    """One event gives ten students their points by six jobs at one moment."""
    students = [factories.student(user=None, mentor=factories.mentor()) for _ in range(10)]
    category = factories.point_category()

    def give() -> Any:
        proposals = [Proposal(student, category, 5, "Fair") for student in students]
        return len(propose(proposals=proposals, source="event:1", actor=None))

    return in_parallel([give] * 6)


def test_a3_a_job_that_runs_twice_at_once_gives_points_once() -> None:
    assert sum(give_at_once()) == 10
    assert PointTransaction.objects.count() == 10


def test_a3_control_without_the_constraint_they_are_given_several_times() -> None:
    with without("points_once_for_a_source"):
        assert sum(give_at_once()) > 10
