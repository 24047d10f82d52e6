"""Whom an announcement for a course reaches: its students, those who care for them, and who teaches it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from campus.accounts.models import User
from campus.accounts.rules import is_editor
from campus.announcements import audiences
from campus.institutions.scope import managed
from campus.people.models import StaffProfile, Student
from learning.catalog.models import Course, Section
from learning.enrollments.models import Enrollment

_ACTIVE = Enrollment.State.ACTIVE


class CoursePort:
    """What announcements ask of courses (``campus.announcements.audiences.Port``)."""

    def courses_of(self, user: User) -> Any:
        """Ids of the courses that ``user`` takes, teaches, or has a child in now."""
        students = Student.objects.acted_for_by(user).exclude(state=Student.State.LEFT)
        taken = Enrollment.objects.filter(student__in=students.values("pk"), state=_ACTIVE)
        taught = Section.instructors.through.objects.filter(staffprofile__user_id=user.pk)
        sections = Section.objects.filter(
            Q(pk__in=taken.values("section_id")) | Q(pk__in=taught.values("section_id"))
        )
        return sections.values("course_id")

    def people_of(self, course_id: int) -> Q:
        """The accounts for which :meth:`courses_of` holds this course."""
        taken = Enrollment.objects.filter(section__course_id=course_id, state=_ACTIVE)
        students = Student.objects.filter(pk__in=taken.values("student_id"))
        taught = Section.instructors.through.objects.filter(section__course_id=course_id)
        staff = StaffProfile.objects.filter(pk__in=taught.values("staffprofile_id"))
        return audiences.students_accounts(students.exclude(state=Student.State.LEFT)) | Q(
            pk__in=staff.exclude(user=None).values("user_id")
        )

    def courses_within(self, ids: frozenset[int]) -> Any:
        """The courses of these institutions."""
        return Course.objects.filter(institution__in=ids).values("pk")

    def choices(self, user: User) -> Sequence[tuple[int, str]]:
        """The published courses that an admin or editor may write to, by code."""
        ids = managed(user)
        courses = Course.objects.published()
        if ids:
            courses = courses.filter(institution__in=ids)
        elif ids is not None and not is_editor(user):
            return []
        rows = courses.order_by("code", "pk").values_list("pk", "code", "title")
        return [(pk, f"{code} {title}") for pk, code, title in rows]

    def label(self, course_id: int) -> str:
        """Code and title."""
        found = Course.objects.filter(pk=course_id).values_list("code", "title").first()
        return " ".join(found) if found else ""
