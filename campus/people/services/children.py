"""Children and those who care for them (P10)."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from campus.accounts.models import User
from campus.accounts.rules import is_admin
from campus.accounts.services import set_roles
from campus.institutions.models import Institution
from campus.people import rules
from campus.people.errors import (
    AlreadyGuardian,
    GuardianshipNotFound,
    HasOwnAccount,
    LastGuardian,
    OwnGuardian,
    TooManyChildren,
)
from campus.people.models import Guardianship, Student
from campus.people.queries import default_institution
from campus.people.services.locks import as_json, lock_student, require
from campus.people.services.profiles import next_student_number
from campus.people.signals import guardian_added
from portal import audit
from portal.constraints import broken_constraint
from portal.errors import InvalidInput, NotAllowed
from portal.roles import Role

MOST_CHILDREN = 20
"""How many students one account cares for at most: a family's list needs no pages."""

CHILD_FIELDS = frozenset({"name", "date_of_birth", "semester", "batch"})
_Relationship = Guardianship.Relationship


def create_child(
    *,
    guardian: User,
    actor: User,
    name: str,
    date_of_birth: Any,
    relationship: str = _Relationship.GUARDIAN,
    institution: Institution | None = None,
    **facts: Any,
) -> Student:
    """Make a student without an account whom ``guardian`` cares for, with a new number (P10).

    ``facts`` are other fields of ``CHILD_FIELDS``. Raises :class:`NotAllowed` for who is no parent (an
    admin may make one for a parent), ``InvalidInput`` for an unknown field or a birthday to come, and
    :class:`TooManyChildren`.
    """
    if not guardian.has_perm(rules.CHILDREN) or not (actor == guardian or is_admin(actor)):
        raise NotAllowed
    facts = _checked({"name": name, "date_of_birth": date_of_birth, **facts})
    place = institution or default_institution()
    with transaction.atomic():
        _lock_guardian(guardian)
        child = Student(
            institution=place,
            number=next_student_number(place),
            admission_year=timezone.localdate().year,
            **facts,
        )
        if not actor == guardian and not actor.has_perm(rules.MANAGE_STUDENTS, child):
            raise NotAllowed
        child.save(force_insert=True)
        audit.record(
            action="people.create_child",
            instance=child,
            actor=actor,
            after={"number": child.number, "guardian": guardian.pk},
            label=child.number,
        )
        _store(child, guardian, relationship, actor)
    return child


def edit_child(*, student: Student, changes: dict[str, Any], actor: User) -> Student:
    """Correct what a guardian may correct of a child without an account (P10); logged.

    Raises :class:`StudentNotFound` for another family's child, :class:`HasOwnAccount` where the student
    does it by themselves (P9), ``InvalidInput`` for a field that is not theirs to change.
    """
    changes = _checked(changes)
    require(actor, rules.EDIT_CHILD, student)
    with transaction.atomic():
        locked = lock_student(student.pk)
        if locked.user_id is not None and not actor.has_perm(rules.MANAGE_STUDENTS, locked):
            raise HasOwnAccount
        before = {n: getattr(locked, n) for n, v in changes.items() if getattr(locked, n) != v}
        if before:
            for field in before:
                setattr(locked, field, changes[field])
                setattr(student, field, changes[field])
            locked.save(update_fields=list(before))
            audit.record(
                action="people.change_student",
                instance=locked,
                actor=actor,
                before={field: as_json(value) for field, value in before.items()},
                after={field: as_json(changes[field]) for field in before},
                label=locked.number,
            )
    return student


def set_guardians_may_see(*, student: Student, value: bool, actor: User) -> Student:
    """Let guardians go on seeing a student who is of age, or no longer (P10): the student's own choice.

    Under age it changes nothing that holds now; it counts from the birthday on.
    """
    if student.user_id is None or student.user_id != actor.pk:
        raise NotAllowed
    with transaction.atomic():
        locked = lock_student(student.pk)
        if locked.guardians_may_see != value:
            locked.guardians_may_see = student.guardians_may_see = value
            locked.save(update_fields=["guardians_may_see"])
            audit.record(
                action="people.change_student",
                instance=locked,
                actor=actor,
                before={"guardians_may_see": not value},
                after={"guardians_may_see": value},
                label=locked.number,
            )
    return student


def add_guardian(
    *,
    student: Student,
    guardian: User,
    relationship: str = _Relationship.GUARDIAN,
    is_primary: bool = False,
    actor: User | None,
) -> Guardianship:
    """Let ``guardian`` care for ``student``, and give them the role parent; an admin's doing.

    Parents add each other by an invitation. The first guardian is the primary one; another becomes it
    by ``is_primary``. Raises :class:`OwnGuardian`, :class:`AlreadyGuardian`, :class:`TooManyChildren`.
    """
    require(actor, rules.MANAGE_STUDENTS, student)
    with transaction.atomic():
        _lock_guardian(guardian)
        locked = lock_student(student.pk)
        return _store(locked, guardian, relationship, actor, is_primary=is_primary)


def change_guardianship(
    *,
    guardianship_id: int,
    relationship: str | None = None,
    is_primary: bool | None = None,
    actor: User,
) -> Guardianship:
    """Correct a relationship, or make a guardian the primary one; an admin's doing."""
    found = _found(guardianship_id)
    require(actor, rules.MANAGE_STUDENTS, found.student)
    with transaction.atomic():
        lock_student(found.student_id)
        found.refresh_from_db()
        before: dict[str, Any] = {}
        if relationship is not None and relationship != found.relationship:
            before["relationship"], found.relationship = found.relationship, _known(relationship)
        if is_primary and not found.is_primary:
            before["is_primary"], found.is_primary = False, True
            Guardianship.objects.filter(student_id=found.student_id).update(is_primary=False)
        if before:
            found.save()
            audit.record(
                action="people.change_guardian",
                instance=found,
                actor=actor,
                before=before,
                after={field: getattr(found, field) for field in before},
                label=found.audit_label,
            )
    return found


def remove_guardian(*, guardianship_id: int, actor: User) -> None:
    """End a guardianship: by an admin, or by the guardian who leaves.

    The one who cares for the student longest becomes the primary guardian. Raises
    :class:`GuardianshipNotFound` and, where a student without an account would be left with nobody and
    no admin does it, :class:`LastGuardian`.
    """
    found = _found(guardianship_id)
    may = actor.has_perm(rules.MANAGE_STUDENTS, found.student)
    if not may and found.guardian_id != actor.pk:
        raise GuardianshipNotFound
    with transaction.atomic():
        student = lock_student(found.student_id)
        others = Guardianship.objects.filter(student=student).exclude(pk=found.pk).order_by("pk")
        if student.user_id is None and not may and not others.exists():
            raise LastGuardian
        if not Guardianship.objects.filter(pk=found.pk).exists():
            raise GuardianshipNotFound
        audit.record(
            action="people.remove_guardian",
            instance=found,
            actor=actor,
            before={
                "guardian": found.guardian_id,
                "relationship": found.relationship,
                "is_primary": found.is_primary,
            },
            label=found.audit_label,
        )
        Guardianship.objects.filter(pk=found.pk).delete()
        heir = others.first()
        if heir is not None and not others.filter(is_primary=True).exists():
            heir.is_primary = True
            heir.save(update_fields=["is_primary"])


def store_guardian(
    *, student: Student, guardian: User, relationship: str, actor: User | None
) -> Guardianship:
    """Let ``guardian`` care for ``student``, whose row and whose guardian's row the caller has locked."""
    return _store(student, guardian, relationship, actor)


def lock_guardian(guardian: User) -> None:
    """Lock the account, and refuse one that has as many children as there may be."""
    _lock_guardian(guardian)


def _lock_guardian(guardian: User) -> None:
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=guardian.pk)
    if Guardianship.objects.filter(guardian=guardian).count() >= MOST_CHILDREN:
        raise TooManyChildren


def _store(
    student: Student,
    guardian: User,
    relationship: str,
    actor: User | None,
    *,
    is_primary: bool = False,
) -> Guardianship:
    if student.user_id == guardian.pk:
        raise OwnGuardian
    others = Guardianship.objects.filter(student=student)
    first = not others.filter(is_primary=True).exists()
    if is_primary and not first:
        others.update(is_primary=False)
    made = Guardianship(
        student=student,
        guardian=guardian,
        relationship=_known(relationship),
        is_primary=is_primary or first,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if broken_constraint(error) == "people_guardianship_once":
            raise AlreadyGuardian(param="guardian") from None
        raise
    if not guardian.has_role(Role.PARENT):
        set_roles(user=guardian, roles={*guardian.roles, Role.PARENT}, actor=actor)
    audit.record(
        action="people.add_guardian",
        instance=made,
        actor=actor,
        after={
            "guardian": guardian.pk,
            "relationship": made.relationship,
            "is_primary": made.is_primary,
        },
        label=made.audit_label,
    )
    guardian_added.send(sender=Guardianship, guardianship=made, actor=actor)
    return made


def _known(relationship: str) -> str:
    if relationship not in _Relationship.values:
        raise InvalidInput(param="relationship")
    return relationship


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    unknown = set(changes) - CHILD_FIELDS
    if unknown:
        raise InvalidInput(param=sorted(unknown)[0])
    if "name" in changes:
        changes = {**changes, "name": " ".join(str(changes["name"] or "").split())}
        if not changes["name"] or len(changes["name"]) > 200:
            raise InvalidInput(param="name")
    if "date_of_birth" in changes:
        day = changes["date_of_birth"]
        if day is None or not (day.year >= 1900 and day <= timezone.localdate()):
            raise InvalidInput(param="date_of_birth")
    return changes


def _found(guardianship_id: int) -> Guardianship:
    found = (
        Guardianship.objects.select_related("student__institution", "student__user", "guardian")
        .filter(pk=guardianship_id)
        .first()
    )
    if found is None:
        raise GuardianshipNotFound
    return found
