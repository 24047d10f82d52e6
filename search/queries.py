"""One search over everything that the asker may see: courses, pages, instructors, departments."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page

from campus.institutions.models import Department
from campus.people.models import StaffProfile
from learning.catalog.models import Course, CourseIndexPage, CoursePage, Section
from learning.catalog.text_search import words

COURSES, PAGES, PEOPLE, DEPARTMENTS = "courses", "pages", "people", "departments"
KINDS: dict[str, str | Promise] = {
    COURSES: _("Courses"),
    PAGES: _("Pages"),
    PEOPLE: _("Instructors"),
    DEPARTMENTS: _("Departments"),
}


@dataclass(frozen=True)
class Hit:
    """One thing found: ``code`` is a short mark beside the title, ``text`` a few words about it."""

    kind: str
    title: str
    path: str
    code: str = ""
    text: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one kind; ``is_more`` says that there is more than is shown."""

    kind: str
    label: str | Promise
    hits: list[Hit]
    is_more: bool


def search(text: str, *, kind: str = "", limit: int = 20) -> list[Group]:
    """What ``text`` finds, by kind, the best ``limit`` of each; of one ``kind`` alone if given.

    Everything here is public: published courses, live pages without restrictions in the language
    that is active, those who teach and the departments of published courses. Six queries; with pages
    found two more and one for each type of them.
    """
    text = words(text)
    if not text:
        return []
    finders = {COURSES: _courses, PAGES: _pages, PEOPLE: _people, DEPARTMENTS: _departments}
    groups = []
    for name, find in finders.items():
        if kind and name != kind:
            continue
        hits = find(text, limit + 1)
        if hits:
            groups.append(Group(name, KINDS[name], hits[:limit], len(hits) > limit))
    return groups


def suggest(text: str, *, limit: int = 6) -> list[Hit]:
    """A few things whose words begin so, for a list under the box while one types."""
    text = words(text)
    if len(text) < 2:
        return []
    found = [_course_hit(course) for course in _public_courses().autocomplete(text)[:limit]]
    for find in (_departments, _people):
        if len(found) < limit:
            found += find(text, min(2, limit - len(found)))
    return found[:limit]


def _public_courses() -> Any:
    return Course.objects.published().select_related("department")


def _courses(text: str, limit: int) -> list[Hit]:
    """Whole words in any field; where none fits, words that begin so."""
    found = list(_public_courses().search(text, operator="and")[:limit])
    if not found:
        found = list(_public_courses().autocomplete(text)[:limit])
    return [_course_hit(course) for course in found]


def _course_hit(course: Course) -> Hit:
    return Hit(COURSES, course.title, course.get_absolute_url(), course.code, course.description)


def _pages(text: str, limit: int) -> list[Hit]:
    """Live pages that everyone may read; that of a course tells the course's code."""
    locale = Locale.objects.filter(language_code=get_language()).first()
    if locale is None:
        return []
    pages = Page.objects.live().public().filter(locale=locale, depth__gt=1)
    pages = pages.not_type(CourseIndexPage)
    ids = [page.pk for page in pages.search(text, operator="and")[:limit]]
    by_id = {page.pk: page for page in Page.objects.filter(pk__in=ids).specific()}
    courses = Course.objects.in_bulk(
        [page.course_id for page in by_id.values() if isinstance(page, CoursePage)]
    )
    hits = []
    for page in (by_id[pk] for pk in ids if pk in by_id):
        if isinstance(page, CoursePage):
            course = courses[page.course_id]
            if course.is_published:
                hits.append(
                    Hit(PAGES, page.title, course.get_absolute_url(), course.code, page.summary)
                )
        else:
            hits.append(Hit(PAGES, page.title, page.get_url() or "", text=page.search_description))
    return hits


def _every_word(text: str, *fields: str) -> Q:
    """Each word of ``text`` in any of ``fields``."""
    condition = Q()
    for word in text.split()[:8]:
        one = Q()
        for name in fields:
            one |= Q((f"{name}__icontains", word))
        condition &= one
    return condition


def _taught() -> QuerySet[Section]:
    return Section.objects.published().filter(is_cancelled=False)


def _people(text: str, limit: int) -> list[Hit]:
    """Those who teach a section of a published course in an active season."""
    people = (
        StaffProfile.objects.filter(_every_word(text, "name"))
        .filter(Exists(_taught().filter(instructors=OuterRef("pk"))))
        .select_related("department")
        .order_by("name", "id")[:limit]
    )
    return [
        Hit(
            PEOPLE,
            person.name,
            _list_path(instructor=str(person.pk)),
            text=person.department.name if person.department else "",
        )
        for person in people
    ]


def _departments(text: str, limit: int) -> list[Hit]:
    """Departments with a published course."""
    departments = (
        Department.objects.filter(_every_word(text, "code", "name"))
        .filter(Exists(Course.objects.published().filter(department=OuterRef("pk"))))
        .order_by("code", "id")[:limit]
    )
    return [
        Hit(DEPARTMENTS, found.name, _list_path(department=found.code), found.code)
        for found in departments
    ]


def _list_path(**filters: str) -> str:
    return f"{reverse('catalog:courses')}?{urlencode(filters)}"
