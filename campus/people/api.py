"""The API of the parts of the profile that belong to roles (P9)."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.people.models import StaffProfile, Student
from campus.people.profile import save_student
from campus.people.queries import staff_of, student_of
from campus.people.services import update_staff
from portal.api.given import valid
from portal.api.views import ApiView
from portal.permissions import requires


class StudentPartSerializer(serializers.ModelSerializer[Student]):
    """A student's part of the profile; the institution's facts can only be read."""

    institution = serializers.CharField(source="institution.name", read_only=True)
    department = serializers.CharField(source="department.name", read_only=True, allow_null=True)
    mentor = serializers.CharField(source="mentor.name", read_only=True, allow_null=True)

    class Meta:
        model = Student
        fields = [
            "id",
            "institution",
            "name",
            "number",
            "department",
            "program",
            "semester",
            "batch",
            "admission_year",
            "state",
            "mentor",
            "date_of_birth",
            "guardians_may_see",
        ]
        read_only_fields = [
            *("id", "name", "number", "program", "admission_year", "state", "date_of_birth"),
        ]


class StaffPartSerializer(serializers.ModelSerializer[StaffProfile]):
    """The staff's part of the profile; the institution's facts can only be read."""

    institution = serializers.CharField(source="institution.name", read_only=True)
    department = serializers.CharField(source="department.name", read_only=True, allow_null=True)
    qualifications = serializers.CharField(max_length=5000, required=False, allow_blank=True)

    class Meta:
        model = StaffProfile
        fields = [
            *("id", "institution", "name", "number", "department", "title", "qualifications"),
            *("is_listed", "public_email", "public_phone", "office"),
        ]
        read_only_fields = ["id", "name", "number"]


class StudentProfileView(ApiView):
    """The caller's own student part; 404 for who is no student."""

    policy = requires("accounts.use_profile")

    @extend_schema(operation_id="profile_student_retrieve", responses=StudentPartSerializer)
    def get(self, request: Request) -> Response:
        """Read it."""
        return Response(StudentPartSerializer(self._student(request)).data)

    @extend_schema(
        operation_id="profile_student_update",
        request=StudentPartSerializer,
        responses=StudentPartSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Correct it; what is not named stays."""
        student = self._student(request)
        data = valid(StudentPartSerializer(student, data=request.data, partial=True))
        save_student(student, data, acting_user(request))
        return Response(StudentPartSerializer(student).data)

    def _student(self, request: Request) -> Student:
        student = student_of(request.user)
        if student is None:
            raise Http404
        return student


class StaffProfileView(ApiView):
    """The caller's own staff part; 404 for who is not of the staff."""

    policy = requires("accounts.use_profile")

    @extend_schema(operation_id="profile_staff_retrieve", responses=StaffPartSerializer)
    def get(self, request: Request) -> Response:
        """Read it."""
        return Response(StaffPartSerializer(self._staff(request)).data)

    @extend_schema(
        operation_id="profile_staff_update",
        request=StaffPartSerializer,
        responses=StaffPartSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Correct it; what is not named stays."""
        staff = self._staff(request)
        data = valid(StaffPartSerializer(staff, data=request.data, partial=True))
        update_staff(staff=staff, changes=data, actor=acting_user(request))
        return Response(StaffPartSerializer(staff).data)

    def _staff(self, request: Request) -> StaffProfile:
        staff = staff_of(request.user)
        if staff is None:
            raise Http404
        return staff
