"""One search over everything that the asker may see: courses, pages, people, departments."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page

from campus.announcements.models import AnnouncementIndexPage, AnnouncementPage
from campus.events.models import EventIndexPage
from campus.institutions.directory import every_word
from campus.institutions.models import Department, DirectoryPage, ProfilePage
from campus.people.models import StaffPage, StaffProfile
from learning.catalog.models import Course, CourseIndexPage, CoursePage
from learning.catalog.text_search import words
from portal.editorial import shown

COURSES, PAGES, PEOPLE, DEPARTMENTS = "courses", "pages", "people", "departments"
ANNOUNCEMENTS = "announcements"
KINDS: dict[str, str | Promise] = {
    COURSES: _("Courses"),
    PAGES: _("Pages"),
    PEOPLE: _("People"),
    DEPARTMENTS: _("Departments"),
    ANNOUNCEMENTS: _("Announcements"),
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


def search(text: str, *, kind: str = "", limit: int = 20, user: Any = None) -> list[Group]:
    """What ``text`` finds, by kind, the best ``limit`` of each; of one ``kind`` alone if given.

    Announcements are those that are for ``user`` (none: a visitor). Everything else here is public:
    published courses, live pages without restrictions in the language that is active, the staff who are
    public, and departments. Seven queries; with pages found two more and two for each type of them, with
    announcements found one more.
    """
    text = words(text)
    if not text:
        return []
    finders: dict[str, Any] = {
        COURSES: _courses,
        PAGES: _pages,
        PEOPLE: _people,
        DEPARTMENTS: _departments,
        ANNOUNCEMENTS: partial(_announcements, user or AnonymousUser()),
    }
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
    pages = shown(
        pages.not_type(
            *(CourseIndexPage, DirectoryPage, AnnouncementIndexPage, AnnouncementPage),
            EventIndexPage,
        )
    )
    ids = [page.pk for page in pages.search(text, operator="and")[:limit]]
    by_id = {page.pk: page for page in Page.objects.filter(pk__in=ids).specific()}
    courses = Course.objects.in_bulk(
        [page.course_id for page in by_id.values() if isinstance(page, CoursePage)]
    )
    profiles = [page for page in by_id.values() if isinstance(page, ProfilePage)]
    for name in {page.subject_field for page in profiles}:
        prefetch_related_objects([page for page in profiles if page.subject_field == name], name)
    hits = []
    for page in (by_id[pk] for pk in ids if pk in by_id):
        if isinstance(page, CoursePage):
            course = courses[page.course_id]
            if course.is_published:
                hits.append(
                    Hit(PAGES, page.title, course.get_absolute_url(), course.code, page.summary)
                )
        elif isinstance(page, ProfilePage):
            title = str(page.subject) if isinstance(page, StaffPage) else page.title
            path = page.subject.get_absolute_url()
            hits.append(Hit(PAGES, title, path, text=page.summary))
        else:
            hits.append(Hit(PAGES, page.title, page.get_url() or "", text=page.search_description))
    return hits


def _announcements(user: Any, text: str, limit: int) -> list[Hit]:
    """Current announcements for ``user``; each in the language that is active where it is written in it."""
    seen = AnnouncementPage.objects.visible_to(user).in_language(get_language() or "en")
    found = AnnouncementPage.objects.filter(pk__in=seen.order_by().values("pk"))
    ids = [page.pk for page in found.search(text, operator="and")[:limit]]
    by_id = AnnouncementPage.objects.with_all().in_bulk(ids) if ids else {}
    return [
        Hit(ANNOUNCEMENTS, page.title, page.get_absolute_url(), text=page.summary)
        for page in (by_id[pk] for pk in ids if pk in by_id)
    ]


def _people(text: str, limit: int) -> list[Hit]:
    """The staff whom everyone may see, by name and title."""
    people = (
        StaffProfile.objects.public()
        .filter(every_word(text, "name", "title"))
        .select_related("department")
        .order_by("name", "id")[:limit]
    )
    return [
        Hit(
            PEOPLE,
            person.name,
            person.get_absolute_url(),
            text=" · ".join(
                part
                for part in (person.title, person.department and person.department.name)
                if part
            ),
        )
        for person in people
    ]


def _departments(text: str, limit: int) -> list[Hit]:
    """Departments, by code and name."""
    departments = Department.objects.filter(every_word(text, "code", "name"))
    return [
        Hit(DEPARTMENTS, found.name, found.get_absolute_url(), found.code)
        for found in departments.order_by("code", "id")[:limit]
    ]
