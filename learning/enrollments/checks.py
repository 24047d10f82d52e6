"""What must hold before a student takes a section: windows, prerequisites, hours (L6, L18)."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from campus.people.models import Student
from learning.catalog.models import Course, Meeting, Section
from learning.enrollments.errors import (
    DropClosed,
    EnrollmentClosed,
    EnrollmentNotOpenYet,
    PaymentRequired,
    PrerequisitesMissing,
    SectionCancelled,
    StudentNotActive,
    TimetableClash,
)
from learning.enrollments.models import Enrollment


def check_window(section: Section, *, day: dt.date | None = None) -> None:
    """Refuse a section that takes no enrollments on ``day`` (today in the portal's timezone)."""
    day = day or timezone.localdate()
    if section.is_cancelled:
        raise SectionCancelled
    if section.enrollment_opens and day < section.enrollment_opens:
        raise EnrollmentNotOpenYet(opens=section.enrollment_opens.isoformat())
    if not section.takes_enrollments(day):
        raise EnrollmentClosed


def check_price(section: Section) -> None:
    """Refuse a priced section: its seats are given by a captured payment alone (L5)."""
    if section.price > 0:
        raise PaymentRequired(amount=str(section.price), currency=section.currency)


def check_student(student: Student) -> None:
    """Refuse a student who is not active."""
    if student.state != Student.State.ACTIVE:
        raise StudentNotActive


def may_still_drop(section: Section, *, day: dt.date | None = None) -> bool:
    """Whether a student may leave the section by themselves on ``day`` (L18)."""
    day = day or timezone.localdate()
    return (section.drop_until is None or day <= section.drop_until) and (
        section.ends is None or day <= section.ends
    )


def check_drop(section: Section) -> None:
    """Refuse a drop after the last day for it."""
    if not may_still_drop(section):
        raise DropClosed(until=section.drop_until.isoformat() if section.drop_until else None)


def hands_seats_on(section: Section) -> bool:
    """Whether a seat that comes free goes to who waits.

    They asked while enrollment was open, so its end does not end their turn; but nobody is put where
    they could not get out again, into a section that is cancelled, or over.
    """
    return not section.is_cancelled and section.price == 0 and may_still_drop(section)


def missing_prerequisites(student: Student, course_id: int) -> list[Course]:
    """The courses that must be completed first and are not, by one query (L6)."""
    completed = Enrollment.objects.filter(
        student=student, state=Enrollment.State.COMPLETED, section__course=OuterRef("pk")
    )
    return list(
        Course.objects.filter(required_by=course_id).exclude(Exists(completed)).order_by("code")
    )


def check_prerequisites(student: Student, section: Section) -> None:
    """Refuse where a prerequisite is missing, and name it (L6)."""
    if missing := missing_prerequisites(student, section.course_id):
        raise PrerequisitesMissing(
            _("Complete first: %(courses)s.") % {"courses": ", ".join(map(str, missing))},
            courses=[
                {"id": course.pk, "code": course.code, "title": course.title} for course in missing
            ],
        )


def _runs_beside(section: Section) -> Q:
    """Meetings of sections whose dates overlap with those of ``section`` (else the season's)."""
    starts = section.starts or section.season.starts
    ends = section.ends or section.season.ends
    return Q(from_day__lte=ends, to_day__gte=starts)


def clashing_meetings(student: Student, section: Section) -> "QuerySet[Meeting]":
    """Meetings of the student's active sections that overlap with a meeting of ``section``.

    Hours that touch (one ends at 10:00, one starts at 10:00) do not overlap.
    """
    same_hour = Meeting.objects.filter(
        section=section,
        weekday=OuterRef("weekday"),
        starts__lt=OuterRef("ends"),
        ends__gt=OuterRef("starts"),
    )
    taken = Enrollment.objects.active().filter(student=student).exclude(section=section)
    return (
        Meeting.objects.filter(Exists(same_hour), section__in=taken.values("section_id"))
        .annotate(
            from_day=Coalesce(
                F("section__starts"), F("section__season__starts"), output_field=DateField()
            ),
            to_day=Coalesce(
                F("section__ends"), F("section__season__ends"), output_field=DateField()
            ),
        )
        .filter(_runs_beside(section))
        .select_related("section__course")
        .order_by("weekday", "starts", "pk")
    )


def check_timetable(student: Student, section: Section) -> None:
    """Refuse where weekly hours overlap with an active section, and name it (L6); one query."""
    clashes = list(clashing_meetings(student, section))
    if clashes:
        raise TimetableClash(
            _("The hours overlap with %(sections)s.") % {"sections": _in_words(clashes)},
            sections=[
                {
                    "id": meeting.section_id,
                    "section": str(meeting.section),
                    "course": meeting.section.course.title,
                    "weekday": meeting.weekday,
                    "starts": meeting.starts.isoformat("minutes"),
                    "ends": meeting.ends.isoformat("minutes"),
                }
                for meeting in clashes
            ],
        )


def _in_words(meetings: Sequence[Meeting]) -> str:
    return ", ".join(f"{meeting.section} ({meeting})" for meeting in meetings)
