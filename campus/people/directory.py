"""The public directory of people, and the people on the profiles of departments."""

from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Q

from campus.institutions import extensions, wagtail_reach
from campus.institutions.directory import DirectoryFilters, bounded_page, every_word
from campus.institutions.models import Department, Institution
from campus.people.models import StaffPage, StaffProfile, public_staff
from portal.editorial import hides_pages

MOST = 24


def list_people(filters: DirectoryFilters, *, number: str = "1") -> Page[StaffProfile]:
    """A page of the public staff by name: two queries, and one for each figure that is registered."""
    found: Any = StaffProfile.objects.public().select_related("department", "institution")
    if filters.q:
        found = found.filter(every_word(filters.q, "name", "title"))
    if filters.institution:
        found = found.filter(institution__slug=filters.institution)
    if filters.faculty:
        found = found.filter(department__faculty__slug=filters.faculty)
    if filters.department:
        found = found.filter(department__slug=filters.department)
    if filters.active:
        found = found.filter(extensions.condition_of(StaffProfile, "active"))
    return bounded_page(found.order_by("name", "pk"), number, StaffProfile)


def public_person(pk: int) -> StaffProfile | None:
    """One of the staff whom everyone may see, with what the profile names. One query."""
    rows = StaffProfile.objects.public()
    return rows.select_related("institution", "department__faculty").filter(pk=pk).first()


def people_of_department(department: Department) -> dict[str, Any]:
    """``people``, the first by name, and ``staff_count``, how many there are. Two queries."""
    found = StaffProfile.objects.public().filter(department=department)
    people = list(found.order_by("name", "pk")[:MOST])
    count = found.count() if len(people) == MOST else len(people)
    return {"people": people, "staff_count": count}


def count_of_institution(institution: Institution) -> dict[str, Any]:
    """``staff_count``. One query."""
    return {"staff_count": StaffProfile.objects.public().filter(institution=institution).count()}


def count_people(departments: list[Department]) -> None:
    """Puts ``staff_count`` on each department. One query."""
    rows = StaffProfile.objects.public().filter(department__in=departments).order_by()
    counts = dict(rows.values_list("department").annotate(Count("pk")))
    for department in departments:
        department.staff_count = counts.get(department.pk, 0)  # type: ignore[attr-defined]


def register() -> None:
    """Add people to departments; bind their pages to institutions; hide those of who is not public."""
    extensions.adds_to_profile(Department, people_of_department)
    extensions.adds_to_profile(Institution, count_of_institution)
    extensions.adds_to_list(Department, count_people)
    wagtail_reach.register_pages(
        lambda ids: StaffPage.objects.filter(staff__institution__in=ids),
    )
    hides_pages(lambda: StaffPage.objects.filter(~Q(public_staff("staff__"))))
