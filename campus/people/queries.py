"""Reads about people."""

from typing import Any

from django.conf import settings

from campus.institutions.models import Institution
from campus.people.models import StaffProfile, Student


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
        Student.objects.select_related("institution", "department").filter(user_id=user.pk).first()
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
