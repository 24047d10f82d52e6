"""Enrolling many students at once, for imports: a fixed number of statements for each thousand (L19).

**Locks** are those of :mod:`learning.enrollments.services`, in the same order: :func:`lock` takes all
sections, then all students that a file names, before anything is written. People are told by jobs after
the commit (:func:`tell_enrolled`), so that no stream and no inbox is held while a long file is written.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Case, F, IntegerField, When
from django.utils import timezone

from campus.notifications.models import Notification
from campus.notifications.services import close_actions_of
from campus.people.models import Guardianship, Student
from learning.catalog.models import Section
from learning.enrollments.announcements import Announcements
from learning.enrollments.models import Enrollment, EnrollmentRequest
from learning.enrollments.seating import Seat
from portal.audit import record_many
from portal.jobs.outbox import enqueue_many
from portal.pagecache import touch

TELL = "learning.enrollments.tasks.tell_enrolled"
TOLD_AT_ONCE = 100
TELLING = "enrollments.enrolled"
_ACTIVE, _State = Enrollment.State.ACTIVE, EnrollmentRequest.State


def lock(*, sections: Collection[int], students: Collection[uuid.UUID]) -> None:
    """Hold the rows of all these sections, then of all these students, until the transaction ends.

    Two statements. SQLite needs none: a writing transaction begins with the one lock there is.
    """
    rows: Any
    for rows in (Section.objects.filter(pk__in=sections), Student.objects.filter(pk__in=students)):
        held = rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
        for _pk in held.iterator(chunk_size=2000):
            continue


def enroll_many(seats: Sequence[Seat], *, actor: Any) -> list[Enrollment]:
    """Make every one of ``seats`` an active enrollment, new or come back; logged, counted, told by jobs.

    The caller has judged them (:class:`learning.enrollments.seating.Seating`), holds their locks and is in a
    transaction. An open request of the student is approved by it. Raises ``IntegrityError`` for the one too
    many that the database itself refuses. At most 12 statements.
    """
    if not seats:
        return []
    now = timezone.now()
    new: list[Enrollment] = []
    back: list[Enrollment] = []
    entries: list[tuple[Enrollment, dict[str, Any]]] = []
    for seat in seats:
        row = seat.enrollment or Enrollment(student=seat.student, section=seat.section)
        before = {"state": str(row.state)} if seat.enrollment is not None else {}
        row.student, row.section = seat.student, seat.section
        row.state, row.since = _ACTIVE, now
        days = seat.section.access_days
        row.until = now + dt.timedelta(days=days) if days else None
        (back if before else new).append(row)
        entries.append((row, {"before": before, "after": {"state": str(_ACTIVE)}}))
    Enrollment.objects.bulk_create(new)
    if back:
        Enrollment.objects.bulk_update(back, ["state", "since", "until"])
    _count(seats)
    record_many(action="enrollments.enroll", entries=entries, actor=actor, label=_label)
    _approve([seat.request for seat in seats if seat.request is not None], actor, now)
    ids = [str(row.pk) for row, _told in entries]
    parts = range(0, len(ids), TOLD_AT_ONCE)
    enqueue_many(TELL, [{"enrollments": ids[start : start + TOLD_AT_ONCE]} for start in parts])
    return [row for row, _told in entries]


def _label(thing: Enrollment | EnrollmentRequest) -> str:
    return thing.audit_label


def _count(seats: Sequence[Seat]) -> None:
    """Raise the sections' counters, by one statement, and the objects in hand with them."""
    more = Counter(seat.section.pk for seat in seats)
    sections = {id(seat.section): seat.section for seat in seats}.values()
    raised = [When(pk=pk, then=F("seats_taken") + number) for pk, number in more.items()]
    Section.objects.filter(pk__in=list(more)).update(
        seats_taken=Case(*raised, output_field=IntegerField())
    )
    tags = {f"course:{section.course_id}" for section in sections}
    for section in sections:
        was_full = section.is_full
        section.seats_taken += more[section.pk]
        if section.is_full != was_full:
            tags.add("courses")
    touch(*sorted(tags))


def _approve(requests: Sequence[EnrollmentRequest], actor: Any, now: dt.datetime) -> None:
    """What the students had asked for is settled; nobody's inbox asks about it any more."""
    if not requests:
        return
    for request in requests:
        request.state, request.decided_at = _State.APPROVED, now
        request.decided_by = actor
    EnrollmentRequest.objects.bulk_update(requests, ["state", "decided_at", "decided_by"])
    told = {"before": {"state": str(_State.PENDING)}, "after": {"state": str(_State.APPROVED)}}
    record_many(
        action="enrollments.request_approve",
        entries=[(request, told) for request in requests],
        actor=actor,
        label=_label,
    )
    close_actions_of([str(request.pk) for request in requests])


def tell_enrolled(*, enrollments: Sequence[uuid.UUID | str]) -> int:
    """Tell students and guardians of their seats (P10), in one transaction; how many seats were told of.

    Safe to run again: who has been told since the seat was taken is not told twice.
    """
    with transaction.atomic():
        rows = list(
            Enrollment.objects.active()
            .filter(pk__in=enrollments)
            .select_related("student__user", "section__course")
            .order_by("pk")
        )
        told = _told(rows)
        announcements = Announcements()
        number = 0
        for row in rows:
            student, section = row.student, row.section
            if (student.pk, section.pk) in told:
                continue
            announcements.tell_student(student, section, TELLING)
            announcements.changed(student, section, state="active", enrollment=row.pk)
            number += 1
        announcements.send()
    return number


def _told(rows: Sequence[Enrollment]) -> set[tuple[uuid.UUID, int]]:
    """Students and sections of which somebody was told since the seats were taken: 2 queries.

    A job tells all whom a seat concerns or nobody, so one of them is enough.
    """
    concerned: dict[int, list[Student]] = {}
    students = {row.student_id: row.student for row in rows}
    for student in students.values():
        if student.user_id is not None:
            concerned.setdefault(student.user_id, []).append(student)
    bonds = Guardianship.objects.filter(student__in=students)
    for student_id, guardian_id in bonds.values_list("student_id", "guardian_id"):
        concerned.setdefault(guardian_id, []).append(students[student_id])
    since = min((row.since for row in rows), default=timezone.now())
    said = Notification.objects.filter(
        user__in=concerned, type=TELLING, created_at__gte=since
    ).values_list("user_id", "params")
    return {
        (student.pk, params.get("section_id"))
        for user_id, params in said
        for student in concerned[user_id]
        if params.get("child") == (None if student.user_id == user_id else student.name)
    }
