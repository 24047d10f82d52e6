"""What a completed event leaves: certificates and points for who attended, exactly once (E7, E12).

The job goes through the registered who attended, one transaction for each batch. In it everyone gets a
row of ``EventAward`` together with what the row tells of. Whoever has one that names all that the event
gives (``awards.py``) is through: killed at any moment, the job comes back and goes on with the rest.
"""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from campus.events import awards, rules
from campus.events.errors import EventStateRefused
from campus.events.models import Event, EventAward, EventCompletion, EventRegistration
from campus.events.services.base import lock_event, require
from campus.events.streams import event_stream
from portal.audit import record
from portal.jobs.outbox import enqueue
from portal.realtime.streams import publish

AWARD = "campus.events.tasks.award"
BATCH = 25


def attendees(event: Event) -> "QuerySet[EventRegistration]":
    """Who was there, each with ``days``, the number of marks that hold; those with a place alone."""
    rows = EventRegistration.objects.filter(event=event, state=EventRegistration.State.REGISTERED)
    return with_days(rows).filter(days__gt=0)  # type: ignore[misc]  # (an annotation)


def with_days(rows: "QuerySet[EventRegistration]") -> "QuerySet[EventRegistration]":
    """Each with ``days``: on how many days the person was marked, as far as the marks hold."""
    holds = Q(attendances__is_present=True, attendances__correction__isnull=True)
    return rows.annotate(days=Count("attendances", filter=holds, distinct=True))


def owed(event: Event) -> "QuerySet[EventRegistration]":
    """Those of :func:`attendees` who are not through: without an award, or with a part of it missing."""
    missing = Q(award__isnull=True)
    for awarder in awards.awarders():
        condition = awards.owed_by(awarder, event)
        if condition is not None:
            missing |= condition
    return attendees(event).filter(missing)


def begin_completion(event: Event, *, actor: Any) -> EventCompletion:
    """Have the background go through who attended; the event's row is locked. Again: those who are new."""
    total = attendees(event).count()
    completion, _made = EventCompletion.objects.update_or_create(
        event=event,
        defaults={
            "state": EventCompletion.State.WAITING,
            "total": total,
            "done": total - owed(event).count(),
            "asked_by": actor,
            "ended_at": None,
        },
    )
    enqueue(AWARD, event_id=str(event.pk))
    return completion


def generate(*, event_id: uuid.UUID | str, actor: Any) -> EventCompletion:
    """Award again what is missing for a completed event (E7): who was marked late gets theirs, and
    everyone gets what the event did not give yet when it was completed."""
    with transaction.atomic():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        if event.state != Event.State.COMPLETED:
            raise EventStateRefused(state=str(event.state))
        record(action="events.generate", instance=event, actor=actor)
        return begin_completion(event, actor=actor)


def award_batch(*, event_id: uuid.UUID | str, batch: int = BATCH) -> int:
    """Award the next of those who are not through; how many. None are left where it gives 0.

    The completion's row is locked, so that two workers do not take the same ones.
    """
    with transaction.atomic():
        completion = (
            EventCompletion.objects.select_for_update(of=("self",), no_key=True)
            .select_related(
                "event__club__institution",
                "event__point_category",
                "event__certificate_template",
                "asked_by",
            )
            .get(event_id=event_id)
        )
        event = completion.event
        rows = list(
            owed(event)
            .select_related("student__user", "student__mentor__user", "user", "award")
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
    """Give each what they still lack, and write it down: one statement for each kind, and one more."""
    if not rows:
        return
    earned = {row.pk: getattr(row, "award", None) or EventAward(registration=row) for row in rows}
    for row in rows:
        earned[row.pk].days = row.days  # type: ignore[attr-defined]
    for awarder in awards.awarders():
        condition = awards.owed_by(awarder, event)
        if condition is None:
            continue
        lacking = set(
            attendees(event).filter(condition, pk__in=list(earned)).values_list("pk", flat=True)
        )
        given = awarder.give(event, [row for row in rows if row.pk in lacking], completion.asked_by)
        if set(given) != lacking:
            raise RuntimeError(f"{awarder.field} was not given to all who earned it.")
        for pk, what in given.items():
            setattr(earned[pk], awarder.field, what)
        setattr(completion, awarder.counter, getattr(completion, awarder.counter) + len(given))
    EventAward.objects.bulk_create(
        earned.values(),
        update_conflicts=True,
        unique_fields=["registration"],
        update_fields=["days", "certificate_id", "transaction_id"],
    )
