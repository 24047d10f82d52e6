"""Institutions, their parts and their administrators; public pages stand in a module of their own."""

from campus.institutions.models.pages import (
    DepartmentPage,
    DirectoryPage,
    FacultyPage,
    InstitutionPage,
    ProfilePage,
)
from campus.institutions.models.parts import (
    Department,
    Faculty,
    Institution,
    InstitutionAdministrator,
    free_slugs,
)

__all__ = [
    "Department",
    "DepartmentPage",
    "DirectoryPage",
    "Faculty",
    "FacultyPage",
    "Institution",
    "InstitutionAdministrator",
    "InstitutionPage",
    "ProfilePage",
    "free_slugs",
]
