"""Addresses of the API of this app."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from learning.enrollments.api import (
    EnrollmentRequestViewSet,
    EnrollmentViewSet,
    SectionCapacityViewSet,
    SectionStudentsViewSet,
)
from learning.enrollments.children_api import ChildEnrollmentsViewSet, ChildTimetableView

router = SimpleRouter()
router.register("enrollments", EnrollmentViewSet, basename="enrollment")
router.register("enrollment-requests", EnrollmentRequestViewSet, basename="enrollment-request")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path(
        "profile/children/<uuid:student_id>/timetable/",
        ChildTimetableView.as_view(),
        name="child-timetable",
    ),
    path(
        "profile/children/<uuid:student_id>/enrollments/",
        ChildEnrollmentsViewSet.as_view({"get": "list"}),
        name="child-enrollments",
    ),
    path(
        "sections/<int:section_id>/students/",
        SectionStudentsViewSet.as_view({"get": "list"}),
        name="section-students",
    ),
    path(
        "sections/<int:section_id>/capacity/",
        SectionCapacityViewSet.as_view({"put": "update"}),
        name="section-capacity",
    ),
]
