"""Background jobs of the frame, and the one actor that carries every job of the outbox."""

from typing import Any

import dramatiq
from apscheduler.triggers.interval import IntervalTrigger
from django.core.management import call_command
from dramatiq_crontab import scheduler

from portal.api.idempotency import forget_old_keys
from portal.jobs import outbox, runtime, schedule
from portal.jobs.schedule import scheduled
from portal.realtime import streams

# The outbox itself keeps attempts and errors; Redis only carries the number.
_OPTIONS: dict[str, Any] = {
    "actor_name": outbox.CARRIER,
    "max_retries": 0,
    "time_limit": int(outbox.LEASE.total_seconds() * 1000) - 10_000,
}


@dramatiq.actor(**_OPTIONS)
def carry(pk: int) -> None:
    """Run the job of outbox row ``pk``."""
    outbox.run(pk)


@scheduled("17 * * * *")
def clean_up() -> dict[str, int]:
    """Remove what has had its time: idempotency keys (F5), done jobs and old runs."""
    return {
        "idempotency_keys": forget_old_keys(),
        "jobs": outbox.forget_done(),
        "runs": schedule.forget_old_runs(),
    }


@scheduled("* * * * *")
def publish_scheduled_pages() -> None:
    """Publish and take down the pages whose date has come (Wagtail's own scheduling)."""
    call_command("publish_scheduled", verbosity=0)


@scheduled("25 4 * * *")
def prune_streams() -> dict[str, int]:
    """Remove events of real time that nobody will resume from any more."""
    return {"events": streams.prune()}


@scheduled("40 4 * * *")
def clear_sessions() -> None:
    """Remove sessions that have ended."""
    call_command("clearsessions")


# `manage.py crontab` (one process, kept alone by its lock in Redis) runs these two; without Redis the
# web process does (runtime.start).
for _work, _seconds in (
    (outbox.sweep, runtime.SWEEP_SECONDS),
    (schedule.tick, runtime.TICK_SECONDS),
):
    scheduler.add_job(
        runtime.guarded(_work),
        IntervalTrigger(seconds=int(_seconds)),
        name=f"portal.{_work.__name__}",
        max_instances=1,
        coalesce=True,
    )
