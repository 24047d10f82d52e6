"""Addresses of the API of this app."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from campus.institutions import page_data
from campus.institutions.api import DepartmentViewSet, FacultyViewSet, InstitutionViewSet

__all__ = ["page_data", "urlpatterns"]  # importing ``page_data`` registers what pages tell (F3)

router = SimpleRouter()
router.register("institutions", InstitutionViewSet, basename="institution")
router.register("faculties", FacultyViewSet, basename="faculty")
router.register("departments", DepartmentViewSet, basename="department")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
