"""Every write of enrollments: enroll, drop, withdraw, decide, hand seats on.

**Locks.** Each operation locks one section's row, as late as it can, then the rows of the students it
seats, then writes; live streams come last, in the order of people. The order is always *section,
students, notifications, streams*. The section's lock guards its seats and its queue (L4); the student's
lock guards their week, so that two sections whose hours overlap, asked for at the same moment, are not
both given (L6). What others may change is read inside the locks, by statements of its own: PostgreSQL
reads subqueries of a ``SELECT … FOR UPDATE`` as of before the wait. On SQLite a writing transaction
begins with the one lock there is.

In a rush all wait for one row, so :func:`enroll` asks little while it holds it: the two locks, one
statement for all that it must know (:mod:`learning.enrollments.standing`), and its writes.

Where one operation seats several students it takes their locks in one statement, by id; whoever could
not be seated after all leaves a seat to the job ``fill_seats``, never to a second round of locks.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from campus.accounts.rules import is_admin
from campus.people.models import Student
from learning.catalog.models import Section
from learning.enrollments import checks, rules
from learning.enrollments.announcements import Announcements
from learning.enrollments.errors import (
    AlreadyEnrolled,
    AlreadyRequested,
    CapacityBelowTaken,
    EnrollmentNotFound,
    NoSeat,
    PrerequisitesMissing,
    RequestNotFound,
    SectionNotFound,
    StudentNotActive,
    TimetableClash,
    TransitionRefused,
)
from learning.enrollments.models import Enrollment, EnrollmentRequest
from learning.enrollments.standing import standing_in
from learning.enrollments.states import leave, settle, take_seat
from portal.audit import record
from portal.errors import NotAllowed
from portal.jobs.outbox import enqueue
from portal.pagecache import touch

_WaitsFor = EnrollmentRequest.WaitsFor
_PassedOver = EnrollmentRequest.PassedOver
_Result = Enrollment | EnrollmentRequest


def enroll(*, student: Student, section_id: int, actor: Any) -> _Result:
    """Give ``student`` a seat; where there is none, or approval is needed, a request in its order.

    Returns the active :class:`Enrollment`, or the pending :class:`EnrollmentRequest` (L4, L5). A student
    who dropped the section comes back on the same row. ``actor`` is who asks (None: the system itself).

    Raises :class:`NotAllowed` for another's student, :class:`SectionNotFound`, what
    :mod:`learning.enrollments.checks` refuses (window, price, prerequisites, timetable),
    :class:`AlreadyEnrolled` and :class:`AlreadyRequested`.
    """
    _require(actor, rules.ENROLL, student)
    with transaction.atomic():
        section = _locked(section_id)
        if not (section.course.is_published and section.season.is_active):
            raise SectionNotFound
        checks.check_window(section)
        checks.check_price(section)
        [student] = _lock_students([student.pk])
        checks.check_student(student)
        now = standing_in(section, student)
        if now.state in _HOLDING:
            raise AlreadyEnrolled
        if now.has_request:
            raise AlreadyRequested
        if now.lacks_prerequisites:
            checks.check_prerequisites(student, section)
        if now.clashes:
            checks.check_timetable(student, section)

        announcements = Announcements()
        result: _Result
        if section.needs_approval:
            result = _ask(student, section, _WaitsFor.APPROVAL, actor, announcements)
        elif _free(section) and not (now.waiting and checks.hands_seats_on(section)):
            result = take_seat(
                section=section,
                enrollment=_enrollment(student, section, again=bool(now.state)),
                actor=actor,
                announcements=announcements,
                telling="enrollments.enrolled",
            )
        else:
            place = now.waiting + 1
            result = _ask(student, section, _WaitsFor.SEAT, actor, announcements, place=place)
            if _free(section):  # a seat that nobody took yet is for who waited longest
                enqueue(FILL_SEATS, section_id=section.pk)
        announcements.send()
    return result


def drop(*, enrollment_id: uuid.UUID | str, actor: Any) -> Enrollment:
    """Take a student out of a section; the seat goes to the first who waits, in this transaction.

    A student may until the section's last day for dropping; an admin at any time, and then the student
    is told who did it. Raises :class:`EnrollmentNotFound`, :class:`NotAllowed`, :class:`DropClosed` and,
    for one that is not active, :class:`TransitionRefused`.
    """
    found = (
        Enrollment.objects.select_related("student__user", "section__course")
        .filter(pk=enrollment_id)
        .first()
    )
    if found is None or not _sees(actor, found):
        raise EnrollmentNotFound
    _require(actor, rules.DROP, found)
    own = actor is not None and found.student.user_id == actor.pk
    if own and not is_admin(actor):
        checks.check_drop(found.section)

    with transaction.atomic():
        section = _locked(found.section_id)
        # The section's lock covers its enrollments: every writer of them holds it.
        found.refresh_from_db(fields=["state", "completed_at"])
        announcements = Announcements()
        leave(
            found,
            Enrollment.State.DROPPED,
            section=section,
            actor=actor,
            announcements=announcements,
            telling="" if own else "enrollments.dropped_by_admin",
        )
        _hand_on(section, announcements)
        announcements.send()
    return found


def withdraw(*, request_id: uuid.UUID | str, actor: Any) -> EnrollmentRequest:
    """Take a request back: the student's own, or any by an admin."""
    request = _request(request_id, actor)
    _require(actor, rules.WITHDRAW, request)
    with transaction.atomic():
        section = _locked(request.section_id)
        announcements = Announcements()
        _settle_locked(
            request, EnrollmentRequest.State.WITHDRAWN, actor=actor, announcements=announcements
        )
        announcements.changed(request.student, section, state="withdrawn", request=request.pk)
        announcements.send()
    return request


def approve(*, request_id: uuid.UUID | str, actor: Any) -> _Result:
    """Say yes to a request: a seat at once, or a place on the waiting list by its own number (L5).

    For one that waits for a seat alone this gives the seat if it is free and the request is first.
    Raises :class:`RequestNotFound`, :class:`NotAllowed`, :class:`TransitionRefused` (decided already),
    :class:`NoSeat`, and what the student's week or prerequisites refuse by now (L6).
    """
    request = _request(request_id, actor)
    _require(actor, rules.DECIDE, request)
    with transaction.atomic():
        section = _locked(request.section_id)
        checks.check_price(section)
        request.refresh_from_db()
        if request.state != EnrollmentRequest.State.PENDING:
            raise TransitionRefused
        [student] = _lock_students([request.student_id])
        checks.check_student(student)
        checks.check_prerequisites(student, section)
        checks.check_timetable(student, section)
        request.student = student
        announcements = Announcements()
        queue = EnrollmentRequest.objects.filter(section=section).waiting_for_seat()
        ahead = queue.filter(queue_number__lt=request.queue_number).exists()
        result: _Result
        if _free(section) and not ahead:
            result = _seat(request, section, actor, announcements, "enrollments.approved")
        elif request.waits_for == _WaitsFor.SEAT:
            raise NoSeat
        else:
            result = _to_waiting_list(request, section, actor, announcements)
            if _free(section):
                enqueue(FILL_SEATS, section_id=section.pk)
        announcements.send()
    return result


def reject(*, request_id: uuid.UUID | str, actor: Any, reason: str = "") -> EnrollmentRequest:
    """Say no to a request, with a reason that the student reads (300 characters at most)."""
    request = _request(request_id, actor)
    _require(actor, rules.DECIDE, request)
    with transaction.atomic():
        section = _locked(request.section_id)
        announcements = Announcements()
        _settle_locked(
            request,
            EnrollmentRequest.State.REJECTED,
            actor=actor,
            announcements=announcements,
            reason=reason[:300],
        )
        announcements.tell_student(
            request.student, section, "enrollments.rejected", reason=reason[:300] or "–"
        )
        announcements.changed(request.student, section, state="rejected", request=request.pk)
        announcements.send()
    return request


def set_capacity(*, section_id: int, capacity: int | None, actor: Any) -> Section:
    """Change how many a section takes (None: no limit); new seats go to who waits, in order (L4).

    Raises :class:`CapacityBelowTaken` for fewer than are enrolled.
    """
    _require(actor, rules.SET_CAPACITY, None)
    with transaction.atomic():
        section = _locked(section_id)
        if capacity is not None and capacity < section.seats_taken:
            raise CapacityBelowTaken(param="capacity", taken=section.seats_taken)
        before, section.capacity = section.capacity, capacity
        Section.objects.filter(pk=section.pk).update(capacity=capacity)
        touch("courses", f"course:{section.course_id}")
        record(
            action="enrollments.capacity",
            instance=section,
            actor=actor,
            before={"capacity": before},
            after={"capacity": capacity},
        )
        announcements = Announcements()
        _hand_on(section, announcements)
        announcements.send()
    return section


def fill_seats(*, section_id: int) -> int:
    """Give free seats of a section to who waits, in order; how many were given. Safe to run again."""
    with transaction.atomic():
        section = _locked(section_id)
        announcements = Announcements()
        given = _hand_on(section, announcements)
        announcements.send()
    return given


FILL_SEATS = "learning.enrollments.tasks.fill_seats"
_HOLDING = {Enrollment.State.ACTIVE, Enrollment.State.COMPLETED}


# --- reading and locking ------------------------------------------------------------------------
def _require(actor: Any, permission: str, thing: object | None) -> None:
    if actor is not None and not actor.has_perm(permission, thing):
        raise NotAllowed


def _sees(actor: Any, thing: Enrollment | EnrollmentRequest) -> bool:
    return actor is None or actor.has_perm(rules.VIEW, thing)


def _locked(section_id: int) -> Section:
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


def _lock_students(ids: Sequence[uuid.UUID]) -> list[Student]:
    """The students' rows, locked by id in one statement, as they are now."""
    return list(
        Student.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user")
        .filter(pk__in=ids)
        .order_by("pk")
    )


def _enrollment(student: Student, section: Section, *, again: bool) -> Enrollment:
    """The student's one row for the section (L4): the one there is if they come back, else a new one."""
    if again:
        return Enrollment.objects.get(student=student, section=section)
    return Enrollment(student=student, section=section)


def _request(request_id: uuid.UUID | str, actor: Any) -> EnrollmentRequest:
    found = (
        EnrollmentRequest.objects.select_related("student__user", "section__course")
        .filter(pk=request_id)
        .first()
    )
    if found is None or not _sees(actor, found):
        raise RequestNotFound
    return found


def _settle_locked(request: EnrollmentRequest, to: EnrollmentRequest.State, **rest: Any) -> None:
    """Settle by the state that the row has now, under the section's lock."""
    request.refresh_from_db(fields=["state", "waits_for", "decided_by"])
    settle(request, to, **rest)


def _free(section: Section) -> bool:
    return not section.is_full


# --- requests and seats, under the section's lock -----------------------------------------------
def _ask(
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


def _to_waiting_list(
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


def _seat(
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


def _hand_on(section: Section, announcements: Announcements) -> int:
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
    students = {student.pk: student for student in _lock_students([r.student_id for r in chosen])}
    given = 0
    for request in chosen:
        request.student = students[request.student_id]
        if why := _obstacle(request.student, section):  # they took another section just now
            _pass_over(request, why, section, announcements)
            enqueue(FILL_SEATS, section_id=section.pk)
            continue
        _seat(request, section, None, announcements, "enrollments.promoted")
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
