"""Reads of the catalog that span models."""

import datetime as dt
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from rest_framework.exceptions import ValidationError as ApiValidationError

from campus.institutions.models import Department
from campus.institutions.scope import administers
from learning.catalog.extensions import additions, has_grant
from learning.catalog.filters import CourseFilters
from learning.catalog.models.courses import (
    Category,
    Content,
    Course,
    CourseQuerySet,
    CourseTag,
    Module,
    Resource,
    Season,
)
from learning.catalog.models.sections import Meeting, Section
from learning.catalog.rules import may_open, teaches
from portal.api.pagination import LAST, Cursor, after, reversed_ordering
from portal.pagecache import remember

ORDERING = ("code", "id")
PAGE_SIZE = 24
MOST_COUNTED = 1000


def open_sections(today: dt.date | None = None) -> QuerySet[Section]:
    """The sections that anyone could enroll in today: window open, a seat left, season active."""
    sections = Section.objects.filter(season__is_active=True)
    return sections.open_on(today or timezone.localdate()).with_free_seats()


def with_open_sections(courses: CourseQuerySet) -> CourseQuerySet:
    """Adds ``open_sections``, how many sections take enrollments now, to each course."""
    count = (
        open_sections()
        .filter(course=OuterRef("pk"))
        .order_by()
        .values("course")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return courses.annotate(open_sections=Coalesce(Subquery(count, output_field=IntegerField()), 0))


@dataclass(frozen=True)
class CoursePageOfList:
    """One page of the course list, by key.

    ``total`` counts at most ``MOST_COUNTED``; ``total_is_more`` says that there are more.
    """

    courses: list[Course]
    total: int
    total_is_more: bool
    next_cursor: str | None
    previous_cursor: str | None


def read_cursor(text: str) -> Cursor | None:
    """The cursor of the course list in ``text``; None for none, or for one that is not of it."""
    if not text or text == LAST:
        return None
    try:
        cursor = Cursor.decode(text, len(ORDERING))
        return Cursor(
            (str(cursor.values[0]), Course._meta.pk.to_python(cursor.values[1])), cursor.backwards
        )
    except (ApiValidationError, ValidationError):
        return None


def list_courses(
    filters: CourseFilters, *, cursor: str = "", size: int = PAGE_SIZE
) -> CoursePageOfList:
    """A page of the published courses that fit ``filters``, in the order of their codes.

    Two queries, and one or two more where words are searched for.
    """
    fitting = filters.apply(Course.objects.published())
    place = read_cursor(cursor)
    backwards = cursor == LAST or (place is not None and place.backwards)
    courses = fitting
    if place is not None:
        courses = courses.filter(after(ORDERING, place.values, backwards=place.backwards))
    order = reversed_ordering(ORDERING) if backwards else ORDERING
    courses = with_open_sections(courses).select_related("department", "category")
    rows = list(courses.order_by(*order)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
        has_previous, has_next = more, place is not None
    else:
        has_previous, has_next = place is not None, more
    total = fitting.order_by()[: MOST_COUNTED + 1].count()
    return CoursePageOfList(
        courses=rows,
        total=min(total, MOST_COUNTED),
        total_is_more=total > MOST_COUNTED,
        next_cursor=cursor_of(rows[-1]) if rows and has_next else None,
        previous_cursor=cursor_of(rows[0], backwards=True) if rows and has_previous else None,
    )


def cursor_of(course: Course, *, backwards: bool = False) -> str:
    """The cursor that stands beside ``course``."""
    return Cursor((course.code, course.pk), backwards).encode()


def filter_choices() -> dict[str, Any]:
    """What the form of the course list offers. Five queries, once for all until a course changes."""
    return remember("catalog.filter_choices", _filter_choices)


def _filter_choices() -> dict[str, Any]:
    published = Course.objects.published()
    return {
        "seasons": list(Season.objects.filter(is_active=True)),
        "levels": list(
            published.exclude(level="").order_by("level").values_list("level", flat=True).distinct()
        ),
        "categories": list(Category.objects.all()),
        "departments": list(
            Department.objects.filter(Exists(published.filter(department=OuterRef("pk"))))
        ),
        "tags": list(CourseTag.objects.order_by("name")),
        "deliveries": Section.Delivery.choices,
    }


def published_course(slug: str) -> Course | None:
    """The published course with this slug, with what its page needs to know of it.

    ``has_…`` say which of the further questions are worth asking. One query, once for all until a
    course changes; the copy is the caller's own, but for ``parts``: there templates keep what they
    made of the course (``portal.pagecache.templatetags.fixed``), as long as it is remembered.
    """
    kept = remember(("catalog.course", slug), lambda: _published_course(slug))
    return copy(kept)


def _published_course(slug: str) -> Course | None:
    pages = apps.get_model("catalog", "CoursePage").objects
    course = (
        Course.objects.published()
        .filter(slug=slug)
        .select_related("department", "category", "thumbnail")
        .annotate(
            has_tags=Exists(Course.tags.through.objects.filter(content_object=OuterRef("pk"))),
            has_prerequisites=Exists(
                Course.prerequisites.through.objects.filter(from_course=OuterRef("pk"))
            ),
            has_contents=Exists(Content.objects.filter(module__course=OuterRef("pk"))),
            has_pages=Exists(pages.live().filter(course=OuterRef("pk"))),
            has_resources=Exists(Resource.objects.filter(course=OuterRef("pk"))),
        )
        .first()
    )
    if course is not None:
        course.parts = {}
    return course


def sections_of(course: Course) -> list[Section]:
    """The sections in active seasons with their instructors and hours.

    Three queries at most, once for all until a seat or a section changes. The copies are the
    caller's own: what a reader has to do with a section may be put on them. Their ``parts`` are
    shared: there templates keep what is the same for every reader.
    """
    kept = remember(
        ("catalog.sections", course.pk), lambda: _sections_of(course), f"course:{course.pk}"
    )
    sections = [copy(section) for section in kept]
    for section in sections:
        section.course = course
    return sections


def _sections_of(course: Course) -> list[Section]:
    sections = list(
        course.sections.filter(season__is_active=True)
        .select_related("season")
        .prefetch_related(
            "instructors",
            Prefetch("meetings", Meeting.objects.select_related("hall__building")),
        )
        .order_by("season__starts", "code", "number")
    )
    for section in sections:
        section.parts = {}
    return sections


@dataclass(frozen=True)
class OpenableContent:
    """A content and whether this reader may open it (L2)."""

    content: Content
    is_open: bool


@dataclass(frozen=True)
class ModuleOutline:
    """A chapter with its contents, as a reader sees them."""

    module: Module
    contents: list[OpenableContent]


def has_access(user: Any, course: Course) -> bool:
    """Whether ``user`` may open all contents of ``course`` (L2)."""
    return bool(administers(user, course) or teaches(user, course)) or (
        user is not None and user.is_authenticated and has_grant(user, course.pk)
    )


def outline_of(course: Course, *, full_access: bool) -> list[ModuleOutline]:
    """The chapters of ``course`` in order. One query."""
    outline: dict[int, ModuleOutline] = {}
    contents = (
        Content.objects.filter(module__course=course)
        .select_related("module")
        .order_by("module__position", "module_id", "position", "id")
    )
    for content in contents:
        chapter = outline.setdefault(
            content.module_id, ModuleOutline(module=content.module, contents=[])
        )
        chapter.contents.append(OpenableContent(content, full_access or content.is_preview))
    return list(outline.values())


def course_context(course: Course, *, user: Any) -> dict[str, Any]:
    """What the course page shows beside an editor's words.

    ``course``, ``sections`` (of active seasons, with instructors and meetings), ``instructors`` (of
    all of them, each once), ``tags``, ``prerequisites``, ``outline`` (chapters with what may be
    opened), ``resources`` (those that this reader may have), ``has_access``; and what other apps
    registered (``learning.catalog.extensions``).
    """
    sections = sections_of(course)
    contents = getattr(course, "has_contents", True)
    resources = getattr(course, "has_resources", True)
    access = (contents or resources) and has_access(user, course)
    files = list(course.resources.all()) if resources else []
    for file in files:
        file.course = course
    return {
        "course": course,
        "sections": sections,
        "instructors": list(
            {person.pk: person for s in sections for person in s.instructors.all()}.values()
        ),
        # Asked only where the part that shows them is rendered.
        "tags": SimpleLazyObject(lambda: list(course.tags.all()))
        if getattr(course, "has_tags", True)
        else [],
        "prerequisites": SimpleLazyObject(
            lambda: list(course.prerequisites.filter(is_published=True))
        )
        if getattr(course, "has_prerequisites", True)
        else [],
        "outline": outline_of(course, full_access=access) if contents else [],
        "resources": [file for file in files if access or file.is_public],
        "has_access": access,
        **additions(course, sections, user),
    }


def openable_content(pk: int) -> Content | None:
    """The content with what the rules ask of it, if its course is published."""
    return (
        Content.objects.filter(pk=pk, module__course__is_published=True)
        .select_related("module__course")
        .first()
    )


def openable_resource(pk: int, user: Any) -> Resource | None:
    """The resource, if this reader may have it: what one may not have is not there (404)."""
    resource = Resource.objects.filter(pk=pk).select_related("course").first()
    return resource if resource and may_open(user, resource) else None
