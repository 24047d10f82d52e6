"""What the public pages tell headless front ends beside their words (F3)."""

from typing import Any

from rest_framework.request import Request

from campus.institutions.api import (
    DepartmentDetailSerializer,
    FacultySerializer,
    InstitutionSerializer,
)
from campus.institutions.models import DepartmentPage, FacultyPage, InstitutionPage
from portal.api.pages import operational


@operational("institutions.InstitutionPage")
def institution_of_page(page: InstitutionPage, request: Request) -> dict[str, Any]:
    """The institution, as its API tells it."""
    return {"institution": InstitutionSerializer(page.institution).data}


@operational("institutions.FacultyPage")
def faculty_of_page(page: FacultyPage, request: Request) -> dict[str, Any]:
    """The faculty, as its API tells it."""
    return {"faculty": FacultySerializer(page.faculty).data}


@operational("institutions.DepartmentPage")
def department_of_page(page: DepartmentPage, request: Request) -> dict[str, Any]:
    """The department, as its API tells it."""
    return {"department": DepartmentDetailSerializer(page.department).data}
