"""The API of institutions, faculties and departments: everyone reads, their admins write."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campus.institutions import services
from campus.institutions.models import Department, Faculty, Institution
from campus.institutions.rules import FOUND, MANAGE
from portal.api.envelope import answer
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import PUBLIC, requires

WRITE = {
    "list": PUBLIC,
    "retrieve": PUBLIC,
    "create": requires(MANAGE),
    "partial_update": requires(MANAGE),
    "destroy": requires(MANAGE),
}


class InstitutionRefSerializer(serializers.ModelSerializer):
    """An institution as its parts name it."""

    class Meta:
        model = Institution
        fields = ["id", "name", "slug"]


def path_field() -> Any:
    """The address of the public profile, in the language of the request."""
    return serializers.CharField(
        source="get_absolute_url", read_only=True, help_text="The public profile on the site."
    )


class InstitutionSerializer(serializers.ModelSerializer):
    """An institution."""

    path = path_field()

    class Meta:
        model = Institution
        fields = ["id", "name", "slug", "timezone", "address", "path"]
        # (The service names what is taken.)
        extra_kwargs: dict[str, Any] = {"slug": {"validators": []}}


class FacultyRefSerializer(serializers.ModelSerializer):
    """A faculty as a department names it."""

    class Meta:
        model = Faculty
        fields = ["id", "code", "name"]


class FacultySerializer(serializers.ModelSerializer):
    """A faculty with its institution."""

    institution = InstitutionRefSerializer(read_only=True)
    path = path_field()

    class Meta:
        model = Faculty
        fields = ["id", "code", "name", "slug", "address", "path", "institution"]


class FacultyWriteSerializer(serializers.ModelSerializer):
    """What makes or corrects a faculty."""

    class Meta:
        model = Faculty
        fields = ["institution", "code", "name", "slug", "address"]
        validators: list[Any] = []


class DepartmentDetailSerializer(serializers.ModelSerializer):
    """A department with its faculty, if it has one, and its institution."""

    institution = InstitutionRefSerializer(read_only=True)
    faculty = FacultyRefSerializer(read_only=True, allow_null=True)
    path = path_field()

    class Meta:
        model = Department
        fields = ["id", "code", "name", "slug", "address", "path", "faculty", "institution"]


class DepartmentWriteSerializer(serializers.ModelSerializer):
    """What makes or corrects a department; its faculty is of the same institution."""

    class Meta:
        model = Department
        fields = ["institution", "faculty", "code", "name", "slug", "address"]
        validators: list[Any] = []


class NameFilter(filters.FilterSet):
    """By a part of the name."""

    q = filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("part of the name"))


class InstitutionFilter(NameFilter):
    """By slug and name."""

    class Meta:
        model = Institution
        fields = ["slug"]


class FacultyFilter(NameFilter):
    """By institution, code and name."""

    class Meta:
        model = Faculty
        fields = ["institution", "code"]


class DepartmentFilter(NameFilter):
    """By institution, faculty, code and name."""

    class Meta:
        model = Department
        fields = ["institution", "faculty", "code"]


class _PartsViewSet(ReadOnlyApiViewSet):
    """What the three share: reading for everyone, writing through one service each."""

    form_class: type[serializers.ModelSerializer]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Any:
        """Make (``held`` is None) or correct one."""
        raise NotImplementedError

    def _create(self, request: Request) -> Response:
        form = self.form_class(data=request.data)
        form.is_valid(raise_exception=True)
        made = self.write(request.user, dict(form.validated_data), None)
        return answer(self._told(made), status=201)

    def _update(self, request: Request) -> Response:
        held = self.get_object()
        form = self.form_class(held, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        changed = self.write(request.user, dict(form.validated_data), held)
        return answer(self._told(changed))

    def _told(self, thing: Any) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=thing.pk)).data

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it, if nothing belongs to it."""
        services.delete_part(part=self.get_object(), actor=request.user)
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(
        summary="Institutions",
        description="The universities, colleges and course centers of the portal, by name. Everyone.",
    ),
    retrieve=extend_schema(summary="An institution", description="One institution. Everyone."),
    destroy=extend_schema(
        summary="Delete an institution",
        description="Admins of the whole portal; 409 `still_in_use` where anything belongs to it.",
        responses={204: None},
    ),
)
class InstitutionViewSet(_PartsViewSet):
    """Institutions."""

    policy = {**WRITE, "create": requires(FOUND), "destroy": requires(FOUND)}
    queryset = Institution.objects.all()
    serializer_class = InstitutionSerializer
    form_class = InstitutionSerializer
    filterset_class = InstitutionFilter
    ordering = ("name", "id")

    @extend_schema(
        summary="Found an institution",
        description="Admins of the whole portal. 400 names the field that is taken.",
        request=InstitutionSerializer,
        responses={201: InstitutionSerializer},
    )
    def create(self, request: Request) -> Response:
        """Found one."""
        return self._create(request)

    @extend_schema(
        summary="Correct an institution",
        description="Its admins, and admins of the whole portal.",
        request=InstitutionSerializer(partial=True),
        responses=InstitutionSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct one."""
        return self._update(request)

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Institution:
        """By the service."""
        return services.write_institution(actor=actor, changes=changes, institution=held)


@extend_schema_view(
    list=extend_schema(
        summary="Faculties", description="Faculties by name; `?institution=` for one's. Everyone."
    ),
    retrieve=extend_schema(summary="A faculty", description="One faculty. Everyone."),
    destroy=extend_schema(
        summary="Delete a faculty",
        description="Admins of its institution; 409 `still_in_use` where departments belong to it.",
        responses={204: None},
    ),
)
class FacultyViewSet(_PartsViewSet):
    """Faculties."""

    policy = WRITE
    queryset = Faculty.objects.select_related("institution")
    serializer_class = FacultySerializer
    form_class = FacultyWriteSerializer
    filterset_class = FacultyFilter
    ordering = ("name", "id")

    @extend_schema(
        summary="Make a faculty",
        description="Admins of the institution.",
        request=FacultyWriteSerializer,
        responses={201: FacultySerializer},
    )
    def create(self, request: Request) -> Response:
        """Make one."""
        return self._create(request)

    @extend_schema(
        summary="Correct a faculty",
        description="Admins of its institution.",
        request=FacultyWriteSerializer(partial=True),
        responses=FacultySerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct one."""
        return self._update(request)

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Faculty:
        """By the service."""
        return services.write_faculty(actor=actor, changes=changes, faculty=held)


@extend_schema_view(
    list=extend_schema(
        summary="Departments",
        description="Departments by code; `?institution=` and `?faculty=` for one's. Everyone.",
    ),
    retrieve=extend_schema(summary="A department", description="One department. Everyone."),
    destroy=extend_schema(
        summary="Delete a department",
        description="Admins of its institution; 409 `still_in_use` where courses, people or programs "
        "belong to it.",
        responses={204: None},
    ),
)
class DepartmentViewSet(_PartsViewSet):
    """Departments."""

    policy = WRITE
    queryset = Department.objects.select_related("institution", "faculty")
    serializer_class = DepartmentDetailSerializer
    form_class = DepartmentWriteSerializer
    filterset_class = DepartmentFilter
    ordering = ("code", "id")

    @extend_schema(
        summary="Make a department",
        description="Admins of the institution; a faculty, if one is named, is of the same institution.",
        request=DepartmentWriteSerializer,
        responses={201: DepartmentDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make one."""
        return self._create(request)

    @extend_schema(
        summary="Correct a department",
        description="Admins of its institution.",
        request=DepartmentWriteSerializer(partial=True),
        responses=DepartmentDetailSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct one."""
        return self._update(request)

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Department:
        """By the service."""
        return services.write_department(actor=actor, changes=changes, department=held)
