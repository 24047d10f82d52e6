"""The API of enrollments: enroll, drop, ask, decide, and the students of a section."""

from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.institutions.scope import within
from campus.people.models import Student
from learning.catalog.models import Course, Section
from learning.enrollments import queries, rules, services
from learning.enrollments.errors import NotAStudent
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.api.envelope import answer
from portal.api.views import ApiViewSet, ReadOnlyApiViewSet
from portal.permissions import requires, signed_in


class CourseRefSerializer(serializers.ModelSerializer):
    """A course as others point to it."""

    class Meta:
        model = Course
        fields = ["id", "code", "title", "slug"]


class SectionRefSerializer(serializers.ModelSerializer):
    """A section as an enrollment points to it."""

    course = CourseRefSerializer(read_only=True)

    class Meta:
        model = Section
        fields = ["id", "number", "code", "course", "starts", "ends", "capacity", "seats_taken"]


class StudentRefSerializer(serializers.ModelSerializer):
    """A student as a roster names them."""

    class Meta:
        model = Student
        fields = ["id", "name", "number"]


class EnrollmentSerializer(serializers.ModelSerializer):
    """An enrollment with its section and student."""

    section = SectionRefSerializer(read_only=True)
    student = StudentRefSerializer(read_only=True)

    class Meta:
        model = Enrollment
        fields = ["id", "state", "student", "section", "since", "until", "completed_at"]


class EnrollmentRequestSerializer(serializers.ModelSerializer):
    """A request, with its place on the waiting list (0 while it is not on it)."""

    section = SectionRefSerializer(read_only=True)
    student = StudentRefSerializer(read_only=True)
    place = serializers.IntegerField(read_only=True)

    class Meta:
        model = EnrollmentRequest
        fields = [
            "id",
            "state",
            "waits_for",
            "queue_number",
            "place",
            "student",
            "section",
            "created_at",
            "decided_at",
            "reason",
            "passed_over_for",
        ]


class EnrollSerializer(serializers.Serializer):
    """What enrolling takes: a section; a parent names the child (P10), an admin the student."""

    section = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    student = serializers.UUIDField(required=False)


class ReasonSerializer(serializers.Serializer):
    """Why a request is rejected; the student reads it."""

    reason = serializers.CharField(max_length=300, allow_blank=True, default="")


class CapacitySerializer(serializers.Serializer):
    """How many a section takes; null for no limit."""

    capacity = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True)


OutcomeSerializer = inline_serializer(
    "EnrollmentOutcome",
    {
        "outcome": serializers.ChoiceField(choices=["enrolled", "waiting", "requested"]),
        "enrollment": EnrollmentSerializer(allow_null=True),
        "request": EnrollmentRequestSerializer(allow_null=True),
    },
)


def outcome(result: Enrollment | EnrollmentRequest) -> dict[str, Any]:
    """How an operation that may end in a seat or in a queue is told; asks the database nothing."""
    if isinstance(result, Enrollment):
        data = _writer(EnrollmentSerializer).to_representation(result)
        return {"outcome": "enrolled", "enrollment": data, "request": None}
    waits = result.waits_for == EnrollmentRequest.WaitsFor.SEAT
    data = _writer(EnrollmentRequestSerializer).to_representation(result)
    return {"outcome": "waiting" if waits else "requested", "enrollment": None, "request": data}


@cache
def _writer(kind: type[serializers.ModelSerializer]) -> serializers.ModelSerializer:
    """One serializer to write with, kept: DRF makes its fields anew for each instance."""
    return kind()


def _enrollments() -> "QuerySet[Enrollment]":
    return Enrollment.objects.select_related("student", "section__course")


def _requests() -> "QuerySet[EnrollmentRequest]":
    return EnrollmentRequest.objects.with_place().select_related("student", "section__course")


class EnrollmentFilter(filters.FilterSet):
    """By state, section, course and student."""

    course = filters.NumberFilter(field_name="section__course_id", label=_("course"))

    class Meta:
        model = Enrollment
        fields = ["state", "section", "student"]


class EnrollmentViewSet(ReadOnlyApiViewSet):
    """Enrollments: a student's own, a parent's children's, those of the sections one teaches, an admin's
    all."""

    policy = {
        "list": requires(rules.VIEW),
        "retrieve": requires(rules.VIEW),
        "create": requires(rules.ENROLL),
        "drop": requires(rules.DROP),
    }
    scope = {"list": rules.READ_SCOPE, "retrieve": rules.READ_SCOPE}
    idempotent = True
    serializer_class = EnrollmentSerializer
    filterset_class = EnrollmentFilter
    ordering = ("-since", "id")
    queryset = Enrollment.objects.none()

    def get_queryset(self) -> "QuerySet[Enrollment]":
        """What the caller may see; the rest answers 404."""
        visible = Enrollment.objects.visible_to(self.request.user)
        return _enrollments().filter(pk__in=visible.values("pk"))

    @extend_schema(
        request=EnrollSerializer, responses={201: OutcomeSerializer, 202: OutcomeSerializer}
    )
    def create(self, request: Request) -> Response:
        """Enroll in a section: 201 with the enrollment, or 202 with a request that waits (L4, L5)."""
        given = EnrollSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data.get("student")
        if wanted is None:
            student = Student.objects.filter(user=signed_in(request)).first()
            if student is None:
                raise NotAStudent
        else:
            student = _visible_student(request.user, wanted)
        result = services.enroll(
            student=student, section_id=given.validated_data["section"], actor=request.user
        )
        return answer(outcome(result), status=201 if isinstance(result, Enrollment) else 202)

    @extend_schema(request=None, responses=EnrollmentSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str) -> Response:
        """Leave the section; the seat goes to the first who waits (L4, L18)."""
        found = self.get_object()
        services.drop(enrollment_id=found.pk, actor=request.user)
        return answer(EnrollmentSerializer(_enrollments().get(pk=found.pk)).data)


def _visible_student(user: Any, student_id: Any) -> Student:
    ours = within(Student.objects.all(), user)
    students = Student.objects.acted_for_by(user) | ours
    found = students.select_related("institution").filter(pk=student_id).first()
    if found is None:
        raise serializers.ValidationError({"student": [_("There is no such student.")]})
    return found


class EnrollmentRequestFilter(filters.FilterSet):
    """By state, what is waited for, section and student."""

    class Meta:
        model = EnrollmentRequest
        fields = ["state", "waits_for", "section", "student"]


class EnrollmentRequestViewSet(ReadOnlyApiViewSet):
    """Requests to enroll: those that wait for a seat, and those that wait for a decision."""

    policy = {
        "list": requires(rules.VIEW),
        "retrieve": requires(rules.VIEW),
        "approve": requires(rules.DECIDE),
        "reject": requires(rules.DECIDE),
        "withdraw": requires(rules.WITHDRAW),
    }
    scope = {"list": rules.READ_SCOPE, "retrieve": rules.READ_SCOPE}
    idempotent = True
    serializer_class = EnrollmentRequestSerializer
    filterset_class = EnrollmentRequestFilter
    ordering = ("-created_at", "id")
    queryset = EnrollmentRequest.objects.none()

    def get_queryset(self) -> "QuerySet[EnrollmentRequest]":
        """What the caller may see; the rest answers 404."""
        visible = EnrollmentRequest.objects.visible_to(self.request.user)
        return _requests().filter(pk__in=visible.values("pk"))

    @extend_schema(request=None, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve: a seat at once, or the request's place on the waiting list where it is full (L5)."""
        found = self.get_object()
        return answer(outcome(services.approve(request_id=found.pk, actor=request.user)))

    @extend_schema(request=ReasonSerializer, responses=EnrollmentRequestSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Reject, with a reason that the student reads."""
        found = self.get_object()
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        services.reject(request_id=found.pk, actor=request.user, **given.validated_data)
        return answer(EnrollmentRequestSerializer(_requests().get(pk=found.pk)).data)

    @extend_schema(request=None, responses=EnrollmentRequestSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take the request back."""
        found = self.get_object()
        services.withdraw(request_id=found.pk, actor=request.user)
        return answer(EnrollmentRequestSerializer(_requests().get(pk=found.pk)).data)


class RosterEntrySerializer(serializers.ModelSerializer):
    """One student of a section."""

    student = StudentRefSerializer(read_only=True)

    class Meta:
        model = Enrollment
        fields = ["id", "state", "since", "student"]


class SectionStudentsViewSet(ApiViewSet):
    """The students of a section, for its instructors and for admins."""

    policy = {"list": requires(rules.ROSTER)}
    serializer_class = RosterEntrySerializer
    queryset = Enrollment.objects.none()
    ordering = ("student__name", "id")
    filter_backends: list[Any] = []

    def list(self, request: Request, section_id: int) -> Response:
        """Who is in the section, by name."""
        section = get_object_or_404(Section.objects.select_related("course"), pk=section_id)
        may = request.user.has_perm(rules.ROSTER, section)
        if not may and not Section.objects.published().filter(pk=section.pk).exists():
            raise Http404
        self.check_object_permissions(request, section)
        page = self.paginate_queryset(queries.roster_of(section))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class SectionCapacityViewSet(ApiViewSet):
    """How many a section takes, for admins."""

    policy = {"update": requires(rules.SET_CAPACITY)}
    serializer_class = SectionRefSerializer
    queryset = Section.objects.none()
    filter_backends: list[Any] = []

    @extend_schema(request=CapacitySerializer, responses=SectionRefSerializer)
    def update(self, request: Request, section_id: int) -> Response:
        """Change the capacity; who waits is seated at once. Fewer than are enrolled is refused (L4)."""
        given = CapacitySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        section = services.set_capacity(
            section_id=section_id, capacity=given.validated_data["capacity"], actor=request.user
        )
        return answer(SectionRefSerializer(section).data)
