"""The API of sections: everyone reads, admins and who teaches the course write."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.institutions.scope import shown_or_within
from learning.catalog import services
from learning.catalog.api import serializers as forms
from learning.catalog.api import writing
from learning.catalog.api.policies import READ, READ_SCOPES
from learning.catalog.models import Meeting, Section
from learning.catalog.rules import EDIT, MANAGE, taught_by
from portal.api.envelope import answer
from portal.api.numbers import asked_number
from portal.api.parsers import OrjsonParser
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import requires

EXAMPLE = OpenApiExample(
    "A section that meets twice a week",
    request_only=True,
    value={
        "course": 12,
        "season": 3,
        "number": "40211",
        "code": "A",
        "delivery": "in_person",
        "instructors": [7],
        "price": "480.00",
        "currency": "USD",
        "capacity": 30,
        "enrollment_opens": "2026-07-01",
        "enrollment_closes": "2026-08-20",
        "starts": "2026-08-24",
        "ends": "2026-12-11",
        "access_days": 180,
        "meetings": [
            {"weekday": 2, "starts": "09:00", "ends": "09:50", "hall": 5},
            {"weekday": 4, "starts": "09:00", "ends": "09:50", "place": "In the garden"},
        ],
    },
)


def with_all(sections: QuerySet[Section]) -> QuerySet[Section]:
    """``sections`` with what is told of them. Three queries."""
    return sections.select_related("course", "season").prefetch_related(
        "instructors",
        Prefetch("meetings", Meeting.objects.select_related("hall__building")),
    )


def sections_with_all() -> QuerySet[Section]:
    """Sections of published courses with what is told of them. Three queries."""
    return with_all(Section.objects.filter(course__is_published=True))


class SectionViewSet(ReadOnlyApiViewSet):
    """Sections."""

    policy = {
        **READ,
        "create": requires(EDIT),
        "partial_update": requires(EDIT),
        "destroy": requires(MANAGE),
        "copy": requires(MANAGE),
    }
    scope = READ_SCOPES
    idempotent = True
    parser_classes = (OrjsonParser,)
    serializer_class = forms.SectionSerializer
    ordering = ("course__code", "id")
    filter_backends = []

    def get_queryset(self) -> QuerySet[Section]:
        """Those of published courses in active seasons; one by one, also what is one's own to write.

        ``?course=`` and ``?season=`` narrow the list.
        """
        if self.action != "list":
            user, shown = self.request.user, Q(course__is_published=True)
            if self.action == "retrieve":
                shown &= Q(season__is_active=True)
            if user.is_authenticated:
                shown |= Q(course__in=taught_by(user))
            return shown_or_within(with_all(Section.objects.all()), user, shown)
        sections = sections_with_all().filter(season__is_active=True)
        course = asked_number(self.request, "course")
        season = self.request.query_params.get("season", "")
        if course is not None:
            sections = sections.filter(course=course)
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
        summary="Make a section",
        description="With its weekly meetings: weekday (Saturday is 0, Friday is 6), start, end, and a hall "
        "or a place in words. Admins; and who teaches the course, who becomes its instructor, without what "
        "admins decide (price, seats, halls, …: 403 names the field). 400 names what does not fit.",
        request=writing.SectionWriteSerializer,
        responses={201: forms.SectionSerializer},
        examples=[EXAMPLE],
    )
    def create(self, request: Request) -> Response:
        """Make one."""
        form = writing.SectionWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        self.check_object_permissions(request, form.validated_data["course"])
        made = services.create_section(actor=request.user, **form.validated_data)
        return answer(self._told(made), status=201)

    @extend_schema(
        summary="Correct a section",
        description="What is not named stays; `meetings` replaces all weekly meetings at once. "
        "`is_cancelled` cancels a section and takes that back. Admins; who teaches the course, without what "
        "admins decide (403 names the field). 409 `capacity_below_taken` for fewer seats than are taken.",
        request=writing.SectionWriteSerializer(partial=True),
        responses=forms.SectionSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct one."""
        section = self.get_object()
        form = writing.SectionWriteSerializer(section, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        services.update_section(section=section, actor=request.user, changes=form.validated_data)
        return answer(self._told(section))

    @extend_schema(
        summary="Delete a section",
        description="One that nobody enrolled in or asked for; 409 `still_in_use` names what hangs on it: "
        "such a section is cancelled instead. Admins.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete one that nothing hangs on."""
        services.delete_section(section=self.get_object(), actor=request.user)
        return Response(status=204)

    @extend_schema(
        summary="Copy a section to a season",
        description="Its structure, not its people (L3). Admins.",
        request=forms.CopySerializer,
        responses={201: forms.SectionSerializer},
    )
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        """Copy the section to another season (L3)."""
        section = self.get_object()
        form = forms.CopySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        copied = services.copy_section(section=section, actor=request.user, **form.validated_data)
        return answer(self._told(copied), status=201)

    def _told(self, section: Section) -> Any:
        return forms.SectionSerializer(with_all(Section.objects.all()).get(pk=section.pk)).data
