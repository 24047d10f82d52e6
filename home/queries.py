"""What the front page and the dashboards read from the apps below."""

import datetime as dt
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.utils.translation import get_language

from campus.announcements.models import AnnouncementPage
from campus.clubs.models import Club
from campus.events.filters import with_place
from campus.events.models import Event
from campus.institutions.extensions import with_figures
from campus.institutions.models import Department
from learning.catalog.models import Course, Section


def _open(day: dt.date, prefix: str = "sections__") -> Q:
    """The sections that take enrollments on ``day``, as a condition for what they belong to."""
    window = (
        (Q(**{f"{prefix}enrollment_opens": None}) | Q(**{f"{prefix}enrollment_opens__lte": day}))
        & (
            Q(**{f"{prefix}enrollment_closes": None})
            | Q(**{f"{prefix}enrollment_closes__gte": day})
        )
        & (Q(**{f"{prefix}ends": None}) | Q(**{f"{prefix}ends__gte": day}))
    )
    return window & Q(**{f"{prefix}is_cancelled": False, f"{prefix}season__is_active": True})


def newest_announcements(user: Any, count: int) -> list[AnnouncementPage]:
    """The newest announcements that are for ``user``, pinned ones first. One query."""
    found = AnnouncementPage.objects.visible_to(user).in_language(get_language() or "en")
    return list(found.newest_first().with_all()[:count])


def count_open_courses(day: dt.date) -> int:
    """How many published courses have a section that takes enrollments on ``day``."""
    open_sections = Section.objects.published().open_on(day)
    return open_sections.aggregate(n=Count("course", distinct=True))["n"] or 0


def featured_courses(day: dt.date, count: int) -> list[Course]:
    """Courses that can be enrolled in on ``day``, the featured ones first.

    Each carries ``open_sections``. One query.
    """
    courses = (
        Course.objects.published()
        .annotate(open_sections=Count("sections", filter=_open(day), distinct=True))
        .filter(open_sections__gt=0)
        .order_by("-is_featured", "-open_sections", "code")
    )
    return list(courses[:count])


def starting_soon(day: dt.date, count: int) -> list[Section]:
    """The sections that start next, on ``day`` or later, with a seat left. One query."""
    sections = (
        Section.objects.published()
        .open_on(day)
        .with_free_seats()
        .filter(starts__gte=day)
        .select_related("course")
        .order_by("starts", F("capacity").asc(nulls_last=True), "course__code", "code", "id")
    )
    return list(sections[:count])


def busiest_departments(count: int) -> QuerySet[Department]:
    """The departments with most published courses, by code; each carries ``course_count``."""
    busiest = (
        Department.objects.annotate(
            course_count=Count("courses", filter=Q(courses__is_published=True))
        )
        .filter(course_count__gt=0)
        .order_by("-course_count", "code")
    )
    return busiest[:count]


def coming_events(now: dt.datetime, count: int) -> list[Event]:
    """The public events that come next, with what a card shows. One query."""
    return list(with_place(Event.objects.public().coming(now))[:count])


def clubs_to_join(now: dt.datetime, count: int) -> list[Club]:
    """Clubs, those with an event ahead first; each carries ``next_event``. Three queries."""
    ahead = Q(events__scheduled_at__isnull=False, events__starts__gt=now) & ~Q(
        events__state=Event.State.CANCELLED
    )
    clubs = (
        Club.objects.public()
        .select_related("logo")
        .annotate(ahead=Min("events__starts", filter=ahead))
        .order_by(F("ahead").asc(nulls_last=True), "name", "pk")
    )
    return with_figures(Club, list(clubs[:count]))
