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
from typing import Any

from django.db import transaction

from campus.institutions.scope import administers, is_limited
from campus.people.models import Student
from learning.catalog.errors import CapacityBelowTaken
from learning.catalog.models import Section
from learning.enrollments import checks, rules
from learning.enrollments.announcements import Announcements
from learning.enrollments.errors import (
    AlreadyEnrolled,
    AlreadyRequested,
    EnrollmentNotFound,
    NoSeat,
    RequestNotFound,
    SectionNotFound,
    TransitionRefused,
)
from learning.enrollments.models import Enrollment, EnrollmentRequest
from learning.enrollments.seats import (
    FILL_SEATS,
    ask,
    hand_on,
    lock_section,
    lock_students,
    seat,
    to_waiting_list,
)
from learning.enrollments.standing import standing_in
from learning.enrollments.states import leave, settle, take_seat
from portal.audit import record
from portal.errors import NotAllowed
from portal.jobs.outbox import enqueue
from portal.pagecache import touch

_WaitsFor = EnrollmentRequest.WaitsFor

_Result = Enrollment | EnrollmentRequest

_HOLDING = {Enrollment.State.ACTIVE, Enrollment.State.COMPLETED}


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
        section = lock_section(section_id)
        if is_limited(actor) and administers(actor, student) and student.user_id != actor.pk:
            _require(actor, rules.ROSTER, section)
        if not (section.course.is_published and section.season.is_active):
            raise SectionNotFound
        checks.check_window(section)
        checks.check_price(section)
        [student] = lock_students([student.pk])
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

        announcements = Announcements(guarded=now.has_guardians)
        result: _Result
        if section.needs_approval:
            result = ask(student, section, _WaitsFor.APPROVAL, actor, announcements)
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
            result = ask(student, section, _WaitsFor.SEAT, actor, announcements, place=place)
            if _free(section):  # a seat that nobody took yet is for who waited longest
                enqueue(FILL_SEATS, section_id=section.pk)
        announcements.send()
    return result


def drop(*, enrollment_id: uuid.UUID | str, actor: Any) -> Enrollment:
    """Take a student out of a section; the seat goes to the first who waits, in this transaction.

    A student may until the section's last day for dropping, and so may their guardian; an admin at any
    time. Whoever is concerned and did not do it is told (P10). Raises :class:`EnrollmentNotFound`,
    :class:`NotAllowed`, :class:`DropClosed` and, for one that is not active,
    :class:`TransitionRefused`.
    """
    found = (
        Enrollment.objects.select_related("student__user", "section__course")
        .filter(pk=enrollment_id)
        .first()
    )
    if found is None or not _sees(actor, found):
        raise EnrollmentNotFound
    _require(actor, rules.DROP, found)
    family = actor is not None and actor.has_perm(rules.OWN_OR_CHILD, found)
    if family and not administers(actor, found):
        checks.check_drop(found.section)

    with transaction.atomic():
        section = lock_section(found.section_id)
        # The section's lock covers its enrollments: every writer of them holds it.
        found.refresh_from_db(fields=["state", "completed_at"])
        announcements = Announcements()
        leave(
            found,
            Enrollment.State.DROPPED,
            section=section,
            actor=actor,
            announcements=announcements,
            telling="enrollments.dropped" if family else "enrollments.dropped_by_admin",
        )
        hand_on(section, announcements)
        announcements.send()
    return found


def withdraw(*, request_id: uuid.UUID | str, actor: Any) -> EnrollmentRequest:
    """Take a request back: the student's own, or any by an admin."""
    request = _request(request_id, actor)
    _require(actor, rules.WITHDRAW, request)
    with transaction.atomic():
        section = lock_section(request.section_id)
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
        section = lock_section(request.section_id)
        checks.check_price(section)
        request.refresh_from_db()
        if request.state != EnrollmentRequest.State.PENDING:
            raise TransitionRefused
        [student] = lock_students([request.student_id])
        checks.check_student(student)
        checks.check_prerequisites(student, section)
        checks.check_timetable(student, section)
        request.student = student
        announcements = Announcements()
        queue = EnrollmentRequest.objects.filter(section=section).waiting_for_seat()
        ahead = queue.filter(queue_number__lt=request.queue_number).exists()
        result: _Result
        if _free(section) and not ahead:
            result = seat(request, section, actor, announcements, "enrollments.approved")
        elif request.waits_for == _WaitsFor.SEAT:
            raise NoSeat
        else:
            result = to_waiting_list(request, section, actor, announcements)
            if _free(section):
                enqueue(FILL_SEATS, section_id=section.pk)
        announcements.send()
    return result


def reject(*, request_id: uuid.UUID | str, actor: Any, reason: str = "") -> EnrollmentRequest:
    """Say no to a request, with a reason that the student reads (300 characters at most)."""
    request = _request(request_id, actor)
    _require(actor, rules.DECIDE, request)
    with transaction.atomic():
        section = lock_section(request.section_id)
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
        section = lock_section(section_id)
        _require(actor, rules.SET_CAPACITY, section)
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
        hand_on(section, announcements)
        announcements.send()
    return section


def fill_seats(*, section_id: int) -> int:
    """Give free seats of a section to who waits, in order; how many were given. Safe to run again."""
    with transaction.atomic():
        section = lock_section(section_id)
        announcements = Announcements()
        given = hand_on(section, announcements)
        announcements.send()
    return given


def _require(actor: Any, permission: str, thing: object | None) -> None:
    if actor is not None and not actor.has_perm(permission, thing):
        raise NotAllowed


def _sees(actor: Any, thing: Enrollment | EnrollmentRequest) -> bool:
    return actor is None or actor.has_perm(rules.VIEW, thing)


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
