"""What attending an event gives, each kind by its awarder (E7).

The completion of an event (``services/completion.py``) asks every awarder whom it still owes something,
and has it give that in the transaction that writes down what each got. So a kind that begins to give
later, or to somebody who was marked late, is caught up by running the completion again.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Q
from django.utils import timezone

from campus.certificates import services as certificates
from campus.events.models import Attendance, Event, EventRegistration
from campus.events.sessions import zone_of
from campus.points import services as points
from campus.points.models import PointTransaction

Given = dict[uuid.UUID, uuid.UUID]
"""What each got, by registration."""


@dataclass(frozen=True)
class Awarder:
    """One kind of thing that is given.

    ``field`` of ``EventAward`` keeps its id, ``counter`` of ``EventCompletion`` how many were given.
    ``owes`` says to whom of those who attended the event gives it at all (a condition on registrations
    that may use ``days``); None where it gives none. ``give`` gives it to each of some of them, in the
    caller's transaction: to all of them, and to who has it already the same one again.
    """

    field: Literal["certificate_id", "transaction_id"]
    counter: Literal["certificates", "points"]
    owes: Callable[[Event], Q | None]
    give: Callable[[Event, Sequence[EventRegistration], Any], Given]


_awarders: dict[str, Awarder] = {}


def register(awarder: Awarder) -> Awarder:
    """Add a kind of award; its field can be registered once."""
    if _awarders.setdefault(awarder.field, awarder) != awarder:
        raise ValueError(f"{awarder.field} is given by another awarder already.")
    return awarder


def awarders() -> list[Awarder]:
    """All, in the order of their registration."""
    return list(_awarders.values())


def owed_by(awarder: Awarder, event: Event) -> Q | None:
    """Who of the registered still lacks what the awarder gives; None where the event gives none."""
    condition = awarder.owes(event)
    if condition is None:
        return None
    return condition & Q((f"award__{awarder.field}__isnull", True))


# --- points ---------------------------------------------------------------------------------------
def source_of(event: Event) -> str:
    """How points name the event that they are from (A3)."""
    return f"event:{event.pk}"


def _owes_points(event: Event) -> Q | None:
    """Students of the category's institution: another one counts in its own categories."""
    category = event.point_category
    if category is None or not event.points:
        return None
    return Q(student__institution=category.institution_id)


def _give_points(event: Event, rows: Sequence[EventRegistration], actor: Any) -> Given:
    category, number = event.point_category, event.points
    if category is None or number is None:
        return {}
    points.propose(
        proposals=[
            points.Proposal(row.student, category, number, event.title)
            for row in rows
            if row.student is not None
        ],
        source=source_of(event),
        actor=actor,
    )
    stored = dict(
        PointTransaction.objects.filter(
            source=source_of(event), student__in=[row.student_id for row in rows]
        ).values_list("student_id", "pk")
    )
    return {row.pk: stored[row.student_id] for row in rows if row.student_id is not None}


register(Awarder("transaction_id", "points", owes=_owes_points, give=_give_points))


# --- certificates ---------------------------------------------------------------------------------
def needed_days(event: Event) -> int:
    """On how many days one must have been there for a certificate (E12)."""
    return event.certificate_days or 1 if event.takes_daily_attendance else 1


def _owes_certificate(event: Event) -> Q | None:
    """Whoever was there on as many days as it takes (E12), while the template is in use."""
    template = event.certificate_template
    if template is None or not template.is_active:
        return None
    return Q(days__gte=needed_days(event))


def _give_certificates(event: Event, rows: Sequence[EventRegistration], actor: Any) -> Given:
    if event.certificate_template is None:
        return {}
    hours = _hours_attended(event, rows)
    day = timezone.localtime(event.ends, zone_of(event)).date()
    made = certificates.issue(
        template=event.certificate_template,
        awards=[
            certificates.Award(
                title=event.title,
                date=day,
                student=row.student,
                user=None if row.student_id else row.user,
                hours=hours[row.pk],
            )
            for row in rows
        ],
        reason=source_of(event),
        actor=actor,
    )
    return {row.pk: one.pk for row, one in zip(rows, made, strict=True)}


def _hours_attended(
    event: Event, rows: Sequence[EventRegistration]
) -> dict[uuid.UUID, Decimal | None]:
    """Each one's hours: of the days on which they were there, or of the whole event."""
    lasts = {one.pk: _hours(one.ends - one.starts) for one in event.sessions.all()}
    whole = sum(lasts.values(), Decimal())
    if not event.takes_daily_attendance:
        return {row.pk: whole or None for row in rows}
    marks = Attendance.objects.present().filter(registration__in=[row.pk for row in rows])
    found: dict[uuid.UUID, Decimal] = {row.pk: Decimal() for row in rows}
    for registration, session in marks.values_list("registration_id", "session_id"):
        found[registration] += whole if session is None else lasts.get(session, Decimal())
    return {pk: hours or None for pk, hours in found.items()}


def _hours(length: dt.timedelta) -> Decimal:
    return (Decimal(int(length.total_seconds())) / 3600).quantize(Decimal("0.01"))


register(Awarder("certificate_id", "certificates", owes=_owes_certificate, give=_give_certificates))
