"""Attendance from uploaded lists: brought as a file, and written many at a time (E5).

**Locks.** The event's row (by the importer), then the registrations', by id.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from campus.events import rules
from campus.events.errors import NotAtThisTime, NotRegistered
from campus.events.models import Attendance, Event, EventRegistration, EventSession
from campus.events.services.base import find_event, require
from campus.events.streams import event_stream
from portal.audit import record_many
from portal.imports import services as imports
from portal.imports.models import Import
from portal.realtime.streams import publish


@dataclass(frozen=True)
class Listed:
    """Somebody on an uploaded list, the day that is meant, and when they are said to have been there."""

    registration: EventRegistration
    session: EventSession | None
    at: dt.datetime


def lock_registrations(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, EventRegistration]:
    """The registrations with these ids, locked in their order; one query."""
    rows = EventRegistration.objects.select_for_update(no_key=True, of=("self",))
    return {row.pk: row for row in rows.filter(pk__in=set(ids)).order_by("pk")}


def marks_of(
    registrations: Iterable[uuid.UUID],
) -> dict[tuple[uuid.UUID, uuid.UUID | None], Attendance]:
    """The mark that holds now, by registration and session; one query."""
    rows = Attendance.objects.filter(registration__in=set(registrations), correction__isnull=True)
    return {(row.registration_id, row.session_id): row for row in rows.order_by("recorded_at")}


def mark_listed(*, event: Event, entries: Sequence[Listed], actor: Any) -> int:
    """Mark those of an uploaded list, in the caller's transaction; who is marked already stays so (E5).

    How many were new: each counts once. A fixed number of statements, however many they are; the
    registrations' rows are locked, by id. Raises :class:`NotRegistered` if one lost the place meanwhile.
    """
    held = lock_registrations(entry.registration.pk for entry in entries)
    if any(row.state != EventRegistration.State.REGISTERED for row in held.values()):
        raise NotRegistered
    last = marks_of(held)
    new: dict[tuple[uuid.UUID, uuid.UUID | None], Attendance] = {}
    for entry in entries:
        key = (entry.registration.pk, entry.session.pk if entry.session else None)
        mark = last.get(key)
        if key in new or (mark is not None and mark.is_present):
            continue
        new[key] = Attendance(
            registration=entry.registration,
            event=event,
            session=entry.session,
            is_present=True,
            method=Attendance.Method.UPLOAD,
            at=entry.at,
            recorded_by=actor,
            corrects=mark,
        )
    rows = Attendance.objects.bulk_create(new.values())
    record_many(
        action="events.mark",
        entries=[
            (row, {"after": {"present": True, "how": str(Attendance.Method.UPLOAD)}})
            for row in rows
        ],
        actor=actor,
        label=lambda row: row.registration.audit_label,
    )
    if rows:
        publish(
            event_stream(event.pk),
            "event.attendance_listed",
            {"count": Attendance.objects.present().filter(event=event).count()},
        )
    return len(rows)


def upload_attendance(
    *, event_id: uuid.UUID | str, file: IO[bytes], name: str, actor: Any
) -> Import:
    """Bring a list (CSV or XLSX) of who was there; it is checked in the background, and written when
    somebody has seen what it would do (``portal.imports``, E5).

    Raises ``EventNotFound``, ``NotAllowed``, :class:`NotAtThisTime` and the importer's ``BadFile``.
    """
    event = find_event(event_id)
    require(actor, rules.CHECK_IN, event)
    require_takeable(event)
    return imports.upload(
        kind="event_attendance", file=file, name=name, actor=actor, subject=event.pk
    )


def require_takeable(event: Event) -> None:
    """Refuse lists of an event that nobody can have been at: a draft, cancelled, or still to come."""
    if not event.takes_lists():
        raise NotAtThisTime(state=str(event.state), starts=event.starts.isoformat())
