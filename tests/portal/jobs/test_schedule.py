"""Jobs by the clock: each slot once, missed ones made up once, every job known."""

import ast
import datetime as dt
import importlib.util
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from dramatiq_crontab import scheduler

from portal.jobs import outbox, runtime, schedule
from portal.jobs.schedule import Scheduled, run, tick
from portal.models import JobRun, OutboxMessage

NOON = dt.datetime(2026, 11, 20, 12, 0, 30, tzinfo=dt.UTC)
ran: list[str] = []


def count() -> dict[str, int]:
    ran.append("count")
    return {"rows": 3}


def broken() -> None:
    raise RuntimeError("disk full")


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Scheduled]:
    """Only the test's own job: every ten minutes."""
    ran.clear()
    own = {"count": Scheduled("count", "*/10 * * * *", count)}
    monkeypatch.setattr(schedule, "registry", own)
    return own


def carry_all() -> None:
    for pk in OutboxMessage.objects.filter(done_at=None).values_list("pk", flat=True):
        outbox.run(pk)


@pytest.mark.django_db
def test_a_slot_runs_once_whoever_ticks(jobs: Any) -> None:
    assert tick(NOON) == 1
    assert tick(NOON) == 0
    assert tick(NOON + dt.timedelta(minutes=5)) == 0
    carry_all()
    assert ran == ["count"]
    row = JobRun.objects.get()
    assert row.state == JobRun.State.SUCCEEDED
    assert row.counts == {"rows": 3}
    assert row.scheduled_for == NOON.replace(second=0)
    assert row.ended_at is not None
    assert tick(NOON + dt.timedelta(minutes=10)) == 1


@pytest.mark.django_db
def test_a_slot_that_another_scheduler_took_is_left_alone(jobs: Any) -> None:
    JobRun.objects.create(name="count", scheduled_for=NOON.replace(second=0))
    assert tick(NOON) == 0
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_missed_slots_are_made_up_once(jobs: Any) -> None:
    tick(NOON)
    assert tick(NOON + dt.timedelta(days=3)) == 1
    assert tick(NOON + dt.timedelta(days=3)) == 0
    assert [row.scheduled_for for row in JobRun.objects.order_by("scheduled_for")] == [
        NOON.replace(second=0),
        NOON.replace(second=0) + dt.timedelta(days=3),
    ]


def test_rare_slots_are_found_far_back() -> None:
    yearly = Scheduled("y", "0 0 1 1 *", count)
    slot = yearly.last_slot(NOON, None)
    assert slot is not None
    assert (slot.year, slot.month, slot.day) == (2026, 1, 1)
    assert yearly.last_slot(NOON, slot) is None


@pytest.mark.django_db
def test_a_failed_run_keeps_its_error_and_is_tried_again(jobs: dict[str, Scheduled]) -> None:
    jobs["count"] = Scheduled("count", "*/10 * * * *", broken)
    tick(NOON)
    carry_all()
    row = JobRun.objects.get()
    assert row.state == JobRun.State.FAILED
    assert "disk full" in row.error
    assert OutboxMessage.objects.get().done_at is None
    jobs["count"] = Scheduled("count", "*/10 * * * *", count)
    run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.error) == (JobRun.State.SUCCEEDED, "")
    run(row.pk)
    assert ran == ["count"], "a run that succeeded is not repeated"


def test_weekdays_as_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="Mon"):
        schedule.scheduled("0 3 * * 1")


@pytest.mark.django_db
def test_old_runs_go_but_the_last_of_each_job_stays(jobs: Any) -> None:
    old = NOON - schedule.KEPT * 2
    for days in (0, 1):
        row = JobRun.objects.create(name="count", scheduled_for=old + dt.timedelta(days=days))
        JobRun.objects.filter(pk=row.pk).update(started_at=row.scheduled_for)
    assert schedule.forget_old_runs(NOON) == 1
    assert JobRun.objects.get().scheduled_for == old + dt.timedelta(days=1)


def test_every_scheduled_job_of_every_app_is_registered() -> None:
    """The scheduler's loader must find each ``@scheduled`` in the source, wherever it stands."""
    runtime.load_tasks()
    written = set()
    for config in apps.get_app_configs():
        folder = Path(config.path)
        if not folder.is_relative_to(settings.BASE_DIR) or ".venv" in folder.parts:
            continue
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef) and any(
                    isinstance(d, ast.Call) and getattr(d.func, "id", "") == "scheduled"
                    for d in node.decorator_list
                ):
                    module = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
                    written.add(f"{module}.{node.name}")
    assert "portal.tasks.clean_up" in written
    assert written == set(schedule.registry)
    assert importlib.util.find_spec("dramatiq_crontab.management.commands.crontab")


def test_the_scheduler_process_sweeps_and_ticks() -> None:
    runtime.load_tasks()
    assert {job.name for job in scheduler.get_jobs()} >= {"portal.sweep", "portal.tick"}
