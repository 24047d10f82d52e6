"""Jobs of the outbox: stored with the write, run after it, tried again, never lost, not doubled."""

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from django.db import transaction
from django.utils import timezone
from dramatiq.brokers.stub import StubBroker
from wagtail.models import Page
from wagtail.tasks import delete_file_from_storage_task

from portal.jobs import GiveUp, enqueue, outbox, runtime
from portal.models import OutboxMessage, Stream

HERE = "tests.portal.jobs.test_outbox"
calls: list[Any] = []


def note(**kwargs: Any) -> None:
    calls.append(kwargs)


def fail() -> None:
    calls.append("fail")
    raise RuntimeError("mail server away")


def give_up() -> None:
    raise GiveUp("no such person")


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()
    dramatiq.get_broker().flush_all()


@pytest.mark.django_db
def test_a_job_is_stored_with_the_write_and_goes_with_it() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue(f"{HERE}.note", a=1)
        raise RuntimeError
    assert not OutboxMessage.objects.exists()
    assert calls == []


@pytest.mark.django_db
def test_a_job_runs_once_however_often_it_is_carried() -> None:
    row = enqueue(f"{HERE}.note", a=1)
    assert calls == []
    assert outbox.run(row.pk)
    assert not outbox.run(row.pk)
    assert calls == [{"a": 1}]
    row.refresh_from_db()
    assert row.done_at is not None
    assert row.attempts == 1


@pytest.mark.django_db
def test_a_claimed_job_is_not_another_workers_until_its_claim_ends() -> None:
    row = enqueue(f"{HERE}.note")
    OutboxMessage.objects.filter(pk=row.pk).update(
        claimed_until=timezone.now() + dt.timedelta(minutes=1)
    )
    assert not outbox.run(row.pk)
    assert outbox.sweep() == 0
    assert calls == []
    OutboxMessage.objects.filter(pk=row.pk).update(
        claimed_until=timezone.now() - dt.timedelta(seconds=1)
    )
    assert outbox.run(row.pk)
    assert calls == [{}]


@pytest.mark.django_db
def test_a_failed_job_keeps_its_error_and_is_tried_again_later() -> None:
    row = enqueue(f"{HERE}.fail")
    assert outbox.run(row.pk)
    row.refresh_from_db()
    assert row.attempts == 1
    assert "mail server away" in row.last_error
    assert row.failed_at is None
    assert row.done_at is None
    assert row.due_at > timezone.now() + dt.timedelta(seconds=8)
    assert not outbox.run(row.pk), "not before its time"
    assert calls == ["fail"]


@pytest.mark.django_db
def test_a_job_that_never_works_is_failed_and_left_alone() -> None:
    row = enqueue(f"{HERE}.fail")
    for _ in range(outbox.MAX_ATTEMPTS):
        OutboxMessage.objects.filter(pk=row.pk).update(due_at=timezone.now())
        outbox.run(row.pk)
    row.refresh_from_db()
    assert row.failed_at is not None
    assert len(calls) == outbox.MAX_ATTEMPTS
    assert not outbox.run(row.pk)
    assert outbox.sweep() == 0


@pytest.mark.django_db
def test_giving_up_is_final_at_once() -> None:
    row = enqueue(f"{HERE}.give_up")
    outbox.run(row.pk)
    row.refresh_from_db()
    assert row.failed_at is not None
    assert row.attempts == 1


@pytest.mark.django_db
def test_an_unknown_job_fails_with_its_name() -> None:
    row = enqueue("campus.nowhere.tasks.nothing")
    outbox.run(row.pk)
    row.refresh_from_db()
    assert "nowhere" in row.last_error


@pytest.mark.django_db
def test_backoff_grows_and_is_bounded() -> None:
    waits = [outbox.backoff(n).total_seconds() for n in range(1, 12)]
    assert waits[:3] == [10, 20, 40]
    assert max(waits) == 3600


@pytest.mark.django_db
def test_the_sweeper_hands_on_what_was_never_sent_or_was_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(runtime, "reaches_workers", lambda: False)
    monkeypatch.setattr(outbox, "_send", sent.append)
    never = enqueue(f"{HERE}.note")
    later = enqueue(f"{HERE}.note", delay=dt.timedelta(hours=1))
    fresh = enqueue(f"{HERE}.note")
    OutboxMessage.objects.filter(pk=fresh.pk).update(sent_at=timezone.now())
    lost = enqueue(f"{HERE}.note")
    OutboxMessage.objects.filter(pk=lost.pk).update(
        sent_at=timezone.now() - outbox.RESEND_AFTER * 2
    )
    assert outbox.sweep() == 2
    assert sorted(sent) == sorted([never.pk, lost.pk])
    assert later.pk not in sent
    assert outbox.sweep() == 0, "just sent: not again at once"


@pytest.mark.django_db
def test_a_broker_that_is_away_leaves_the_job_to_the_sweeper(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def away(*args: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(runtime, "reaches_workers", lambda: True)
    monkeypatch.setattr(dramatiq.get_broker(), "enqueue", away)
    with django_capture_on_commit_callbacks(execute=True):
        Stream.objects.create(name="kept")
        row = enqueue(f"{HERE}.note")
        assert row.sent_at is not None
    row.refresh_from_db()
    assert row.sent_at is None
    assert Stream.objects.filter(name="kept").exists()


@pytest.mark.django_db
def test_old_done_jobs_are_removed_and_failed_ones_stay() -> None:
    done, failed = enqueue(f"{HERE}.note"), enqueue(f"{HERE}.note")
    long_ago = timezone.now() - outbox.KEPT * 2
    OutboxMessage.objects.filter(pk=done.pk).update(done_at=long_ago)
    OutboxMessage.objects.filter(pk=failed.pk).update(failed_at=long_ago)
    assert outbox.forget_done() == 1
    assert OutboxMessage.objects.get().pk == failed.pk


@pytest.mark.django_db
def test_wagtails_tasks_are_jobs_too(tmp_path: Any) -> None:
    (tmp_path / "old.txt").write_text("old")
    storage = ["django.core.files.storage.FileSystemStorage", [], {"location": str(tmp_path)}]
    delete_file_from_storage_task.enqueue(storage, "old.txt")
    row = OutboxMessage.objects.get()
    assert (tmp_path / "old.txt").exists(), "not in the request"
    assert outbox.run(row.pk)
    row.refresh_from_db()
    assert row.done_at is not None, row.last_error
    assert not (tmp_path / "old.txt").exists()


@pytest.mark.django_db
def test_s4_what_is_published_is_found_at_once() -> None:
    root = Page.objects.get(depth=1)
    root.add_child(title="Zymurgy", slug="zymurgy")
    assert [page.title for page in Page.objects.search("zymurgy")] == ["Zymurgy"]
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_o1_the_embedded_worker_runs_what_is_enqueued() -> None:
    if not isinstance(dramatiq.get_broker(), StubBroker):
        pytest.skip("with Redis, workers are processes of their own")
    runtime.start()
    try:
        with transaction.atomic():
            row = enqueue(f"{HERE}.note", a=2)
            assert row.sent_at is not None
        deadline = time.monotonic() + 10
        while not calls and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        runtime.stop()
    assert calls == [{"a": 2}]
    assert not runtime.reaches_workers()


def test_a_process_that_never_loaded_the_tasks_can_send(tmp_path: Path) -> None:
    """A web process with Redis has no worker that would load them."""
    code = (
        "import django; django.setup(); import dramatiq; from portal.jobs import outbox;"
        "assert outbox.CARRIER not in dramatiq.get_broker().actors;"
        "outbox._send(7); print(dramatiq.get_broker().queues['default'].qsize())"
    )
    environment = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["1"], done.stdout + done.stderr
