"""What the services of this package share: a student's row, locked and allowed."""

import uuid
from collections.abc import Iterable
from typing import Any

from campus.people.errors import StudentNotFound
from campus.people.models import Student
from portal.errors import NotAllowed


def lock_students(ids: Iterable[uuid.UUID]) -> list[Student]:
    """The students' rows, locked by id in one statement, as they are now."""
    return list(
        Student.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user", "institution", "mentor")
        .filter(pk__in=list(ids))
        .order_by("pk")
    )


def lock_student(pk: uuid.UUID) -> Student:
    """One student's row, locked; raises :class:`StudentNotFound`."""
    found = lock_students([pk])
    if not found:
        raise StudentNotFound
    return found[0]


def require(actor: Any, permission: str, student: Student) -> None:
    """Refuse an actor who may not; whom they may not even see does not exist for them (P10).

    An ``actor`` of None is the system itself.
    """
    if actor is None or actor.has_perm(permission, student):
        return
    if not Student.objects.visible_to(actor).filter(pk=student.pk).exists():
        raise StudentNotFound
    raise NotAllowed


def as_json(value: Any) -> Any:
    """A field's value as the log keeps it."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(getattr(value, "pk", value))
