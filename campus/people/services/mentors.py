"""Who mentors whom."""

import uuid
from collections.abc import Collection
from typing import Any

from django.db import transaction

from campus.people import rules
from campus.people.errors import NotAMentor, StudentNotFound
from campus.people.models import StaffProfile, Student
from campus.people.services.locks import lock_students, require
from campus.people.signals import mentor_assigned
from portal import audit
from portal.roles import Role

MOST_AT_ONCE = 1000


def assign_mentor(
    *, students: Collection[uuid.UUID], mentor: StaffProfile | None, actor: Any
) -> int:
    """Give students (ids) this mentor, or none where ``mentor`` is None; how many changed. All or nothing.

    Those who have the mentor already stay as they are and are not logged, so that a second call with the
    same does nothing. Raises :class:`StudentNotFound` where one is not within the actor's reach, and
    :class:`NotAMentor` for who has no such role, or is of another institution.
    """
    wanted = set(students)
    if mentor is not None and not _is_mentor(mentor):
        raise NotAMentor(param="mentor")
    with transaction.atomic():
        locked = lock_students(wanted)
        if len(locked) != len(wanted):
            raise StudentNotFound(param="students")
        for student in locked:
            require(actor, rules.MANAGE_STUDENTS, student)
            if mentor is not None and mentor.institution_id != student.institution_id:
                raise NotAMentor(param="mentor")
        after = mentor.pk if mentor else None
        changed = [student for student in locked if student.mentor_id != after]
        if not changed:
            return 0
        audit.record_many(
            action="people.assign_mentor",
            entries=[
                (s, {"before": {"mentor": s.mentor_id}, "after": {"mentor": after}})
                for s in changed
            ],
            actor=actor,
        )
        Student.objects.filter(pk__in=[student.pk for student in changed]).update(mentor=mentor)
        for student in changed:
            student.mentor = mentor
        mentor_assigned.send(sender=Student, students=changed, mentor=mentor, actor=actor)
    return len(changed)


def _is_mentor(staff: StaffProfile) -> bool:
    return staff.user is not None and staff.user.is_active and staff.user.has_role(Role.MENTOR)
