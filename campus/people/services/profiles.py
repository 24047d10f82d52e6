"""The parts of the profile that belong to a student and to staff, and new students' numbers."""

from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from campus.accounts.models import User
from campus.institutions.models import Institution
from campus.people.models import StaffProfile, Student
from campus.people.queries import default_institution
from campus.people.services.locks import as_json
from portal import audit
from portal.errors import InvalidInput
from portal.pagecache import touch

Person = TypeVar("Person", Student, StaffProfile)
STUDENT_FIELDS = frozenset({"semester", "batch"})
STAFF_FIELDS = frozenset(
    {"title", "qualifications", "is_listed", "public_email", "public_phone", "office"}
)

PRIVATE_UNLESS_GIVEN = frozenset({"public_email", "public_phone", "office"})
"""What everyone sees once the person gave it; NULL where nothing is given."""


def next_student_number(institution: Institution) -> str:
    """The next number of ``institution`` in this year, such as ``S2026-00042``.

    Must be called in a transaction: the institution's row is locked, so that two registrations at once
    never get the same; the unique constraint stays as the last guard.
    """
    Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    prefix = f"S{timezone.localdate().year}-"
    # Ordered by length first: the hundred thousandth number is longer, and greater, than the one before.
    numbers = Student.objects.filter(
        institution=institution, number__regex=rf"^{prefix}[0-9]+$"
    ).values_list("number", flat=True)
    last = max((int(number.removeprefix(prefix)) for number in numbers), default=0)
    return f"{prefix}{last + 1:05d}"


def make_student(*, user: User, institution: Institution | None = None) -> Student:
    """The student whose account ``user`` is; made, with a new number, if there is none yet (P2)."""
    with transaction.atomic():
        known = Student.objects.filter(user=user).first()
        if known is not None:
            return known
        place = institution or default_institution()
        number = next_student_number(place)
        return Student.objects.create(
            institution=place,
            user=user,
            name=user.full_name or number,
            number=number,
            admission_year=timezone.localdate().year,
        )


def update_student(*, student: Student, changes: dict[str, Any], actor: User) -> Student:
    """Store what a student corrected of their part of the profile (P9); logged."""
    return _update(student, changes, STUDENT_FIELDS, "people.change_student", actor)


def update_staff(*, staff: StaffProfile, changes: dict[str, Any], actor: User) -> StaffProfile:
    """Store what one of the staff corrected of their part of the profile (P9); logged."""
    return _update(staff, changes, STAFF_FIELDS, "people.change_staff", actor)


def _update(
    row: Person, changes: dict[str, Any], fields: frozenset[str], action: str, actor: User
) -> Person:
    changes = {n: v or None if n in PRIVATE_UNLESS_GIVEN else v for n, v in changes.items()}
    unknown = set(changes) - fields
    if unknown:
        raise InvalidInput(param=sorted(unknown)[0])
    with transaction.atomic():
        locked = type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
        before = {
            n: as_json(getattr(locked, n)) for n, v in changes.items() if getattr(locked, n) != v
        }
        if before:
            for name in before:
                setattr(locked, name, changes[name])
                setattr(row, name, changes[name])
            locked.save(update_fields=list(before))
            after = {name: as_json(changes[name]) for name in before}
            audit.record(
                action=action,
                instance=locked,
                actor=actor,
                before=before,
                after=after,
                label=f"#{locked.pk}",
            )
            if isinstance(locked, StaffProfile):
                touch("institutions", "courses")
    return row
