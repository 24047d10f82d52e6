"""Who may enroll, drop, decide and read a roster: the rows of the table in one place."""

from typing import Any

import rules
from django.utils.translation import gettext_lazy as _

from campus.accounts.rules import is_student, is_teacher
from campus.institutions.scope import administers, register_path
from campus.people.models import Student
from campus.people.rules import is_guardian
from learning.catalog.models import Section
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal import scopes

Owned = Student | Enrollment | EnrollmentRequest
OfSection = Section | Enrollment | EnrollmentRequest


@rules.predicate
def is_own(user: Any, thing: Owned | None) -> bool:
    """The student is the person; at the door, where there is no student yet, any student passes."""
    if thing is None:
        return bool(is_student(user))
    student = thing if isinstance(thing, Student) else thing.student
    return student.user_id is not None and student.user_id == user.pk


@rules.predicate
def is_childs(user: Any, thing: Owned | None) -> bool:
    """The student is a child of the person (P10); at the door any parent passes."""
    if thing is None:
        return bool(is_guardian(user, None))
    return bool(is_guardian(user, thing if isinstance(thing, Student) else thing.student))


@rules.predicate
def teaches(user: Any, thing: OfSection | None) -> bool:
    """Is an instructor of the section; at the door any teacher passes."""
    if thing is None:
        return bool(is_teacher(user))
    section_id = thing.pk if isinstance(thing, Section) else thing.section_id
    return bool(
        is_teacher(user)
        and Section.instructors.through.objects.filter(
            section_id=section_id, staffprofile__user_id=user.pk
        ).exists()
    )


ENROLL = "enrollments.enroll_student"
DROP = "enrollments.drop_student"
WITHDRAW = "enrollments.withdraw_own_request"
DECIDE = "enrollments.decide_request"
ROSTER = "enrollments.view_roster"
VIEW = "enrollments.view_own_or_taught"
SET_CAPACITY = "enrollments.set_capacity"
IMPORT = "enrollments.import_enrollments"
OWN_OR_CHILD = "enrollments.act_for_student"

rules.add_perm(OWN_OR_CHILD, is_own | is_childs)
rules.add_perm(ENROLL, is_own | is_childs | administers)
rules.add_perm(DROP, is_own | is_childs | administers)
rules.add_perm(WITHDRAW, is_own | is_childs | administers)
READ_SCOPE = scopes.register(
    "enrollments:read", _("See the enrollments and requests that you may see")
)

rules.add_perm(DECIDE, administers | teaches)
rules.add_perm(ROSTER, administers | teaches)
rules.add_perm(VIEW, is_own | is_childs | administers | teaches)
rules.add_perm(SET_CAPACITY, administers)
rules.add_perm(IMPORT, administers)

register_path(Enrollment, "section__course__institution")
register_path(EnrollmentRequest, "section__course__institution")
