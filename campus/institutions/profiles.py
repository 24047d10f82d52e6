"""What the public profiles of institutions and their parts show of each other."""

from typing import Any

from campus.institutions.extensions import adds_to_profile, with_figures
from campus.institutions.models import (
    Department,
    DepartmentPage,
    DirectoryPage,
    Faculty,
    FacultyPage,
    Institution,
    InstitutionPage,
)
from campus.institutions.wagtail_reach import register_index, register_pages

MOST = 300


def parts_of_institution(institution: Institution) -> dict[str, Any]:
    """``groups``: faculties with their departments, then those of no faculty. Two queries, and figures."""
    rows = list(
        Department.objects.filter(institution=institution).order_by("name", "pk")[: MOST + 1]
    )
    shown = with_figures(Department, rows[:MOST])
    faculties = list(Faculty.objects.filter(institution=institution)[:MOST])
    groups: list[dict[str, Any]] = [
        {"faculty": one, "departments": [d for d in shown if d.faculty_id == one.pk]}
        for one in faculties
    ]
    known = {one.pk for one in faculties}
    rest = [one for one in shown if one.faculty_id not in known]
    if rest:
        groups.append({"faculty": None, "departments": rest})
    return {
        "groups": groups,
        "department_count": len(shown),
        "faculty_count": len(faculties),
        "departments_are_more": len(rows) > MOST,
    }


def departments_of_faculty(faculty: Faculty) -> dict[str, Any]:
    """``departments``, by name. One query, and figures."""
    rows = Department.objects.filter(faculty=faculty).order_by("name", "pk")[:MOST]
    return {"departments": with_figures(Department, list(rows))}


def register() -> None:
    """Add them, and let an admin of institutions write the pages of theirs below the directory page."""
    adds_to_profile(Institution, parts_of_institution)
    adds_to_profile(Faculty, departments_of_faculty)
    register_index(DirectoryPage)
    register_pages(lambda ids: InstitutionPage.objects.filter(institution__in=ids))
    register_pages(lambda ids: FacultyPage.objects.filter(faculty__institution__in=ids))
    register_pages(lambda ids: DepartmentPage.objects.filter(department__institution__in=ids))
