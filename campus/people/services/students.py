"""A student as an admin's form gives it: new, or changed."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from campus.accounts.reach import require_reach
from campus.people import rules
from campus.people.errors import StudentHasHistory
from campus.people.models import Student
from campus.people.services.locks import as_json, lock_student, require
from campus.people.services.mentors import assign_mentor
from portal import audit
from portal.constraints import broken_constraint
from portal.errors import InvalidInput, NotAllowed

ADMIN_FIELDS = frozenset(
    {
        *("institution", "name", "number", "user", "department", "program", "semester", "batch"),
        *("admission_year", "state", "date_of_birth"),
    }
)


def save_student(*, student: Student, fields: dict[str, Any], actor: Any) -> Student:
    """Store a student as an admin gives it; ``fields`` of ``ADMIN_FIELDS``, and ``mentor``. Logged.

    Raises :class:`NotAllowed` outside of the actor's reach, for the student as it was and as it will
    be; ``InvalidInput`` for a number or an account that another student has.
    """
    fields = dict(fields)
    mentor = fields.pop("mentor", student.mentor)
    unknown = set(fields) - ADMIN_FIELDS
    if unknown:
        raise InvalidInput(param=sorted(unknown)[0])
    if fields.get("user") is not None and fields["user"] != student.user:
        require_reach(actor, fields["user"])  # else an account is taken over by binding it
    is_new = student._state.adding
    with transaction.atomic():
        held = None
        if not is_new:
            held = lock_student(student.pk)
            require(actor, rules.MANAGE_STUDENTS, held)
        row = held or student
        before = {
            name: as_json(getattr(row, name, None))
            for name, value in fields.items()
            if is_new or getattr(row, name) != value
        }
        for name in before:
            setattr(row, name, fields[name])
        if actor is not None and not actor.has_perm(rules.MANAGE_STUDENTS, row):
            raise NotAllowed
        try:
            with transaction.atomic():
                row.save(force_insert=is_new)
        except IntegrityError as error:
            broken = broken_constraint(error) or ""
            if broken == "people_student_number_once":
                raise InvalidInput(param="number") from None
            if "user_id" in broken:
                raise InvalidInput(param="user") from None
            raise
        if is_new or before:
            audit.record(
                action="people.add_student" if is_new else "people.change_student",
                instance=row,
                actor=actor,
                before=None if is_new else before,
                after={name: as_json(fields[name]) for name in before},
                label=row.number,
            )
        if (mentor.pk if mentor else None) != row.mentor_id:
            assign_mentor(students=[row.pk], mentor=mentor, actor=actor)
            row.mentor = mentor
    return row


def remove_student(*, student: Student, actor: Any) -> None:
    """Take away a student who was made by mistake; logged.

    Whoever has a history stays, with a state that says so: raises :class:`StudentHasHistory`.
    """
    require(actor, rules.MANAGE_STUDENTS, student)
    with transaction.atomic():
        held = lock_student(student.pk)
        audit.record(
            action="people.remove_student",
            instance=held,
            actor=actor,
            before={"number": held.number, "user": held.user_id},
            label=held.number,
        )
        try:
            held.delete()
        except ProtectedError:
            raise StudentHasHistory from None
