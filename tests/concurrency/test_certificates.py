"""Certificates under real parallel transactions: each issued once, each drawn by one worker (C1, C5)."""

import datetime as dt
import hashlib
from functools import partial
from typing import Any

import pytest
from wagtail.models import ModelLogEntry

from campus.certificates import services
from campus.certificates.errors import NotValid
from campus.certificates.models import Certificate
from campus.certificates.services import Award, issuing, pdfs
from campus.notifications.models import Notification
from tests import factories
from tests.campus.certificates import drawing
from tests.concurrency.parallel import in_parallel, without

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ONCE = "certificates_once_for_a_student"


def issue_six_times(holders: int = 8) -> list[Any]:
    """The same people are certified for the same reason by six jobs at one moment."""
    awards = [
        Award(title="Fair", date=dt.date(2026, 5, 12), student=factories.student(user=None))
        for _ in range(holders)
    ]
    one = partial(
        services.issue,
        template=factories.certificate_template(),
        awards=awards,
        reason="event:1",
        actor=None,
    )
    return in_parallel([one] * 6)


def test_c1_six_who_issue_at_once_make_one_certificate_for_each() -> None:
    results = issue_six_times()
    # Each of the six is given the same certificates, whoever wrote them.
    assert {tuple(row.pk for row in rows) for rows in results} == {
        tuple(row.pk for row in results[0])
    }
    assert Certificate.objects.count() == 8
    assert ModelLogEntry.objects.filter(action="certificates.issue").count() == 8


def test_c1_control_without_the_constraint_each_has_several() -> None:
    """(The lock on the template puts the six in a row; that nobody has two is the constraint's.)"""
    with without(ONCE):
        issue_six_times()
        stored = Certificate.objects.count()
    assert stored > 8


def test_c6_one_revoked_by_many_at_once_is_revoked_once() -> None:
    row = factories.certificate()
    results = in_parallel(
        [partial(services.revoke, certificate_id=row.pk, reason="Mistake", actor=None)] * 8
    )
    assert sum(isinstance(result, Certificate) for result in results) == 1
    assert sum(isinstance(result, NotValid) for result in results) == 7
    assert ModelLogEntry.objects.filter(action="certificates.revoke").count() == 1


def test_c6_control_without_the_lock_several_go_to_revoke_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """(PostgreSQL's trigger, which lets nothing that was issued change, stops the others by an error.)"""
    row = factories.certificate()
    found = Certificate.objects.select_related("student__user", "user", "institution")
    monkeypatch.setattr(issuing, "_locked", lambda pk, actor: found.get(pk=pk))
    results = in_parallel(
        [partial(services.revoke, certificate_id=row.pk, reason="Mistake", actor=None)] * 8
    )
    assert sum(not isinstance(result, NotValid) for result in results) > 1


@pytest.mark.skipif(not drawing.CAN_DRAW, reason=drawing.WHY_NOT)
def test_c5_workers_at_one_reason_draw_each_certificate_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    student = factories.student()
    awards = [Award(title="Fair", date=dt.date(2026, 5, 12), student=student)] + [
        Award(title="Fair", date=dt.date(2026, 5, 12), student=factories.student(user=None))
        for _ in range(11)
    ]
    services.issue(
        template=factories.certificate_template(), awards=awards, reason="event:1", actor=None
    )
    drawn: list[str] = []
    draw = pdfs._draw

    def counted(version: Any, facts: Any) -> list[bytes]:
        drawn.extend(one.number for one in facts)
        return draw(version, facts)

    monkeypatch.setattr(pdfs, "_draw", counted)
    results = in_parallel([partial(services.render_all, reason="event:1", batch=3)] * 4)
    assert sum(results) == 12
    assert len(drawn) == len(set(drawn)) == 12  # none was drawn in vain
    for row in Certificate.objects.all():
        with row.pdf.open("rb") as file:
            assert hashlib.sha256(file.read()).hexdigest() == row.sha256
    assert Notification.objects.filter(user=student.user, type="certificates.issued").count() == 1


@pytest.mark.skipif(not drawing.CAN_DRAW, reason=drawing.WHY_NOT)
def test_c5_control_without_the_claim_they_draw_the_same_and_still_store_each_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [factories.certificate(reason="event:1") for _ in range(3)]
    drawn: list[str] = []
    draw = pdfs._draw

    def counted(version: Any, facts: Any) -> list[bytes]:
        drawn.extend(one.number for one in facts)
        return draw(version, facts)

    def unclaimed(reason: str, batch: int, began: dt.datetime) -> list[Certificate]:
        return list(Certificate.objects.filter(reason=reason, pdf="").select_related("version"))

    monkeypatch.setattr(pdfs, "_draw", counted)
    monkeypatch.setattr(pdfs, "_claim", unclaimed)
    results = in_parallel([partial(services.render_all, reason="event:1")] * 4)
    assert len(drawn) > len(rows), "the control shows no race: the test above proves nothing"
    assert sum(results) == len(rows)
