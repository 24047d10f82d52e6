"""Who may see, edit and act for a student: the rows of the table that speak of children and mentees."""

from typing import Any

import rules

from campus.accounts.rules import is_mentor, is_parent, is_signed_in, is_student
from campus.institutions.scope import administers
from campus.people import bonds  # noqa: F401 (binds people to institutions)
from campus.people.models import Guardianship, StaffProfile, Student


@rules.predicate
def is_the_student(user: Any, student: Student | None) -> bool:
    """The student's account is the person's; at the door any student passes."""
    if student is None:
        return bool(is_student(user))
    return student.user_id is not None and student.user_id == user.pk


@rules.predicate
def is_guardian(user: Any, student: Student | None) -> bool:
    """Cares for the student, who is open to guardians (P10); at the door any parent passes."""
    if student is None or not is_parent(user):
        return bool(is_parent(user))
    return (
        Guardianship.objects.filter(guardian_id=user.pk, student_id=student.pk).exists()
        and student.is_open_to_guardians
    )


@rules.predicate
def mentors(user: Any, student: Student | None) -> bool:
    """Is the student's mentor; at the door any mentor passes."""
    if student is None or not is_mentor(user):
        return bool(is_mentor(user))
    return student.mentor is not None and student.mentor.user_id == user.pk


@rules.predicate
def is_own_staff_profile(user: Any, staff: StaffProfile | None) -> bool:
    """The profile of a mentor is the person's own; at the door any mentor passes."""
    if staff is None:
        return bool(is_mentor(user))
    return bool(is_mentor(user)) and staff.user_id == user.pk


REPORT = "people.view_activity"
CHILDREN = "people.manage_children"
EDIT_CHILD = "people.edit_child"
INVITE = "people.invite_to_student"
CLAIM = "people.claim_invitation"
VIEW_STUDENTS = "people.view_students"
MANAGE_STUDENTS = "people.manage_students"
MANAGE_STAFF = "people.manage_staff"
MENTEES = "people.view_own_mentees"
VIEW_MENTEES = "people.view_mentees"

rules.add_perm(REPORT, administers)
rules.add_perm(CHILDREN, is_parent)
rules.add_perm(EDIT_CHILD, is_guardian | administers)
rules.add_perm(INVITE, is_guardian | administers)
rules.add_perm(CLAIM, is_signed_in)
# Which students, ``Student.objects.visible_to`` says; whom it leaves out does not exist for the reader.
rules.add_perm(VIEW_STUDENTS, is_signed_in)
rules.add_perm(MANAGE_STUDENTS, administers)
rules.add_perm(MANAGE_STAFF, administers)
rules.add_perm(MENTEES, is_mentor)
rules.add_perm(VIEW_MENTEES, is_own_staff_profile | administers)
