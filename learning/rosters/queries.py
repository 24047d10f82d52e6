"""Reads of rosters: whose seasons an admin reaches, and who is in the sections of one."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from campus.institutions.scope import within
from learning.catalog.models import Season, Section
from learning.enrollments.models import Enrollment


def seasons_of(user: Any) -> "QuerySet[Season]":
    """The seasons within reach, the newest first, with how many ``sections`` and ``seats`` taken each has:
    one query."""
    counted = Section.objects.filter(season=OuterRef("pk")).order_by().values("season")
    taken = (
        Enrollment.objects.active()
        .filter(section__season=OuterRef("pk"))
        .order_by()
        .values("section__season")
    )
    return (
        within(Season.objects.select_related("institution"), user)
        .annotate(
            sections_held=Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0),
            seats_taken=Coalesce(Subquery(taken.annotate(n=Count("pk")).values("n")), 0),
        )
        .order_by("-starts", "-pk")
    )


def seats_of(season: Season) -> "QuerySet[Enrollment]":
    """Who is in which section of a season, by section and number; one query."""
    return (
        Enrollment.objects.active()
        .filter(section__season=season)
        .select_related("student", "section__course")
        .order_by("section__course__code", "section__number", "student__number")
    )
