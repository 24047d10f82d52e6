"""Jobs that must happen: a row in the caller's transaction, handed to a worker after the commit.

A row is *open* until ``done_at`` or ``failed_at`` is set. A worker claims it for ``LEASE`` by one
conditional UPDATE, so two workers that got the same message do not run it twice at once; if the worker
dies, the claim ends and the sweeper hands the row on again. No lock is held while a job works.
"""

import datetime as dt
import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import dramatiq
import structlog
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from portal import audit
from portal.errors import DomainError
from portal.jobs import runtime, sealed
from portal.models import OutboxMessage

LEASE = dt.timedelta(minutes=15)
RESEND_AFTER = dt.timedelta(seconds=60)
MAX_ATTEMPTS = 8
KEPT = dt.timedelta(days=14)
CARRIER = "portal.tasks.carry"
logger = structlog.get_logger(__name__)


class GiveUp(Exception):
    """Raised by a job that will never work: it is marked failed and not tried again."""


def enqueue(
    actor: str,
    *,
    delay: dt.timedelta | None = None,
    secret: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> OutboxMessage:
    """Store the job ``actor`` (``campus.notifications.tasks.send_mail``) with JSON ``kwargs``.

    The row is in the caller's transaction. It is sent after the commit; if that fails (a crash, Redis
    away) the sweeper finds it. A job may therefore run twice and must look again at what it is given.

    ``secret`` facts (one-time codes) are given to the job like the others. The row holds them encrypted,
    and only until the job is done or has failed for good; its error is kept without its words.
    """
    now = timezone.now()
    if secret is not None:
        kwargs[sealed.NAME] = sealed.seal(secret)
    sent_at = now if delay is None and runtime.reaches_workers() else None
    row = OutboxMessage.objects.create(
        actor=actor, kwargs=kwargs, due_at=now + (delay or dt.timedelta()), sent_at=sent_at
    )
    if sent_at is not None:
        transaction.on_commit(lambda: _send(row.pk))
    return row


def enqueue_many(actor: str, jobs: Iterable[Mapping[str, Any]]) -> int:
    """Store the job ``actor`` once for each of ``jobs`` (the keyword arguments of each), by one statement.

    As ``enqueue``, for bulk work, without secrets. They are left to the sweeper, so that thousands that
    are due at once do not keep all workers from what else there is to do.
    """
    now = timezone.now()
    rows = [OutboxMessage(actor=actor, kwargs=dict(kwargs), due_at=now) for kwargs in jobs]
    return len(OutboxMessage.objects.bulk_create(rows))


def _send(pk: int) -> None:
    """Hand the row on; where the broker is away, leave it to the sweeper."""
    from portal import tasks  # noqa: F401, PLC0415 (it declares the carrier, and builds on this module)

    try:
        dramatiq.get_broker().get_actor(CARRIER).send(pk)
    except Exception:
        logger.warning("job_not_sent", job=pk, exc_info=True)
        OutboxMessage.objects.filter(pk=pk).update(sent_at=None)


def sweep(limit: int = 500) -> int:
    """Hand on every open row that is due and was not sent, or was sent and lost; gives their number."""
    now = timezone.now()
    due = OutboxMessage.objects.filter(
        Q(sent_at__isnull=True) | Q(sent_at__lt=now - RESEND_AFTER),
        Q(claimed_until__isnull=True) | Q(claimed_until__lt=now),
        done_at__isnull=True,
        failed_at__isnull=True,
        due_at__lte=now,
    ).order_by("due_at")
    if not due.exists():  # the usual case, without a writing transaction
        return 0
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        found = list(due.values_list("pk", flat=True)[:limit])
        OutboxMessage.objects.filter(pk__in=found).update(sent_at=now)
    for pk in found:
        _send(pk)
    return len(found)


def resolve(actor: str) -> Callable[..., Any]:
    """The function that ``actor`` names: a dramatiq actor's, or the function at the dotted path."""
    found = dramatiq.get_broker().actors.get(actor) or import_string(actor)
    return found.fn if isinstance(found, dramatiq.Actor) else found


def backoff(attempts: int) -> dt.timedelta:
    """How long to wait after the ``attempts``-th failure: 10 s, 20 s, 40 s … at most an hour."""
    return min(dt.timedelta(seconds=10 * 2 ** (attempts - 1)), dt.timedelta(hours=1))


def run(pk: int) -> bool:
    """Run the job of row ``pk`` if it is open, due and nobody else's; tells whether it was.

    A failure is kept on the row and tried again after ``backoff``, ``MAX_ATTEMPTS`` times.
    """
    now = timezone.now()
    claimed = OutboxMessage.objects.filter(
        Q(claimed_until__isnull=True) | Q(claimed_until__lt=now),
        pk=pk,
        done_at__isnull=True,
        failed_at__isnull=True,
        due_at__lte=now,
    ).update(claimed_until=now + LEASE, attempts=F("attempts") + 1)
    if not claimed:
        return False
    row = OutboxMessage.objects.get(pk=pk)
    with structlog.contextvars.bound_contextvars(job=pk, actor=row.actor):
        try:
            resolve(row.actor)(**sealed.opened(row.kwargs))
        except Exception as exc:
            _failed(row, exc)
        else:
            OutboxMessage.objects.filter(pk=pk).update(
                done_at=timezone.now(),
                claimed_until=None,
                last_error="",
                kwargs=sealed.emptied(row.kwargs),
            )
            logger.info("job_done", attempts=row.attempts)
    return True


def _failed(row: OutboxMessage, exc: Exception) -> None:
    now = timezone.now()
    final = isinstance(exc, GiveUp) or row.attempts >= MAX_ATTEMPTS
    if sealed.NAME in row.kwargs and not isinstance(exc, GiveUp):
        # What a mail server answers may repeat what it was sent: where it failed and how, no words.
        error = type(exc).__name__
        told = "".join(traceback.format_tb(exc.__traceback__)) + error
    else:
        error, told = repr(exc), "".join(traceback.format_exception(exc))
    OutboxMessage.objects.filter(pk=row.pk).update(
        kwargs=sealed.emptied(row.kwargs) if final else row.kwargs,
        last_error=told[-4000:],
        claimed_until=None,
        sent_at=None,
        due_at=row.due_at if final else now + backoff(row.attempts),
        failed_at=now if final else None,
    )
    # An error of the log (and of Sentry) when it is final; before, a warning.
    (logger.error if final else logger.warning)(
        "job_failed",
        attempts=row.attempts,
        final=final,
        error=error,
        exc_info=final and sealed.NAME not in row.kwargs,
    )


class CannotRetry(DomainError):
    """Only a job that has failed for good, and still knows what it was given, can be tried again."""

    code = "cannot_retry"
    message = _("This job cannot be tried again.")


def retry(*, pk: int, actor: Any) -> OutboxMessage:
    """Open a job again that has failed for good; logged.

    Raises :class:`CannotRetry` for one that has not failed, and for one whose secrets (a code, an address)
    were removed when it failed: it could not be called any more.
    """
    with transaction.atomic():
        row = OutboxMessage.objects.select_for_update().get(pk=pk)
        if row.failed_at is None:
            raise CannotRetry
        try:
            inspect.signature(resolve(row.actor)).bind(**sealed.opened(row.kwargs))
        except (TypeError, ImportError):
            raise CannotRetry from None
        row.failed_at, row.sent_at, row.attempts = None, None, 0
        row.due_at = timezone.now()
        row.save(update_fields=["failed_at", "sent_at", "attempts", "due_at"])
        audit.record(action="jobs.retry", instance=row, actor=actor, label=f"{row.actor} #{row.pk}")
    return row


def forget_done(now: dt.datetime | None = None) -> int:
    """Remove rows done longer ago than ``KEPT``; failed ones stay for people to read."""
    limit = (now or timezone.now()) - KEPT
    return OutboxMessage.objects.filter(done_at__lt=limit).delete()[0]


def backlog() -> dict[str, int]:
    """How many jobs wait, are late by a minute, and have failed: for the metrics."""
    open_rows = OutboxMessage.objects.filter(done_at__isnull=True, failed_at__isnull=True)
    late = open_rows.filter(due_at__lt=timezone.now() - RESEND_AFTER)
    return {
        "open": open_rows.count(),
        "late": late.count(),
        "failed": OutboxMessage.objects.filter(failed_at__isnull=False).count(),
    }
