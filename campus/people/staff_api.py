"""The API of staff: everyone reads who is listed, their institution's admins see all and write."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campus.institutions.api import InstitutionRefSerializer, path_field
from campus.institutions.models import Department
from campus.institutions.scope import shown_or_within
from campus.people.models import StaffProfile, public_staff
from campus.people.rules import MANAGE_STAFF
from campus.people.services import delete_staff, write_staff
from portal.api.envelope import answer
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import PUBLIC, requires


class DepartmentRefSerializer(serializers.ModelSerializer):
    """A department as others name it."""

    class Meta:
        model = Department
        fields = ["id", "code", "name"]


class StaffSerializer(serializers.ModelSerializer):
    """One of the staff as everyone sees them."""

    institution = InstitutionRefSerializer(read_only=True)
    department = DepartmentRefSerializer(read_only=True, allow_null=True)
    path = path_field()

    class Meta:
        model = StaffProfile
        fields = [
            *("id", "name", "title", "qualifications", "department", "institution", "is_listed"),
            *("left_on", "public_email", "public_phone", "office", "path"),
        ]


class StaffWriteSerializer(serializers.ModelSerializer):
    """What makes or corrects one of the staff; the department is of the same institution."""

    class Meta:
        model = StaffProfile
        fields = [
            *("institution", "name", "number", "department", "title", "qualifications"),
            *("is_listed", "left_on"),
        ]
        validators: list[Any] = []


class StaffFilter(filters.FilterSet):
    """By institution, department and a part of the name."""

    q = filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("part of the name"))

    class Meta:
        model = StaffProfile
        fields = ["institution", "department"]


@extend_schema_view(
    list=extend_schema(
        summary="Staff",
        description="Those who teach, mentor or work here, by name: who is listed publicly, and for "
        "admins all of their institution.",
    ),
    retrieve=extend_schema(
        summary="One of the staff",
        description="404 for who is not listed or has left, but to their admins.",
    ),
)
class StaffViewSet(ReadOnlyApiViewSet):
    """Staff."""

    policy = {
        "list": PUBLIC,
        "retrieve": PUBLIC,
        "create": requires(MANAGE_STAFF),
        "partial_update": requires(MANAGE_STAFF),
        "destroy": requires(MANAGE_STAFF),
    }
    queryset = StaffProfile.objects.select_related("institution", "department")
    serializer_class = StaffSerializer
    filterset_class = StaffFilter
    ordering = ("name", "id")

    def get_queryset(self) -> QuerySet[StaffProfile]:
        """Who is public; for admins their institution's others as well."""
        return shown_or_within(super().get_queryset(), self.request.user, public_staff())

    @extend_schema(
        summary="Add one of the staff",
        description="Admins of the institution. An account is bound to it in the admin.",
        request=StaffWriteSerializer,
        responses={201: StaffSerializer},
    )
    def create(self, request: Request) -> Response:
        """Add one."""
        form = StaffWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = write_staff(actor=request.user, changes=dict(form.validated_data))
        return answer(self._told(made), status=201)

    @extend_schema(
        summary="Correct one of the staff",
        description="Admins of the institution.",
        request=StaffWriteSerializer(partial=True),
        responses=StaffSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct one."""
        held = self.get_object()
        form = StaffWriteSerializer(held, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        changed = write_staff(actor=request.user, changes=dict(form.validated_data), staff=held)
        return answer(self._told(changed))

    @extend_schema(
        summary="Take one of the staff away",
        description="Admins of the institution. Sections they taught stay, without their name.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Take one away."""
        delete_staff(staff=self.get_object(), actor=request.user)
        return Response(status=204)

    def _told(self, staff: StaffProfile) -> Any:
        return StaffSerializer(self.get_queryset().get(pk=staff.pk)).data
