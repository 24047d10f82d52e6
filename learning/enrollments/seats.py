"""Seats and the queue of a section, under its lock: ask, wait, be seated, hand seats on.

What :mod:`learning.enrollments.services` is made of; nothing here opens a transaction of its own.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone

from campus.people.models import Student
from learning.catalog.models import Section
from learning.enrollments import checks
from learning.enrollments.announcements import Announcements
from learning.enrollments.errors import (
    PrerequisitesMissing,
    SectionNotFound,
    StudentNotActive,
    TimetableClash,
)
from learning.enrollments.models import Enrollment, EnrollmentRequest
from learning.enrollments.states import settle, take_seat
from portal.audit import record
from portal.jobs.outbox import enqueue

_WaitsFor = EnrollmentRequest.WaitsFor

_PassedOver = EnrollmentRequest.PassedOver

FILL_SEATS = "learning.enrollments.tasks.fill_seats"


def lock_section(section_id: int) -> Section:
    """The section's row, locked for writers of its seats and its queue, readable for all."""
    found = (
        Section.objects.select_for_update(no_key=True, of=("self",))
        .select_related("course", "season")
        .filter(pk=section_id)
        .first()
    )
    if found is None:
        raise SectionNotFound
    return found


def lock_students(ids: Sequence[uuid.UUID]) -> list[Student]:
    """The students' rows, locked by id in one statement, as they are now."""
    return list(
        Student.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user")
        .filter(pk__in=ids)
        .order_by("pk")
    )


def ask(
    student: Student,
    section: Section,
    waits_for: EnrollmentRequest.WaitsFor,
    actor: Any,
    announcements: Announcements,
    *,
    place: int = 0,
) -> EnrollmentRequest:
    """Store a request with the section's next number, and tell whom it concerns.

    ``place`` is the one on the waiting list that it gets, if it waits for a seat.
    """
    section.last_queue_number += 1
    Section.objects.filter(pk=section.pk).update(last_queue_number=F("last_queue_number") + 1)
    request = EnrollmentRequest.objects.create(
        student=student,
        section=section,
        waits_for=waits_for,
        queue_number=section.last_queue_number,
        asked_by=actor,
    )
    record(
        action="enrollments.request",
        instance=request,
        actor=actor,
        after={"state": str(request.state), "waits_for": str(waits_for)},
        label=request.audit_label,
    )
    if waits_for == _WaitsFor.SEAT:
        _tell_place(request, section, announcements, place)
    else:
        announcements.ask_deciders(request, section)
        announcements.changed(student, section, state="requested", request=request.pk)
    return request


def _tell_place(
    request: EnrollmentRequest, section: Section, announcements: Announcements, place: int
) -> None:
    request.place = place
    announcements.tell_student(request.student, section, "enrollments.waiting", place=place)
    announcements.changed(
        request.student, section, state="waiting", request=request.pk, place=place
    )


def to_waiting_list(
    request: EnrollmentRequest, section: Section, actor: Any, announcements: Announcements
) -> EnrollmentRequest:
    request.waits_for = _WaitsFor.SEAT
    request.decided_by = actor
    request.save(update_fields=["waits_for", "decided_by"])
    record(
        action="enrollments.request_queue",
        instance=request,
        actor=actor,
        before={"waits_for": str(_WaitsFor.APPROVAL)},
        after={"waits_for": str(_WaitsFor.SEAT)},
        label=request.audit_label,
    )
    announcements.close_actions(request.pk)
    until_here = EnrollmentRequest.objects.filter(
        section=section, queue_number__lte=request.queue_number
    )
    _tell_place(request, section, announcements, until_here.waiting_for_seat().count())
    return request


def seat(
    request: EnrollmentRequest,
    section: Section,
    actor: Any,
    announcements: Announcements,
    telling: str,
) -> Enrollment:
    settle(request, EnrollmentRequest.State.APPROVED, actor=actor, announcements=announcements)
    enrollment = Enrollment.objects.filter(student=request.student, section=section).first()
    return take_seat(
        section=section,
        enrollment=enrollment or Enrollment(student=request.student, section=section),
        actor=actor,
        announcements=announcements,
        telling=telling,
    )


def hand_on(section: Section, announcements: Announcements) -> int:
    """Give the free seats to those who wait, by queue number; how many were given.

    Each is checked again (L6). One whom the seat does not suit by now (their hours overlap, they are
    not active) is passed over: they keep their place, are told once why, and the seat goes to the next.
    """
    if section.is_full or not checks.hands_seats_on(section):
        return 0
    queue = EnrollmentRequest.objects.filter(section=section).waiting_for_seat()
    queue = queue.select_related("student__user").order_by("queue_number")
    chosen: list[EnrollmentRequest] = []
    free = section.seats_left
    for request in queue.iterator(chunk_size=50):
        if free is not None and len(chosen) == free:
            break
        if why := _obstacle(request.student, section):
            _pass_over(request, why, section, announcements)
        else:
            chosen.append(request)
    students = {student.pk: student for student in lock_students([r.student_id for r in chosen])}
    given = 0
    for request in chosen:
        request.student = students[request.student_id]
        if why := _obstacle(request.student, section):  # they took another section just now
            _pass_over(request, why, section, announcements)
            enqueue(FILL_SEATS, section_id=section.pk)
            continue
        seat(request, section, None, announcements, "enrollments.promoted")
        given += 1
    return given


def _obstacle(student: Student, section: Section) -> str:
    try:
        checks.check_student(student)
        checks.check_prerequisites(student, section)
        checks.check_timetable(student, section)
    except StudentNotActive:
        return _PassedOver.NOT_ACTIVE
    except PrerequisitesMissing:
        return _PassedOver.PREREQUISITES
    except TimetableClash:
        return _PassedOver.CLASH
    return ""


def _pass_over(
    request: EnrollmentRequest, why: str, section: Section, announcements: Announcements
) -> None:
    if request.passed_over_for == why:
        return
    from_before, request.passed_over_for = request.passed_over_for, why
    EnrollmentRequest.objects.filter(pk=request.pk).update(
        passed_over_for=why, passed_over_at=timezone.now()
    )
    record(
        action="enrollments.request_pass_over",
        instance=request,
        actor=None,
        before={"passed_over_for": from_before},
        after={"passed_over_for": why},
        label=request.audit_label,
    )
    announcements.tell_student(request.student, section, f"enrollments.passed_over_{why}")
