"""Taking attendance: by ticket, by hand, from lists, by the people themselves (E5, E6, E10, E12).

**Locks.** The registration's row alone, so that devices at one door do not wait for each other. Marks are
added and never changed; what marks somebody as present again after a correction names the correction.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from campus.events import door, rules, tickets
from campus.events.errors import NotAtThisTime, NotRegistered, ScanFromFuture
from campus.events.models import (
    Attendance,
    Event,
    EventRegistration,
    EventSession,
    Scan,
)
from campus.events.services.base import find_event, lock_event, require
from campus.events.services.completion import begin_completion
from campus.events.streams import event_stream
from portal.audit import record
from portal.errors import DomainError
from portal.realtime.streams import publish

AHEAD = dt.timedelta(minutes=2)
"""How far a device's clock may be ahead of ours."""
EARLY, LATE = dt.timedelta(hours=3), dt.timedelta(hours=6)
"""How long before the start, and after the end, somebody can still be marked."""
MOST_SCANS = 500


@dataclass(frozen=True)
class CheckIn:
    """What became of one attempt: ``marked``, ``already`` (``at`` is the first time), or ``refused``."""

    outcome: str
    registration: EventRegistration | None = None
    attendance: Attendance | None = None
    code: str = ""
    message: str = ""
    client_id: uuid.UUID | None = None

    @property
    def at(self) -> dt.datetime | None:
        """When the person was first seen."""
        return self.attendance.at if self.attendance is not None else None


@dataclass(frozen=True)
class NewScan:
    """A scan as a device sends it: its own id, the ticket's code, and its own time (E6)."""

    client_id: uuid.UUID
    code: str
    at: dt.datetime


def check_in(*, event_id: uuid.UUID | str, code: str, actor: Any) -> CheckIn:
    """Mark who holds the ticket ``code`` as present now; a second time says when the first was (E5).

    Raises ``EventNotFound``, ``NotAllowed``, what :func:`campus.events.tickets.registration_of` raises,
    and :class:`NotAtThisTime`.
    """
    event = find_event(event_id)
    require(actor, rules.CHECK_IN, event)
    registration = tickets.registration_of(code, event)
    return _mark(event, registration, timezone.now(), Attendance.Method.SCAN, actor)


def check_in_by_hand(
    *, event_id: uuid.UUID | str, registration_id: uuid.UUID | str, actor: Any
) -> CheckIn:
    """Mark somebody who was found by name."""
    event = find_event(event_id)
    require(actor, rules.CHECK_IN, event)
    registration = _registered(event, registration_id)
    return _mark(event, registration, timezone.now(), Attendance.Method.HAND, actor)


def send_scans(*, event_id: uuid.UUID | str, scans: Sequence[NewScan], actor: Any) -> list[CheckIn]:
    """Take the scans of a device that was offline, each with its own time and id (E6).

    Each is its own transaction and has its own answer, in the order given; one that was sent before
    gets the answer that it got then, and counts once. Raises only ``EventNotFound`` and ``NotAllowed``.
    """
    event = find_event(event_id)
    require(actor, rules.CHECK_IN, event)
    done = [_take(event, scan, actor) for scan in scans]
    if any(one.outcome == "marked" for one in done):
        award_late(event.pk, actor=actor)
    return done


def award_late(event_id: uuid.UUID, *, actor: Any) -> None:
    """Who was marked after the completion gets what the others got (E6, E7)."""
    with transaction.atomic():
        event = lock_event(event_id)
        if event.state == Event.State.COMPLETED:
            begin_completion(event, actor=actor)


def _take(event: Event, scan: NewScan, actor: Any) -> CheckIn:
    with transaction.atomic():
        row, made = Scan.objects.get_or_create(
            event=event,
            client_id=scan.client_id,
            defaults={"outcome": Scan.Outcome.REFUSED, "at": scan.at, "scanned_by": actor},
        )
        if not made:
            return _answered(row)
        try:
            # (a refusal undoes what was begun, not the row that remembers it)
            with transaction.atomic():
                registration = tickets.registration_of(scan.code, event)
                done = _mark(event, registration, scan.at, Attendance.Method.SCAN, actor)
        except DomainError as refusal:
            row.code = refusal.code
            row.save(update_fields=["code"])
            return CheckIn(
                "refused", code=refusal.code, message=str(refusal), client_id=scan.client_id
            )
        row.outcome = Scan.Outcome(done.outcome)
        row.registration, row.attendance = done.registration, done.attendance
        row.save(update_fields=["outcome", "registration", "attendance"])
    return CheckIn(done.outcome, done.registration, done.attendance, client_id=scan.client_id)


def _answered(row: Scan) -> CheckIn:
    registration = None
    if row.registration_id is not None:
        registration = EventRegistration.objects.select_related("student", "user").get(
            pk=row.registration_id
        )
    return CheckIn(
        row.outcome, registration, row.attendance, code=row.code, client_id=row.client_id
    )


def self_check_in(*, token: str, device: str, actor: Any) -> CheckIn:
    """Mark the signed-in person, who stands before the code at the door (E10).

    ``token`` is that code, or the pass it was changed for (``door.py``). ``device`` is what the browser
    or app calls itself: a digest of it is kept, and where somebody else used it for this event, the
    organizers are told at once. Raises what ``door.py`` raises, :class:`NotRegistered` and
    :class:`NotAtThisTime`.
    """
    event = find_event(door.admitted_to(token, device))
    registration = (
        EventRegistration.objects.of_person(actor)
        .select_related("student__user", "user")
        .filter(event=event)
        .first()
    )
    if registration is None:
        raise NotRegistered
    return _mark(
        event,
        registration,
        timezone.now(),
        Attendance.Method.SELF,
        actor,
        device=door.device_digest(event.pk, device),
    )


def take_back(*, attendance_id: uuid.UUID | str, actor: Any, reason: str = "") -> Attendance:
    """Correct a mark of presence: a new row says that it does not hold. Again is harmless."""
    found = Attendance.objects.select_related("event__club").filter(pk=attendance_id).first()
    if found is None:
        raise NotRegistered
    require(actor, rules.CHECK_IN, found.event)
    with transaction.atomic():
        registration = _lock(found.registration_id)
        last = _last(registration, found.session_id)
        if last is None or not last.is_present:
            return last or found
        row = _add(
            found.event,
            registration,
            session_id=found.session_id,
            is_present=False,
            method=Attendance.Method.HAND,
            at=timezone.now(),
            actor=actor,
            corrects=last,
            reason=reason[:300],
        )
    return row


def session_at(event: Event, at: dt.datetime) -> EventSession | None:
    """The day to which a mark at that moment counts; None for events that are attended as a whole.

    Raises :class:`NotAtThisTime` where the event, or each of its days, is too far away.
    """
    if not event.takes_daily_attendance:
        if not event.starts - EARLY <= at <= event.ends + LATE:
            raise NotAtThisTime(starts=event.starts.isoformat(), ends=event.ends.isoformat())
        return None
    near = [
        (max(one.starts - at, at - one.ends, dt.timedelta()), one.starts, one)
        for one in event.sessions.all()
        if one.starts - EARLY <= at <= one.ends + LATE
    ]
    if not near:
        raise NotAtThisTime(starts=event.starts.isoformat(), ends=event.ends.isoformat())
    return min(near)[2]


def _mark(
    event: Event,
    registration: EventRegistration,
    at: dt.datetime,
    method: Attendance.Method,
    actor: Any,
    *,
    device: str = "",
) -> CheckIn:
    if at > timezone.now() + AHEAD:
        raise ScanFromFuture
    if event.state in {Event.State.DRAFT, Event.State.CANCELLED}:
        raise NotAtThisTime(state=str(event.state))
    session = session_at(event, at)
    with transaction.atomic():
        held = _lock(registration.pk)
        if held.state != EventRegistration.State.REGISTERED:
            raise NotRegistered
        last = _last(held, session.pk if session else None)
        if last is not None and last.is_present:
            return CheckIn("already", registration, last)
        row = _add(
            event,
            registration,
            session_id=session.pk if session else None,
            is_present=True,
            method=method,
            at=at,
            actor=actor,
            device=device,
            corrects=last,
        )
    return CheckIn("marked", registration, row)


def _add(
    event: Event,
    registration: EventRegistration,
    *,
    session_id: uuid.UUID | None,
    is_present: bool,
    method: Attendance.Method,
    at: dt.datetime,
    actor: Any,
    corrects: Attendance | None,
    device: str = "",
    reason: str = "",
) -> Attendance:
    row = Attendance.objects.create(
        registration=registration,
        event=event,
        session_id=session_id,
        is_present=is_present,
        method=method,
        at=at,
        recorded_by=actor,
        device=device,
        corrects=corrects,
        reason=reason,
    )
    record(
        action="events.mark" if is_present else "events.unmark",
        instance=row,
        actor=actor,
        after={"present": is_present, "how": str(method), **({"reason": reason} if reason else {})},
        label=registration.audit_label,
    )
    payload: dict[str, Any] = {
        "registration": str(registration.pk),
        "name": registration.name,
        "present": is_present,
        "count": present_count(event, session_id),
    }
    if session_id is not None:
        payload["session"] = str(session_id)
    if device and shared_by_others(event, registration, device):
        payload["shared_device"] = True
    publish(event_stream(event.pk), "event.checked_in", payload)
    return row


def present_count(event: Event, session_id: uuid.UUID | None) -> int:
    """How many are there; one query."""
    return Attendance.objects.present().filter(event=event, session=session_id).count()


def shared_by_others(event: Event, registration: EventRegistration, device: str) -> bool:
    """Whether another person checked in with the same device (E10)."""
    rows = Attendance.objects.filter(event=event, device=device)
    return rows.exclude(registration=registration).exists()


def _lock(registration_id: uuid.UUID) -> EventRegistration:
    return EventRegistration.objects.select_for_update(no_key=True, of=("self",)).get(
        pk=registration_id
    )


def _last(registration: EventRegistration, session_id: uuid.UUID | None) -> Attendance | None:
    """The mark that holds now: the one that nothing corrects."""
    return (
        Attendance.objects.filter(
            registration=registration, session=session_id, correction__isnull=True
        )
        .order_by("-recorded_at")
        .first()
    )


def _registered(event: Event, registration_id: uuid.UUID | str) -> EventRegistration:
    found = (
        event.registrations.select_related("student__user", "user")
        .filter(pk=registration_id)
        .first()
    )
    if found is None or found.state != EventRegistration.State.REGISTERED:
        raise NotRegistered
    found.event = event
    return found
