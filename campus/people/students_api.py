"""The API of students as staff see them, and of mentors and their mentees."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.institutions.scope import within
from campus.people import rules, services
from campus.people.errors import StudentNotFound
from campus.people.models import StaffProfile, Student
from campus.people.services.mentors import MOST_AT_ONCE
from portal.api.envelope import answer
from portal.api.given import valid
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import requires
from portal.roles import Role


class MentorRefSerializer(serializers.ModelSerializer[StaffProfile]):
    """A mentor as a student's row names them."""

    class Meta:
        model = StaffProfile
        fields = ["id", "name"]


class StudentSerializer(serializers.ModelSerializer[Student]):
    """A student as teachers, mentors and admins see them."""

    institution = serializers.CharField(source="institution.name", read_only=True)
    department = serializers.CharField(source="department.code", read_only=True, allow_null=True)
    mentor = MentorRefSerializer(read_only=True, allow_null=True)
    has_account = serializers.SerializerMethodField()

    class Meta:
        model = Student
        fields = [
            *("id", "name", "number", "institution", "department", "program", "semester"),
            *("batch", "admission_year", "state", "mentor", "has_account"),
        ]

    def get_has_account(self, student: Student) -> bool:
        """Whether the student has an account of their own."""
        return student.user_id is not None


class MentorSerializer(serializers.ModelSerializer[StaffProfile]):
    """A mentor with how many mentees they have."""

    institution = serializers.CharField(source="institution.name", read_only=True)
    department = serializers.CharField(source="department.code", read_only=True, allow_null=True)
    mentee_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = StaffProfile
        fields = ["id", "name", "number", "institution", "department", "title", "mentee_count"]


class AssignSerializer(serializers.Serializer[Any]):
    """Whose mentee the student becomes; null for nobody's."""

    mentor = serializers.IntegerField(min_value=1, max_value=2**63 - 1, allow_null=True)


class BulkAssignSerializer(AssignSerializer):
    """One mentor for many students: all of them, or none."""

    students = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_AT_ONCE
    )


BulkAssignedSerializer = inline_serializer(
    "BulkAssigned",
    {
        "students": serializers.IntegerField(help_text="How many were named."),
        "changed": serializers.IntegerField(help_text="How many had another mentor before."),
    },
)


class StudentFilter(filters.FilterSet):
    """By what is known of a student, and by words of name or number (`q`)."""

    q = filters.CharFilter(method="by_words", label=_("words"))
    department = filters.CharFilter(field_name="department__code", label=_("department"))
    has_mentor = filters.BooleanFilter(
        field_name="mentor", lookup_expr="isnull", exclude=True, label=_("has a mentor")
    )

    class Meta:
        model = Student
        fields = ["state", "institution", "program", "semester", "batch", "mentor"]

    def by_words(self, found: "QuerySet[Student]", name: str, words: str) -> "QuerySet[Student]":
        """Those whose name or number holds the words."""
        return found.filter(Q(name__icontains=words) | Q(number__istartswith=words))


def _with_all(students: "QuerySet[Student]") -> "QuerySet[Student]":
    return students.select_related("institution", "department", "mentor")


class _Students(ReadOnlyApiViewSet):
    serializer_class = StudentSerializer
    filterset_class = StudentFilter
    queryset = Student.objects.none()
    ordering = ("name", "id")
    lookup_value_regex = "[0-9a-fA-F-]{36}"


@extend_schema_view(
    list=extend_schema(
        summary="Students",
        description=(
            "An admin's institution, a teacher's sections, a mentor's mentees, a parent's children, a "
            "student's own record; the rest does not exist for the caller."
        ),
    ),
    retrieve=extend_schema(summary="A student", description="One student that the caller may see."),
    mentees=extend_schema(
        summary="My mentees",
        description="Those whom the caller mentors, by name.",
        responses=StudentSerializer(many=True),
        filters=True,
    ),
)
class StudentViewSet(_Students):
    """Students that the caller may see."""

    policy = {
        "list": requires(rules.VIEW_STUDENTS),
        "retrieve": requires(rules.VIEW_STUDENTS),
        "mentees": requires(rules.MENTEES),
        "assign": requires(rules.MANAGE_STUDENTS),
    }
    idempotent = True

    def get_queryset(self) -> "QuerySet[Student]":
        """Whom the caller may see; of mentees, whom they mentor."""
        if self.action == "mentees":
            return _with_all(Student.objects.mentored_by(self.request.user))
        return _with_all(Student.objects.visible_to(self.request.user))

    @action(detail=False, methods=["get"])
    def mentees(self, request: Request) -> Response:
        """Those whom the caller mentors."""
        return self.list(request)

    @extend_schema(
        summary="Assign a mentor",
        description="Gives a student a mentor of their institution, or takes it away.",
        request=AssignSerializer,
        responses=StudentSerializer,
    )
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Give the student a mentor."""
        student = self.get_object()
        data = valid(AssignSerializer(data=request.data))
        user = acting_user(request)
        services.assign_mentor(
            students=[student.pk], mentor=_mentor(user, data["mentor"]), actor=user
        )
        return answer(StudentSerializer(_with_all(Student.objects.all()).get(pk=student.pk)).data)


@extend_schema_view(
    list=extend_schema(
        summary="Mentors",
        description="The mentors of the institutions that the caller manages; a mentor sees themselves.",
    ),
    retrieve=extend_schema(summary="A mentor", description="One mentor."),
)
class MentorViewSet(ReadOnlyApiViewSet):
    """Staff with the role mentor."""

    policy = requires(rules.VIEW_MENTEES)
    serializer_class = MentorSerializer
    queryset = StaffProfile.objects.none()
    filter_backends = []
    ordering = ("name", "id")
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> "QuerySet[StaffProfile]":
        """An admin's mentors; a mentor's own row."""
        return (
            _mentors_for(self.request.user)
            .select_related("institution", "department")
            .annotate(mentee_count=Count("mentees"))
        )

    @extend_schema(
        summary="Mentees of a mentor",
        description="By name.",
        responses=StudentSerializer(many=True),
    )
    @action(detail=True, methods=["get"])
    def mentees(self, request: Request, pk: str) -> Response:
        """Whom the mentor mentors."""
        mentor = self.get_object()
        page = self.paginate_queryset(_with_all(Student.objects.filter(mentor=mentor)))
        return self.get_paginated_response(StudentSerializer(page, many=True).data)


@extend_schema_view(
    list=extend_schema(
        summary="Students and their mentors",
        description="All students of the caller's institutions; `has_mentor=false` for those without.",
    ),
)
class AdminMenteesViewSet(_Students):
    """Who mentors whom, for admins."""

    policy = {
        "list": requires(rules.MANAGE_STUDENTS),
        "bulk_assign": requires(rules.MANAGE_STUDENTS),
    }
    idempotent = True

    def get_queryset(self) -> "QuerySet[Student]":
        """The students of the caller's institutions."""
        return _with_all(within(Student.objects.all(), self.request.user))

    @extend_schema(
        summary="Assign a mentor to many",
        description="All of them or none; those who have the mentor already stay as they are (P11).",
        request=BulkAssignSerializer,
        responses=BulkAssignedSerializer,
    )
    def bulk_assign(self, request: Request) -> Response:
        """Give many students one mentor."""
        data = valid(BulkAssignSerializer(data=request.data))
        user = acting_user(request)
        students = set(data["students"])
        mentor = _mentor(user, data["mentor"])
        try:
            changed = services.assign_mentor(students=students, mentor=mentor, actor=user)
        except StudentNotFound as refusal:
            raise serializers.ValidationError({"students": [str(refusal)]}) from None
        return answer({"students": len(students), "changed": changed})


def _mentors_for(user: Any) -> "QuerySet[StaffProfile]":
    """The mentors whom an admin manages, and oneself as a mentor."""
    all_mentors = StaffProfile.objects.filter(user__groups__name=Role.MENTOR.value)
    reach = within(StaffProfile.objects.all(), user)
    return all_mentors.filter(Q(pk__in=reach.values("pk")) | Q(user_id=user.pk))


def _mentor(user: Any, pk: int | None) -> StaffProfile | None:
    """The mentor that the caller named; refused at its field where there is none in their reach."""
    if pk is None:
        return None
    found = _mentors_for(user).select_related("user").filter(pk=pk).first()
    if found is None:
        raise serializers.ValidationError({"mentor": [_("There is no such mentor.")]})
    return found
