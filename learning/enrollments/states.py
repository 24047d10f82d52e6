"""States move here and nowhere else: one function moves, counts the seat, logs and announces."""

import datetime as dt
from typing import Any

from django.db.models import F
from django.utils import timezone

from learning.catalog.models import Section
from learning.enrollments.announcements import Announcements
from learning.enrollments.errors import TransitionRefused
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.audit import record
from portal.pagecache import touch

_ACTIVE = Enrollment.State.ACTIVE
_LEAVING = {
    Enrollment.State.DROPPED: "enrollments.drop",
    Enrollment.State.COMPLETED: "enrollments.complete",
    Enrollment.State.REFUNDED: "enrollments.refund",
    Enrollment.State.EXPIRED: "enrollments.expire",
}


def take_seat(
    *,
    section: Section,
    enrollment: Enrollment,
    actor: Any,
    announcements: Announcements,
    telling: str,
) -> Enrollment:
    """Make an enrollment active, new or come back, and count its seat.

    The section's row must be locked and have a free seat: the database refuses the one too many.
    ``telling`` is the type of the notification that the student gets.
    """
    now = timezone.now()
    before = None if enrollment._state.adding else enrollment.state
    if before is not None and _ACTIVE not in Enrollment.TRANSITIONS[Enrollment.State(before)]:
        raise TransitionRefused
    enrollment.state = _ACTIVE
    enrollment.since = now
    enrollment.until = now + dt.timedelta(days=section.access_days) if section.access_days else None
    enrollment.save(force_insert=before is None)
    _count(section, +1)
    record(
        action="enrollments.enroll",
        instance=enrollment,
        actor=actor,
        before={"state": before} if before else None,
        after={"state": str(_ACTIVE)},
        label=enrollment.audit_label,
    )
    announcements.tell_student(enrollment.student, section, telling)
    announcements.changed(enrollment.student, section, state="active", enrollment=enrollment.pk)
    return enrollment


def leave(
    enrollment: Enrollment,
    to: Enrollment.State,
    *,
    section: Section,
    actor: Any,
    announcements: Announcements,
    telling: str = "",
) -> None:
    """Move an enrollment out of ``active`` and give its seat back; the section's row is locked."""
    before = Enrollment.State(enrollment.state)
    if to not in Enrollment.TRANSITIONS[before]:
        raise TransitionRefused
    enrollment.state = to
    if to == Enrollment.State.COMPLETED:
        enrollment.completed_at = timezone.now()
    enrollment.save(update_fields=["state", "completed_at"])
    _count(section, -1)
    record(
        action=_LEAVING[to],
        instance=enrollment,
        actor=actor,
        before={"state": str(before)},
        after={"state": str(to)},
        label=enrollment.audit_label,
    )
    if telling:
        announcements.tell_student(enrollment.student, section, telling, except_for=actor)
    announcements.changed(enrollment.student, section, state=str(to), enrollment=enrollment.pk)


def settle(
    request: EnrollmentRequest,
    to: EnrollmentRequest.State,
    *,
    actor: Any,
    announcements: Announcements,
    reason: str = "",
) -> None:
    """Move a request out of ``pending``; nobody's inbox asks about it any more."""
    before = EnrollmentRequest.State(request.state)
    if to not in EnrollmentRequest.TRANSITIONS[before]:
        raise TransitionRefused
    request.state = to
    request.reason = reason
    request.decided_by = actor or request.decided_by
    request.decided_at = timezone.now()
    request.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    record(
        action={
            EnrollmentRequest.State.APPROVED: "enrollments.request_approve",
            EnrollmentRequest.State.REJECTED: "enrollments.request_reject",
            EnrollmentRequest.State.WITHDRAWN: "enrollments.request_withdraw",
        }[to],
        instance=request,
        actor=actor,
        before={"state": str(before)},
        after={"state": str(to), **({"reason": reason} if reason else {})},
        label=request.audit_label,
    )
    announcements.close_actions(request.pk)


def _count(section: Section, by: int) -> None:
    """Keep the row's counter and the object in hand at one number."""
    Section.objects.filter(pk=section.pk).update(seats_taken=F("seats_taken") + by)
    was_full = section.is_full
    section.seats_taken += by
    touch(f"course:{section.course_id}", *(["courses"] if section.is_full != was_full else []))
