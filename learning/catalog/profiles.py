"""What the catalog adds to the public profiles of departments and people, and to their directories."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from campus.institutions.extensions import adds_to_list, adds_to_profile, offers_filter
from campus.institutions.models import Department, Faculty, Institution
from campus.people.models import StaffProfile
from learning.catalog.models import Course, Program, Section
from learning.catalog.queries import open_sections, with_open_sections

MOST_COURSES = 12
MOST_PROGRAMS = 60
MOST_CODES = 6


def of_department(department: Department) -> dict[str, Any]:
    """``courses`` (those that can be joined first), ``course_count``, ``open_count``, ``programs``.

    Three queries, a fourth where there are more courses than are shown.
    """
    published = Course.objects.published().filter(department=department)
    rows: Any = with_open_sections(published).select_related("department")
    courses = list(rows.order_by("-open_sections", "code", "pk")[: MOST_COURSES + 1])
    open_courses = open_sections().filter(course__is_published=True)
    counted = open_courses.filter(course__department=department).aggregate(
        n=Count("course", distinct=True)
    )
    programs = Program.objects.filter(department=department).order_by("name", "pk")
    more = len(courses) > MOST_COURSES
    return {
        "courses": courses[:MOST_COURSES],
        "course_count": published.count() if more else len(courses),
        "open_count": counted["n"],
        "programs": list(programs[:MOST_PROGRAMS]),
        "courses_are_more": more,
    }


def of_institution(institution: Institution) -> dict[str, Any]:
    """``course_count`` and ``courses``, some that can be joined. Two queries."""
    return _of(Q(institution=institution))


def of_faculty(faculty: Faculty) -> dict[str, Any]:
    """``course_count`` and ``courses``, some that can be joined. Two queries."""
    return _of(Q(department__faculty=faculty))


def _of(condition: Q) -> dict[str, Any]:
    published = Course.objects.published().filter(condition)
    rows: Any = with_open_sections(published)
    rows = rows.filter(open_sections__gt=0)
    rows = rows.select_related("department").order_by("-is_featured", "-open_sections", "code")
    return {"course_count": published.count(), "courses": list(rows[:MOST_COURSES])}


def of_person(person: StaffProfile) -> dict[str, Any]:
    """``courses``: the published ones of active seasons that the person teaches. One query."""
    taught = Section.objects.published().filter(is_cancelled=False, instructors=person)
    found = Course.objects.published().filter(Exists(taught.filter(course=OuterRef("pk"))))
    rows: Any = with_open_sections(found).select_related("department").order_by("code", "pk")
    return {"courses": list(rows[:60])}


def count_courses(departments: list[Department]) -> None:
    """Puts ``course_count`` and ``open_count`` on each department. Two queries."""
    published = Course.objects.published().filter(department__in=departments).order_by()
    counts = dict(published.values_list("department").annotate(Count("pk")))
    joinable = open_sections().filter(course__is_published=True)
    joinable = joinable.filter(course__department__in=departments).order_by()
    opened = dict(
        joinable.values_list("course__department").annotate(Count("course", distinct=True))
    )
    for department in departments:
        department.course_count = counts.get(department.pk, 0)  # type: ignore[attr-defined]
        department.open_count = opened.get(department.pk, 0)  # type: ignore[attr-defined]


def name_courses(people: list[StaffProfile]) -> None:
    """Puts ``codes`` on each of the people: of the courses that they teach. One query."""
    taught = (
        Section.objects.published()
        .filter(is_cancelled=False, instructors__in=people)
        .order_by("instructors", "course__code")
        .values_list("instructors", "course__code", "course__slug")
        .distinct()
    )
    codes: dict[int, list[dict[str, str]]] = {}
    for pk, code, slug in taught[: 40 * len(people)]:
        codes.setdefault(pk, []).append({"code": code, "slug": slug})
    for person in people:
        found = codes.get(person.pk, [])
        person.codes = found[:MOST_CODES]  # type: ignore[attr-defined]
        person.more_codes = len(found[MOST_CODES:])  # type: ignore[attr-defined]


def has_open_courses() -> Q:
    """Departments with a course that can be joined now."""
    joinable = open_sections(timezone.localdate()).filter(course__is_published=True)
    return Q(Exists(joinable.filter(course__department=OuterRef("pk")).order_by()))


def teaches_now() -> Q:
    """People who teach a published course in an active season."""
    taught = Section.objects.published().filter(is_cancelled=False)
    return Q(Exists(taught.filter(instructors=OuterRef("pk")).order_by()))


def register() -> None:
    """Add them all."""
    adds_to_profile(Department, of_department)
    adds_to_profile(Institution, of_institution)
    adds_to_profile(Faculty, of_faculty)
    adds_to_profile(StaffProfile, of_person)
    adds_to_list(Department, count_courses)
    adds_to_list(StaffProfile, name_courses)
    offers_filter(Department, "active", has_open_courses)
    offers_filter(StaffProfile, "active", teaches_now)
