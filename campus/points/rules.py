"""Who sees, asks for and decides points: the rows of the table in one place."""

from typing import Any

import rules

from campus.institutions.scope import administers
from campus.people import rules as people
from campus.people.models import Student
from campus.points.models import PointTransaction

Owned = Student | PointTransaction


def _student(thing: Owned | None) -> Student | None:
    return thing.student if isinstance(thing, PointTransaction) else thing


@rules.predicate
def is_own(user: Any, thing: Owned | None) -> bool:
    """The student is the person; at the door any student passes."""
    return bool(people.is_the_student(user, _student(thing)))


@rules.predicate
def is_childs(user: Any, thing: Owned | None) -> bool:
    """The student is a child of the person (P10); at the door any parent passes."""
    return bool(people.is_guardian(user, _student(thing)))


@rules.predicate
def is_mentees(user: Any, thing: Owned | None) -> bool:
    """The person is the student's mentor (A2); at the door any mentor passes."""
    return bool(people.mentors(user, _student(thing)))


VIEW = "points.view_points"
ASK = "points.ask_points"
DECIDE = "points.decide_points"
MANAGE = "points.manage_categories"

rules.add_perm(VIEW, is_own | is_childs | is_mentees | administers)
rules.add_perm(ASK, is_own)
rules.add_perm(DECIDE, is_mentees | administers)
rules.add_perm(MANAGE, administers)
