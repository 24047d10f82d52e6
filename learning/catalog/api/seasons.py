"""The API of seasons and programs: everyone reads, the admins of their institution write."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campus.institutions.scope import shown_or_within
from learning.catalog import services
from learning.catalog.api import serializers as forms
from learning.catalog.api import writing
from learning.catalog.api.policies import MANAGED, READ, READ_SCOPES
from learning.catalog.models import Program, Season
from portal.api.envelope import answer
from portal.api.views import ReadOnlyApiViewSet


class _WrittenViewSet(ReadOnlyApiViewSet):
    """What the two share: one service each for making, correcting and deleting."""

    policy = {**READ, **MANAGED}
    scope = READ_SCOPES
    idempotent = True
    write_class: type[serializers.ModelSerializer]

    def write(self, actor: Any, changes: Mapping[str, Any], held: Any) -> Any:
        """Make (``held`` is None) or correct one."""
        raise NotImplementedError

    def _written(self, request: Request, held: Any) -> Any:
        form = self.write_class(held, data=request.data, partial=held is not None)
        form.is_valid(raise_exception=True)
        stored = self.write(request.user, form.validated_data, held)
        return self.get_serializer(type(stored)._default_manager.get(pk=stored.pk)).data


class SeasonFilter(filters.FilterSet):
    """By institution, code and kind."""

    class Meta:
        model = Season
        fields = ["institution", "code", "kind"]


@extend_schema_view(
    list=extend_schema(
        summary="Seasons",
        description="The active seasons, the latest first; admins see their others as well. Everyone.",
    ),
    retrieve=extend_schema(summary="A season", description="One season. Everyone."),
)
class SeasonViewSet(_WrittenViewSet):
    """Seasons."""

    serializer_class = forms.SeasonSerializer
    write_class = writing.SeasonWriteSerializer
    filterset_class = SeasonFilter
    queryset = Season.objects.all()
    ordering = ("-starts", "id")

    def get_queryset(self) -> QuerySet[Season]:
        """The active ones, and to admins what is within their reach."""
        return shown_or_within(super().get_queryset(), self.request.user, Q(is_active=True))

    @extend_schema(
        summary="Make a season",
        description="Admins of the institution. 400 names the field at fault: a code that is taken, an "
        "end before the start.",
        request=writing.SeasonWriteSerializer,
        responses={201: forms.SeasonSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make one."""
        return answer(self._written(request, None), status=201)

    @extend_schema(
        summary="Correct a season",
        description="Admins of its institution. 409 `still_in_use` where one with sections would move to "
        "another institution.",
        request=writing.SeasonWriteSerializer(partial=True),
        responses=forms.SeasonSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct one."""
        return answer(self._written(request, self.get_object()))

    @extend_schema(
        summary="Delete a season",
        description="Admins of its institution; 409 `still_in_use` where sections are in it.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete one that nothing is in."""
        services.delete_season(season=self.get_object(), actor=request.user)
        return Response(status=204)

    def write(self, actor: Any, changes: Mapping[str, Any], held: Any) -> Season:
        """By the service."""
        return services.write_season(actor=actor, changes=changes, season=held)


class ProgramFilter(filters.FilterSet):
    """By department, its institution and code."""

    institution = filters.NumberFilter(field_name="department__institution")

    class Meta:
        model = Program
        fields = ["department", "code"]


@extend_schema_view(
    list=extend_schema(summary="Programs", description="Programs of study. Everyone."),
    retrieve=extend_schema(summary="A program", description="One program of study. Everyone."),
)
class ProgramViewSet(_WrittenViewSet):
    """Programs of study."""

    serializer_class = forms.ProgramSerializer
    write_class = writing.ProgramWriteSerializer
    filterset_class = ProgramFilter
    queryset = Program.objects.select_related("department")
    ordering = ("code", "id")

    @extend_schema(
        summary="Make a program",
        description="Admins of the department's institution. 400 names a code that is taken.",
        request=writing.ProgramWriteSerializer,
        responses={201: forms.ProgramSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make one."""
        return answer(self._written(request, None), status=201)

    @extend_schema(
        summary="Correct a program",
        description="Admins of its institution. 409 `still_in_use` where one with courses would move to "
        "another institution.",
        request=writing.ProgramWriteSerializer(partial=True),
        responses=forms.ProgramSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct one."""
        return answer(self._written(request, self.get_object()))

    @extend_schema(
        summary="Delete a program",
        description="Admins of its institution; 409 `still_in_use` where courses belong to it.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete one that no course is of."""
        services.delete_program(program=self.get_object(), actor=request.user)
        return Response(status=204)

    def write(self, actor: Any, changes: Mapping[str, Any], held: Any) -> Program:
        """By the service."""
        return services.write_program(actor=actor, changes=changes, program=held)
