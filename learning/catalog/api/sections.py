"""The API of seasons, programs and sections."""

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from learning.catalog import services
from learning.catalog.api import serializers as forms
from learning.catalog.api.policies import READ, READ_SCOPES
from learning.catalog.models import (
    Meeting,
    Program,
    Season,
    Section,
)
from learning.catalog.rules import MANAGE
from portal.api.envelope import answer
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import requires


def sections_with_all() -> QuerySet[Section]:
    """Sections of published courses with what is told of them. Four queries."""
    return (
        Section.objects.filter(course__is_published=True)
        .select_related("course", "season")
        .prefetch_related(
            "instructors",
            Prefetch("meetings", Meeting.objects.select_related("hall__building")),
        )
    )


@extend_schema_view(
    list=extend_schema(summary="Seasons", description="The active seasons, the latest first."),
    retrieve=extend_schema(summary="A season", description="One season."),
)
class SeasonViewSet(ReadOnlyApiViewSet):
    """Seasons."""

    policy = READ
    scope = READ_SCOPES
    serializer_class = forms.SeasonSerializer
    queryset = Season.objects.filter(is_active=True)
    ordering = ("-starts", "id")


@extend_schema_view(
    list=extend_schema(summary="Programs", description="Programs of study."),
    retrieve=extend_schema(summary="A program", description="One program of study."),
)
class ProgramViewSet(ReadOnlyApiViewSet):
    """Programs of study."""

    policy = READ
    scope = READ_SCOPES
    serializer_class = forms.ProgramSerializer
    queryset = Program.objects.select_related("department")
    ordering = ("code", "id")


class SectionViewSet(ReadOnlyApiViewSet):
    """Sections."""

    policy = {**READ, "copy": requires(MANAGE)}
    scope = READ_SCOPES
    serializer_class = forms.SectionSerializer
    ordering = ("course__code", "id")
    filter_backends = []

    def get_queryset(self) -> QuerySet[Section]:
        """Those of published courses in active seasons; ``?course=`` and ``?season=``."""
        sections = sections_with_all().filter(season__is_active=True)
        course = self.request.query_params.get("course", "")
        season = self.request.query_params.get("season", "")
        if course.isdecimal():
            sections = sections.filter(course=int(course))
        return sections.filter(season__code=season) if season else sections

    @extend_schema(
        summary="Sections",
        description="Sections of active seasons with instructors and weekly hours. Everyone.",
        parameters=[
            OpenApiParameter("course", int, description="Of one course."),
            OpenApiParameter("season", str, description="Code of a season."),
        ],
    )
    def list(self, request: Request) -> Response:
        """The sections."""
        return super().list(request)

    @extend_schema(
        summary="Copy a section to a season",
        description="Its structure, not its people (L3). Admins.",
        request=forms.CopySerializer,
        responses={201: forms.SectionSerializer},
    )
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        """Copy the section to another season (L3)."""
        section = get_object_or_404(sections_with_all(), pk=pk)
        self.check_object_permissions(request, section)
        form = forms.CopySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        copied = services.copy_section(section=section, actor=request.user, **form.validated_data)
        return answer(
            forms.SectionSerializer(sections_with_all().get(pk=copied.pk)).data, status=201
        )
