"""Reads of enrollments that span models: what a student has, their week, a section's roster."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from campus.accounts.administering import shown_rights
from campus.people.models import Student
from learning.catalog.models import Course, Meeting, Section, Weekday
from learning.enrollments.models import Enrollment, EnrollmentRequest
from learning.enrollments.standings import family_standings_of, standings_of
from portal.roles import Role


@dataclass(frozen=True)
class Day:
    """One day of a week and the hours taught on it, in their order."""

    weekday: int
    label: Any
    is_today: bool
    meetings: list[Meeting] = field(default_factory=list)


def learners_of(user: Any) -> list[Student]:
    """For whom ``user`` may choose a section on a page: themselves, then their children by name (P10).

    Empty for who cares for nobody: a student alone has nothing to choose. One query for a parent, none
    for others (their roles as they are remembered; the services that act for a child ask anew).
    """
    if Role.PARENT not in shown_rights(user).roles:
        return []
    found = list(
        Student.objects.acted_for_by(user).select_related("institution").order_by("name", "pk")
    )
    found.sort(key=lambda student: student.user_id != user.pk)
    return [] if [student.user_id for student in found] == [user.pk] else found


def waiting_counts_of(section_ids: Iterable[int]) -> dict[int, int]:
    """How many wait for a seat, by section; one query, none where no section is given."""
    ids = list(section_ids)
    if not ids:
        return {}
    waiting = EnrollmentRequest.objects.waiting_for_seat().filter(section_id__in=ids)
    return dict(waiting.order_by().values_list("section_id").annotate(Count("pk")))


def on_course_page(course: Course, sections: list[Section], user: Any) -> dict[str, Any]:
    """What enrolling adds to a course's page, by section: the reader's ``standings``, for a parent
    those of their ``learners`` (``family``), and who waits."""
    ids = [section.pk for section in sections]
    learners = learners_of(user)
    return {
        "learners": learners,
        "family": family_standings_of(learners, ids) if learners else {},
        "standings": {} if learners else standings_of(user, ids),
        "waiting_counts": waiting_counts_of(s.pk for s in sections if s.is_full),
    }


def opens_contents(user: Any, course_id: int) -> bool:
    """Whether the user holds a seat in the course, or has completed it, and access has not ended (L2)."""
    states = (Enrollment.State.ACTIVE, Enrollment.State.COMPLETED)
    return bool(
        user.is_authenticated
        and Enrollment.objects.filter(
            Q(until__isnull=True) | Q(until__gt=timezone.now()),
            _own_or_childs(user),
            section__course_id=course_id,
            state__in=states,
        ).exists()
    )


def _own_or_childs(user: Any) -> Q:
    """The student is ``user``, or a child of theirs (roles.md: content of a course)."""
    own = Q(student__user_id=user.pk)
    if not user.is_authenticated or not user.has_role(Role.PARENT):
        return own
    return own | Q(student__in=Student.objects.cared_for_by(user).values("pk"))


def enrollments_of(student: Student) -> "QuerySet[Enrollment]":
    """The student's active enrollments with all that a list shows: four queries."""
    return (
        Enrollment.objects.active()
        .filter(student=student)
        .select_related("section__course", "section__season")
        .prefetch_related("section__instructors", "section__meetings__hall__building")
        .order_by("section__course__code", "section__code", "pk")
    )


def requests_of(student: Student) -> "QuerySet[EnrollmentRequest]":
    """The student's open requests with their place on the waiting list: one query."""
    return (
        EnrollmentRequest.objects.pending()
        .with_place()
        .filter(student=student)
        .select_related("section__course", "section__season")
        .order_by("created_at", "pk")
    )


def today() -> int:
    """Today's weekday as the portal counts (Saturday is 0), in its timezone."""
    return (timezone.localdate().weekday() + 2) % 7


def week_of(student: Student) -> list[Day]:
    """The seven days from Saturday on, with the hours of the student's active sections: two queries.

    Sections that are over are left out; one that starts later shows, so that its hours are known.
    """
    day = timezone.localdate()
    taken = Enrollment.objects.active().filter(student=student).values("section_id")
    meetings = (
        Meeting.objects.filter(section__in=taken, section__is_cancelled=False)
        .filter(
            Q(section__ends__gte=day)
            | Q(section__ends__isnull=True, section__season__ends__gte=day)
        )
        .select_related("section__course", "hall__building")
        .order_by("weekday", "starts", "pk")
    )
    return _by_day(meetings)


def _by_day(meetings: Iterable[Meeting]) -> list[Day]:
    now = today()
    week = [Day(day.value, day.label, day.value == now) for day in Weekday]
    for meeting in meetings:
        week[meeting.weekday].meetings.append(meeting)
    return week


def dashboard_of(student: Student) -> dict[str, Any]:
    """What a student's dashboard shows: ``enrollments``, ``requests``, ``week`` and ``today``.

    At most seven queries, whatever the number of sections.
    """
    week = week_of(student)
    return {
        "enrollments": list(enrollments_of(student)),
        "requests": list(requests_of(student)),
        "week": week,
        "today": next(day for day in week if day.is_today),
    }


def teaching_of(user: Any) -> dict[str, Any]:
    """What an instructor's dashboard shows: ``sections`` that are not over, each with its counts, the
    ``requests`` that wait for a decision (50 at most), and the ``week``. At most six queries."""
    day = timezone.localdate()
    sections = list(
        Section.objects.filter(instructors__user=user, season__is_active=True)
        .filter(Q(ends__isnull=True) | Q(ends__gte=day))
        .select_related("course", "season")
        .prefetch_related("meetings__hall__building")
        .order_by("course__code", "code", "pk")
    )
    requests = (
        EnrollmentRequest.objects.pending()
        .filter(section__in=[section.pk for section in sections])
        .filter(waits_for=EnrollmentRequest.WaitsFor.APPROVAL)
        .select_related("student", "section__course")
        .order_by("created_at", "pk")[:50]
    )
    meetings = []
    for section in sections:
        for meeting in section.meetings.all():
            meeting.section = section
            meetings.append(meeting)
    meetings.sort(key=lambda meeting: (meeting.starts, meeting.pk))
    return {"sections": sections, "requests": list(requests), "week": _by_day(meetings)}


def roster_of(section: Section) -> "QuerySet[Enrollment]":
    """Who is in a section, by name; one query."""
    return (
        Enrollment.objects.active()
        .filter(section=section)
        .select_related("student__user", "student__department")
        .order_by("student__name", "pk")
    )


def waiting_of(section: Section) -> "QuerySet[EnrollmentRequest]":
    """Who waits for a seat or a decision in a section, in order; one query."""
    return (
        EnrollmentRequest.objects.pending()
        .with_place()
        .filter(section=section)
        .select_related("student__user", "section__course")
        .order_by("queue_number")
    )


def has_access(user: Any, course_id: int, *, at: dt.datetime | None = None) -> bool:
    """Whether ``user`` is enrolled in the course now and not expired (L2); one query."""
    at = at or timezone.now()
    return (
        Enrollment.objects.filter(_own_or_childs(user), section__course_id=course_id)
        .filter(state__in=[Enrollment.State.ACTIVE, Enrollment.State.COMPLETED])
        .filter(Q(until__isnull=True) | Q(until__gt=at))
        .exists()
    )


def taught_students(user: Any) -> Q | None:
    """Whom a teacher sees: those who hold a seat in a section of theirs, or held one to its end."""
    if not user.has_role(Role.TEACHER):
        return None
    taught = Section.instructors.through.objects.filter(staffprofile__user_id=user.pk)
    seated = Enrollment.objects.filter(
        section_id__in=taught.values("section_id"),
        state__in=[Enrollment.State.ACTIVE, Enrollment.State.COMPLETED],
    )
    return Q(pk__in=seated.values("student_id"))
