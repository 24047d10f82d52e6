"""Digests under real parallel transactions: each message is mailed at most once (N4)."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from campus.notifications import digests, preferences, services, tasks
from campus.notifications.models import Notification, NotificationDelivery, NotificationDigest
from portal.models import OutboxMessage
from tests import factories
from tests.concurrency.parallel import in_parallel

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TYPE = "enrollments.promoted"


@pytest.fixture
def facts() -> dict[str, Any]:
    """The job of somebody whose day has five messages."""
    user = factories.user(timezone="UTC")
    preferences.choose(user=user, type=TYPE, channel="email", timing="daily")
    for n in range(5):
        with transaction.atomic():
            services.notify(users=[user], type=TYPE, params={"code": f"C{n}"})
    Notification.objects.update(created_at=timezone.now() - dt.timedelta(days=2))
    digests.plan()
    return dict(OutboxMessage.objects.get(actor=digests.SEND).kwargs)


def test_n4_a_job_that_runs_eight_times_at_once_sends_one_mail(facts: dict[str, Any]) -> None:
    in_parallel([partial(tasks.send_digest, **facts)] * 8)
    assert len(mail.outbox) == 1
    assert NotificationDigest.objects.get().state == "sent"
    assert set(NotificationDelivery.objects.values_list("state", flat=True)) == {"sent"}


def test_n4_two_days_at_once_tell_each_message_once(facts: dict[str, Any]) -> None:
    """The jobs of two days meet: what one took is in no other."""
    day = dt.date.fromisoformat(facts["period"])
    jobs = [
        partial(tasks.send_digest, **{**facts, "period": (day + dt.timedelta(n)).isoformat()})
        for n in range(8)
    ]
    in_parallel(jobs)
    told = [sum(f"in C{n}" in one.body for one in mail.outbox) for n in range(5)]
    assert told == [1] * 5


def test_n4_control_without_the_claim_the_mail_goes_out_more_than_once(
    facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "claim", lambda digest: True)
    monkeypatch.setattr(digests, "finish", lambda *args: None)
    in_parallel([partial(tasks.send_digest, **facts)] * 8)
    assert len(mail.outbox) > 1
