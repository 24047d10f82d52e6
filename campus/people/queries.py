"""Reads about people."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from campus.accounts.models import User
from campus.institutions.models import Institution
from campus.people.errors import GuardianshipNotFound
from campus.people.models import Guardianship, StaffProfile, Student
from portal.roles import Role


def default_institution() -> Institution:
    """The institution that those who register themselves belong to.

    The one whose slug is ``DEFAULT_INSTITUTION``; else the first made; else a new one, so that a fresh
    portal can be registered at.
    """
    slug = getattr(settings, "DEFAULT_INSTITUTION", "")
    known = Institution.objects.filter(slug=slug).first() if slug else None
    known = known or Institution.objects.order_by("pk").first()
    if known is not None:
        return known
    return Institution.objects.get_or_create(
        slug=slug or "main",
        defaults={"name": settings.WAGTAIL_SITE_NAME, "timezone": settings.TIME_ZONE},
    )[0]


def student_of(user: Any) -> Student | None:
    """The student whose account ``user`` is, with the institution; None for everyone else."""
    if user is None or not user.is_authenticated:
        return None
    return (
        Student.objects.select_related("institution", "department", "mentor")
        .filter(user_id=user.pk)
        .first()
    )


def staff_of(user: Any) -> StaffProfile | None:
    """The member of staff whose account ``user`` is; None for everyone else."""
    if user is None or not user.is_authenticated:
        return None
    return (
        StaffProfile.objects.select_related("institution", "department")
        .filter(user_id=user.pk)
        .first()
    )


def children_of(user: Any) -> "QuerySet[Student]":
    """The children of ``user``, by name, with what a card shows (P10); one query.

    As many as an account may have, so that the list needs no pages.
    """
    return (
        Student.objects.cared_for_by(user)
        .select_related("institution", "department", "user", "mentor")
        .order_by("name", "pk")
    )


def guardians_to_tell(students: Iterable[Student]) -> dict[uuid.UUID, list[User]]:
    """Who is told what concerns each of the students: their guardians who see them now (P10).

    One query. The students' ``user`` must be loaded.
    """
    open_ids = [student.pk for student in students if student.is_open_to_guardians]
    if not open_ids:
        return {}
    found: dict[uuid.UUID, list[User]] = {}
    links = (
        Guardianship.objects.filter(
            student_id__in=open_ids,
            guardian__is_active=True,
            guardian__groups__name=Role.PARENT.value,
        )
        .select_related("guardian")
        .order_by("pk")
    )
    for link in links:
        found.setdefault(link.student_id, []).append(link.guardian)
    return found


def mentees_of(user: Any) -> "QuerySet[Student]":
    """The mentees of ``user``, by name, with what a list shows; one query."""
    return (
        Student.objects.mentored_by(user)
        .select_related("institution", "department", "user")
        .order_by("name", "pk")
    )


def guardianship_of(*, student_id: uuid.UUID, guardian: Any) -> Guardianship:
    """The guardianship of this person for this student; raises :class:`GuardianshipNotFound`."""
    found = Guardianship.objects.filter(student_id=student_id, guardian_id=guardian.pk).first()
    if found is None:
        raise GuardianshipNotFound
    return found


def guardians_of(student: Student) -> "QuerySet[Guardianship]":
    """Who cares for a student, the primary guardian first; one query."""
    return student.guardianships.select_related("guardian")
