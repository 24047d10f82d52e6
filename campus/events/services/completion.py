"""What a completed event leaves: certificates and points for who attended, exactly once (E7, E12).

The job goes through the registered who attended, one transaction for each batch. In it everyone gets a
row of ``EventAward`` together with what the row tells of, so that whoever has one is through. Killed at
any moment, the job comes back and goes on with the rest.
"""

import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from campus.events import rules
from campus.events.errors import EventStateRefused
from campus.events.models import Event, EventAward, EventCompletion, EventRegistration
from campus.events.services.base import lock_event, require
from campus.events.streams import event_stream
from portal.audit import record
from portal.jobs.outbox import enqueue
from portal.realtime.streams import publish

AWARD = "campus.events.tasks.award"
BATCH = 25

Awarder = Callable[[Event, list[EventRegistration], Any], dict[uuid.UUID, uuid.UUID]]
"""Gives something to each of the registered, in the caller's transaction; what each got, by
registration."""


def attendees(event: Event) -> "QuerySet[EventRegistration]":
    """Who was there, each with ``days``, the number of marks that hold; those with a place alone."""
    holds = Q(attendances__is_present=True, attendances__correction__isnull=True)
    return (
        EventRegistration.objects.filter(event=event, state=EventRegistration.State.REGISTERED)
        .annotate(days=Count("attendances", filter=holds, distinct=True))
        .filter(days__gt=0)
    )


def needed_days(event: Event) -> int:
    """On how many days one must have been there for a certificate."""
    return event.certificate_days or 1 if event.takes_daily_attendance else 1


def begin_completion(event: Event, *, actor: Any) -> EventCompletion:
    """Have the background go through who attended; the event's row is locked. Again: those who are new."""
    total = attendees(event).count()
    completion, _made = EventCompletion.objects.update_or_create(
        event=event,
        defaults={
            "state": EventCompletion.State.WAITING,
            "total": total,
            "done": EventAward.objects.filter(registration__event=event).count(),
            "asked_by": actor,
            "ended_at": None,
        },
    )
    enqueue(AWARD, event_id=str(event.pk))
    return completion


def generate(*, event_id: uuid.UUID | str, actor: Any) -> EventCompletion:
    """Award again what is missing for a completed event: who was marked late gets theirs (E7)."""
    with transaction.atomic():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        if event.state != Event.State.COMPLETED:
            raise EventStateRefused(state=str(event.state))
        record(action="events.generate", instance=event, actor=actor)
        return begin_completion(event, actor=actor)


def award_batch(*, event_id: uuid.UUID | str, batch: int = BATCH) -> int:
    """Award the next of those who have nothing yet; how many. None are left where it gives 0.

    The completion's row is locked, so that two workers do not take the same ones.
    """
    with transaction.atomic():
        completion = (
            EventCompletion.objects.select_for_update(of=("self",), no_key=True)
            .select_related("event__club", "asked_by")
            .get(event_id=event_id)
        )
        event = completion.event
        rows = list(
            attendees(event)
            .filter(award__isnull=True)
            .select_related("student__user", "user")
            .order_by("pk")[:batch]
        )
        _award(event, rows, completion)
        completion.done += len(rows)
        completion.total = max(completion.total, completion.done)
        completion.state = EventCompletion.State.RUNNING if rows else EventCompletion.State.DONE
        if not rows:
            completion.ended_at = timezone.now()
        completion.save()
        publish(
            event_stream(event.pk),
            "event.completion_progressed",
            {
                "done": completion.done,
                "total": completion.total,
                "state": str(completion.state),
            },
        )
    return len(rows)


def _award(event: Event, rows: list[EventRegistration], completion: EventCompletion) -> None:
    enough = [row for row in rows if row.days >= needed_days(event)]  # type: ignore[attr-defined]
    certificates = _certificates(event, enough, completion.asked_by)
    points = _points(event, [row for row in rows if row.student_id], completion.asked_by)
    completion.certificates += len(certificates)
    completion.points += len(points)
    EventAward.objects.bulk_create(
        EventAward(
            registration=row,
            days=row.days,  # type: ignore[attr-defined]
            certificate_id=certificates.get(row.pk),
            transaction_id=points.get(row.pk),
        )
        for row in rows
    )


def _nothing(event: Event, rows: list[EventRegistration], actor: Any) -> dict[uuid.UUID, uuid.UUID]:
    """Where an event gives none."""
    return {}


_certificates: Awarder = _nothing
_points: Awarder = _nothing
