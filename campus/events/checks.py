"""What must hold before somebody registers: the window, the audience."""

import datetime as dt

from django.utils import timezone

from campus.accounts.models import User
from campus.events.errors import (
    EventCancelled,
    NotForYou,
    RegistrationClosed,
    RegistrationNotOpenYet,
    StudentNotActive,
)
from campus.events.models import Event
from campus.people.models import StaffProfile, Student


def check_window(event: Event, now: dt.datetime | None = None) -> None:
    """Refuse an event that takes no registrations now (E4, E13)."""
    now = now or timezone.now()
    if event.state == Event.State.CANCELLED:
        raise EventCancelled
    opens = event.registration_opens
    if opens is not None and now < opens and event.state == Event.State.SCHEDULED:
        raise RegistrationNotOpenYet(opens=opens.isoformat())
    if not event.takes_registrations(now):
        raise RegistrationClosed


def check_audience(
    event: Event,
    student: Student | None,
    user: User | None,
    departments: set[int] | None = None,
) -> None:
    """Refuse who is not meant: other departments or semesters, or no active student.

    Whoever is no student comes to what is for no semester, and for their department if for any.
    ``departments`` are those that the event is for, where the caller has read them already.
    """
    if student is not None and student.state != Student.State.ACTIVE:
        raise StudentNotActive
    if departments is None:
        departments = set(event.audience_departments.values_list("pk", flat=True))
    semesters = set(event.audience_semesters)
    if student is not None:
        semester, department = student.semester, student.department_id
    else:
        semester = None
        staff = StaffProfile.objects.filter(user=user).first() if departments else None
        department = staff.department_id if staff is not None else None
    if departments and department not in departments:
        raise NotForYou
    if semesters and semester not in semesters:
        raise NotForYou
