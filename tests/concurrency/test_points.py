"""Points under real parallel transactions (A2, A3)."""

from functools import partial
from typing import Any

import pytest

from campus.points import services
from campus.points.errors import AlreadyDecided
from campus.points.models import PointTransaction
from campus.points.services import Proposal, propose
from tests import factories
from tests.concurrency.parallel import in_parallel

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_a2_two_who_decide_at_once_make_one_decision() -> None:
    row = factories.points()
    mentor = row.student.mentor.user

    def decide(n: int) -> str:
        try:
            services.decide(transactions=[row.pk], approve=n % 2 == 0, actor=mentor)
        except AlreadyDecided:
            return "late"
        return "decided"

    answers = in_parallel([partial(decide, n) for n in range(8)])
    assert sorted(answers) == ["decided", *["late"] * 7]


def test_a3_a_job_that_runs_twice_at_once_gives_points_once() -> None:
    students = [factories.student(user=None, mentor=factories.mentor()) for _ in range(10)]
    category = factories.point_category()

    def give() -> Any:
        proposals = [Proposal(student, category, 5, "Fair") for student in students]
        return len(propose(proposals=proposals, source="event:1", actor=None))

    answers = in_parallel([give] * 6)
    assert sum(answers) == 10
    assert PointTransaction.objects.count() == 10
