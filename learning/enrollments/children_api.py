"""The API of what a child takes: its week and its enrollments, for its parents (P10)."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campus.people.models import Student
from campus.people.queries import children_of
from campus.people.rules import CHILDREN
from learning.catalog.models import Meeting
from learning.enrollments.api import EnrollmentFilter, EnrollmentSerializer, SectionRefSerializer
from learning.enrollments.models import Enrollment
from learning.enrollments.queries import week_of
from portal.api.envelope import answer
from portal.api.views import ApiView, ReadOnlyApiViewSet
from portal.permissions import requires


class LessonSerializer(serializers.ModelSerializer[Meeting]):
    """A weekly hour with its section and place."""

    section = SectionRefSerializer(read_only=True)
    hall = serializers.CharField(allow_null=True, read_only=True)

    class Meta:
        model = Meeting
        fields = ["starts", "ends", "hall", "place", "section"]


class DaySerializer(serializers.Serializer[Any]):
    """A day of the week (Saturday is 0) with its hours in their order."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    is_today = serializers.BooleanField()
    meetings = LessonSerializer(many=True)


class ChildTimetableView(ApiView):
    """A child's week."""

    policy = requires(CHILDREN)

    @extend_schema(
        operation_id="profile_children_timetable",
        summary="A child's week",
        description="The seven days from Saturday on, with the hours of the child's sections (P10).",
        responses=DaySerializer(many=True),
    )
    def get(self, request: Request, student_id: str) -> Response:
        """Read it; another family's child answers as one that does not exist (404)."""
        return answer(DaySerializer(week_of(_child(request, student_id)), many=True).data)


@extend_schema_view(
    list=extend_schema(
        operation_id="profile_children_enrollments",
        summary="A child's enrollments",
        description="All that the child took, the latest first (P10).",
    )
)
class ChildEnrollmentsViewSet(ReadOnlyApiViewSet):
    """A child's enrollments."""

    policy = requires(CHILDREN)
    serializer_class = EnrollmentSerializer
    filterset_class = EnrollmentFilter
    queryset = Enrollment.objects.none()
    ordering = ("-since", "id")

    def get_queryset(self) -> "QuerySet[Enrollment]":
        """Those of the child; another family's child answers as one that does not exist (404)."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        child = _child(self.request, self.kwargs["student_id"])
        return Enrollment.objects.filter(student=child).select_related("student", "section__course")


def _child(request: Request, student_id: str) -> Student:
    return get_object_or_404(children_of(request.user), pk=student_id)
