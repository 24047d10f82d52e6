"""Jobs by the clock: each slot of a schedule runs once, in whichever process the scheduler lives.

A slot is a row (``JobRun``, unique by name and time) stored together with its outbox message, so that
even two schedulers could not run it twice. After a pause the last slot that was missed is made up, once.
"""

import datetime as dt
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import structlog
from apscheduler.triggers.cron import CronTrigger
from django.db import transaction
from django.utils import timezone

from portal.jobs.outbox import enqueue
from portal.models import JobRun

Job = TypeVar("Job", bound=Callable[[], Mapping[str, Any] | None])
RUNNER = "portal.jobs.schedule.run"
KEPT = dt.timedelta(days=90)
_LOOKBACKS = tuple(dt.timedelta(hours=hours) for hours in (1, 25, 24 * 8, 24 * 32, 24 * 367))
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Scheduled:
    """A function and its schedule in crontab's five fields, weekdays as names (``Mon``)."""

    name: str
    schedule: str
    function: Callable[[], Mapping[str, Any] | None]

    @cached_property
    def trigger(self) -> CronTrigger:
        """The schedule, in the portal's own timezone."""
        return CronTrigger.from_crontab(self.schedule, timezone=timezone.get_default_timezone())

    def last_slot(self, now: dt.datetime, since: dt.datetime | None) -> dt.datetime | None:
        """The newest slot up to ``now`` and after ``since``, or None."""
        for lookback in _LOOKBACKS:
            begin = now - lookback
            whole = since is not None and since >= begin
            if whole and since is not None:
                begin = since + dt.timedelta(seconds=1)
            newest, slot = None, self.trigger.get_next_fire_time(None, begin)
            while slot is not None and slot <= now:
                newest = slot
                slot = self.trigger.get_next_fire_time(slot, slot + dt.timedelta(seconds=1))
            if newest is not None or whole:
                return newest
        return None


registry: dict[str, Scheduled] = {}


def scheduled(schedule: str) -> Callable[[Job], Job]:
    """Run the decorated function by ``schedule``; it may return counts (a dict) for its JobRun.

    Raises ValueError for weekdays as numbers, whose meaning differs from one cron to the next.
    """
    fields = schedule.split()
    if len(fields) != 5 or any(char.isdigit() for char in fields[4]):
        raise ValueError(f"{schedule!r}: five fields, weekdays as names (Mon).")

    def put(function: Job) -> Job:
        name = f"{function.__module__}.{function.__qualname__}"
        registry[name] = Scheduled(name, schedule, function)
        return function

    return put


def tick(now: dt.datetime | None = None) -> int:
    """Start every job whose slot has come or was missed; gives the number started."""
    now = now or timezone.now()
    started = 0
    for job in registry.values():
        runs = JobRun.objects.filter(name=job.name, scheduled_for__isnull=False)
        since = runs.order_by("-scheduled_for").values_list("scheduled_for", flat=True).first()
        slot = job.last_slot(now, since)
        if slot is None:
            continue
        with transaction.atomic():
            row, created = JobRun.objects.get_or_create(name=job.name, scheduled_for=slot)
            if created:
                enqueue(RUNNER, run_id=row.pk)
                started += 1
    return started


def run(run_id: int) -> None:
    """Run the job of a slot and keep how it went; raises what the job raised, to be tried again."""
    row = JobRun.objects.get(pk=run_id)
    if row.state == JobRun.State.SUCCEEDED:
        return
    job = registry[row.name]
    try:
        counts = job.function() or {}
    except Exception as exc:
        row.state, row.error = JobRun.State.FAILED, "".join(traceback.format_exception(exc))[-4000:]
        row.ended_at = timezone.now()
        row.save(update_fields=["state", "error", "ended_at"])
        raise
    row.state, row.error, row.counts = JobRun.State.SUCCEEDED, "", dict(counts)
    row.ended_at = timezone.now()
    row.save(update_fields=["state", "error", "counts", "ended_at"])
    logger.info("scheduled_job_done", name=row.name, **row.counts)


def forget_old_runs(now: dt.datetime | None = None) -> int:
    """Remove runs older than ``KEPT``, but never the last of a job: it tells what was missed."""
    limit = (now or timezone.now()) - KEPT
    newest = [
        pk
        for name in JobRun.objects.values_list("name", flat=True).distinct()
        for pk in JobRun.objects.filter(name=name).values_list("pk", flat=True)[:1]
    ]
    return JobRun.objects.filter(started_at__lt=limit).exclude(pk__in=newest).delete()[0]
