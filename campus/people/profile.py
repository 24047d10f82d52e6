"""What this app adds to the profile page: the student's part and the staff's (P9)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from campus.accounts.models import User
from campus.accounts.profile import Part, register_part
from campus.people.forms import StaffPartForm, StudentPartForm
from campus.people.models import StaffProfile, Student
from campus.people.queries import staff_of, student_of
from campus.people.services import set_guardians_may_see, update_staff, update_student


def student_facts(student: Student) -> list[tuple[Any, Any]]:
    """What the institution says of a student."""
    return [
        (_("Institution"), student.institution.name),
        (_("Student number"), student.number),
        (_("Department"), student.department.name if student.department else "–"),
        (_("Program"), student.program or "–"),
        (_("Mentor"), student.mentor.name if student.mentor else "–"),
        (_("Admission year"), str(student.admission_year or "–")),
        (_("State"), student.get_state_display()),
    ]


def staff_facts(staff: StaffProfile) -> list[tuple[Any, Any]]:
    """What the institution says of one of its staff."""
    return [
        (_("Institution"), staff.institution.name),
        (_("Employee number"), staff.number or "–"),
        (_("Department"), staff.department.name if staff.department else "–"),
    ]


def save_student(student: Student, data: dict[str, Any], actor: User) -> None:
    """Store the student's part."""
    changes = dict(data)
    if "guardians_may_see" in changes:
        set_guardians_may_see(student=student, value=changes.pop("guardians_may_see"), actor=actor)
    update_student(student=student, changes=changes, actor=actor)


def save_staff(staff: StaffProfile, data: dict[str, Any], actor: User) -> None:
    """Store the staff's part."""
    update_staff(staff=staff, changes=data, actor=actor)


def register() -> None:
    """Add both parts."""
    register_part(
        Part(
            key="student",
            title=_("Student"),
            subject=student_of,
            facts=student_facts,
            form=StudentPartForm,
            save=save_student,
        )
    )
    register_part(
        Part(
            key="staff",
            title=_("Staff"),
            subject=staff_of,
            facts=staff_facts,
            form=StaffPartForm,
            save=save_staff,
        )
    )
