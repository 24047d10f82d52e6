"""Worker, sweeper and scheduler inside the web process: the embedded default (O1).

A ``StubBroker`` forgets everything on a crash and reaches no other process; rows in the outbox make good
for both: what another process (a command) stores, and what a crash left, the sweeper of the server finds.
"""

import importlib.util
import threading
from collections.abc import Callable
from importlib import import_module

import dramatiq
import structlog
from django.apps import apps
from django.db import close_old_connections
from dramatiq.brokers.stub import StubBroker

SWEEP_SECONDS = 1.0
TICK_SECONDS = 5.0
WORKER_THREADS = 3
logger = structlog.get_logger(__name__)


class _Running:
    """The worker and the two loops of this process, if it has them."""

    worker: dramatiq.Worker | None = None
    stop: threading.Event | None = None
    threads: list[threading.Thread]


_running = _Running()
_lock = threading.Lock()


def reaches_workers() -> bool:
    """Whether a message sent in this process gets to a worker: by Redis, or to one of its own."""
    return _running.worker is not None or not isinstance(dramatiq.get_broker(), StubBroker)


def load_tasks() -> list[str]:
    """Import ``tasks.py`` of every app, so that actors and schedules are known; gives their names.

    A broken ``tasks.py`` raises here instead of being left out silently.
    """
    names = [f"{config.name}.tasks" for config in apps.get_app_configs()]
    found = [name for name in names if importlib.util.find_spec(name) is not None]
    for name in found:
        import_module(name)
    return found


def guarded(work: Callable[[], object]) -> Callable[[], None]:
    """``work`` for a loop: fresh connections, and a failure is logged instead of ending the loop."""

    def call() -> None:
        close_old_connections()
        try:
            work()
        except Exception:
            logger.exception("loop_failed", loop=getattr(work, "__name__", ""))
        finally:
            close_old_connections()

    return call


def _loop(work: Callable[[], object], seconds: float, stop: threading.Event) -> None:
    call = guarded(work)
    while not stop.wait(seconds):
        call()


def start() -> None:
    """Start worker, sweeper and scheduler, once; nothing where Redis has its own processes for them."""
    from portal.jobs.outbox import sweep  # noqa: PLC0415 (they build on this module)
    from portal.jobs.schedule import tick  # noqa: PLC0415

    broker = dramatiq.get_broker()
    with _lock:
        if _running.worker is not None or not isinstance(broker, StubBroker):
            return
        load_tasks()
        _running.worker = dramatiq.Worker(broker, worker_threads=WORKER_THREADS, worker_timeout=200)
        _running.worker.start()
        _running.stop = threading.Event()
        _running.threads = [
            threading.Thread(
                target=_loop, args=(work, seconds, _running.stop), name=name, daemon=True
            )
            for name, work, seconds in (
                ("quad-sweeper", sweep, SWEEP_SECONDS),
                ("quad-scheduler", tick, TICK_SECONDS),
            )
        ]
        for thread in _running.threads:
            thread.start()
    logger.info("jobs_started", threads=WORKER_THREADS)


def stop(timeout: float = 10.0) -> None:
    """Let what runs finish (``timeout`` seconds), and stop; open rows wait for the next start."""
    with _lock:
        worker, halt = _running.worker, _running.stop
        if worker is None or halt is None:
            return
        halt.set()
        for thread in _running.threads:
            thread.join(timeout)
        worker.stop(timeout=int(timeout * 1000))
        _running.worker = None
    logger.info("jobs_stopped")
