"""The viewsets of the catalog."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from learning.catalog import services
from learning.catalog.api import serializers as forms
from learning.catalog.course_list import course_items
from learning.catalog.filters import FILTERS, CourseFilters
from learning.catalog.models import (
    Content,
    Course,
    Meeting,
    Module,
    Program,
    Resource,
    Season,
    Section,
)
from learning.catalog.queries import ORDERING, has_access, openable_content, openable_resource
from learning.catalog.rules import EDIT, MANAGE, is_admin, may_open
from learning.catalog.views import file_answer
from portal.api.envelope import answer
from portal.api.pagination import LAST, Cursor, invalid_cursor, page_size_of
from portal.api.views import ApiViewSet, ReadOnlyApiViewSet
from portal.permissions import PUBLIC, requires

READ = {"list": PUBLIC, "retrieve": PUBLIC}
WRITE = {
    "create": requires(EDIT),
    "partial_update": requires(EDIT),
    "destroy": requires(EDIT),
}
COURSE_PARAMETERS = [
    *(
        OpenApiParameter(choice.name, str, description=str(choice.help), enum=choice.values or None)
        for choice in FILTERS
    ),
    OpenApiParameter("cursor", str, description="`next_cursor` or `previous_cursor`, or `last`."),
    OpenApiParameter("page_size", int, description="1 to 100; 50 unless told."),
]


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
    serializer_class = forms.ProgramSerializer
    queryset = Program.objects.select_related("department")
    ordering = ("code", "id")


class CourseViewSet(ApiViewSet):
    """Courses."""

    policy = {
        **READ,
        "create": requires(MANAGE),
        "partial_update": requires(EDIT),
        "copy": requires(MANAGE),
    }
    queryset = Course.objects.published()
    serializer_class = forms.CourseSerializer
    filter_backends = []
    page_size, max_page_size = 50, 100

    def get_queryset(self) -> QuerySet[Course]:
        """Published courses; admins see the others as well."""
        courses = Course.objects.all() if is_admin(self.request.user) else super().get_queryset()
        return courses.select_related("department", "category").prefetch_related(  # type: ignore[type-var]
            "tags",  # type: ignore[misc]  # its manager is taggit's
            Prefetch("prerequisites", Course.objects.published().only("code")),
            Prefetch(
                "sections",
                sections_with_all().filter(season__is_active=True),
                to_attr="shown_sections",
            ),
        )

    @extend_schema(
        summary="Courses",
        description="The published courses in the order of their codes, by key. What is asked of "
        "sections (season, price, instructor, delivery, open) must hold of one section. Everyone.",
        parameters=COURSE_PARAMETERS,
        responses=forms.CourseItemSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """The list, by one query (see ``course_list``)."""
        filters = CourseFilters.read(request.query_params, strict=True)
        size = page_size_of(request, self.page_size, self.max_page_size)
        text = request.query_params.get("cursor") or ""
        page = course_items(filters, cursor=_cursor(text), last=text == LAST, size=size)
        meta = {
            "page_size": size,
            "next_cursor": page.next_cursor,
            "previous_cursor": page.previous_cursor,
        }
        return answer(page.items, meta=meta)

    @extend_schema(summary="A course", description="One course with its sections. Everyone.")
    def retrieve(self, request: Request, pk: str) -> Response:
        """One course."""
        return answer(forms.CourseSerializer(self.get_object()).data)

    @extend_schema(
        summary="Make a course",
        description="Admins.",
        request=forms.CourseWriteSerializer,
        responses={201: forms.CourseSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make a course."""
        form = forms.CourseWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        course = services.create_course(actor=request.user, **form.validated_data)
        return answer(self._told(course.pk), status=201)

    @extend_schema(
        summary="Correct a course",
        description="Admins, and instructors of the course for its words.",
        request=forms.CourseWriteSerializer(partial=True),
        responses=forms.CourseSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct a course."""
        course = self.get_object()
        form = forms.CourseWriteSerializer(course, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        services.update_course(course=course, actor=request.user, changes=form.validated_data)
        return answer(self._told(course.pk))

    @extend_schema(
        summary="Copy a course to a season",
        description="Copies the sections of one season to another (L3). Admins.",
        request=forms.CopyCourseSerializer,
        responses={201: forms.SectionSerializer(many=True)},
    )
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        """Copy the course's sections to another season (L3)."""
        course = self.get_object()
        form = forms.CopyCourseSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        copies = services.copy_course(course=course, actor=request.user, **form.validated_data)
        told = sections_with_all().filter(pk__in=[section.pk for section in copies])
        return answer(forms.SectionSerializer(told, many=True).data, status=201)

    def _told(self, pk: int) -> Any:
        return forms.CourseSerializer(self.get_queryset().get(pk=pk)).data


def _cursor(text: str) -> Cursor | None:
    """The place in the list of courses; raises the API's refusal for a cursor of another list."""
    if not text or text == LAST:
        return None
    cursor = Cursor.decode(text, len(ORDERING))
    code, pk = cursor.values
    if not isinstance(code, str) or isinstance(pk, bool) or not isinstance(pk, int):
        raise invalid_cursor()
    return cursor


class ModuleViewSet(ReadOnlyApiViewSet):
    """Chapters of courses."""

    policy = {**READ, **WRITE}
    serializer_class = forms.ModuleSerializer
    queryset = Module.objects.select_related("course").prefetch_related("contents")
    ordering = ("course_id", "position", "id")
    filter_backends = []

    def get_queryset(self) -> QuerySet[Module]:
        """Those of published courses (and of one's own); ``?course=`` for one course."""
        modules: QuerySet[Module] = super().get_queryset()
        user = self.request.user
        if not is_admin(user):
            shown = Q(course__is_published=True)
            if user.is_authenticated:
                shown |= Q(course__in=_taught(user))
            modules = modules.filter(shown)
        course = self.request.query_params.get("course", "")
        return modules.filter(course=int(course)) if course.isdecimal() else modules

    @extend_schema(
        summary="Modules",
        description="The chapters with the outline of their contents. Everyone.",
        parameters=[OpenApiParameter("course", int, description="Of one course.")],
    )
    def list(self, request: Request) -> Response:
        """The chapters."""
        return super().list(request)

    @extend_schema(summary="Make a module", description="Admins and the course's instructors.")
    def create(self, request: Request) -> Response:
        """Make a chapter."""
        form = forms.ModuleSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        self.check_object_permissions(request, form.validated_data["course"])
        module = services.write_module(actor=request.user, changes=form.validated_data)
        return answer(forms.ModuleSerializer(module).data, status=201)

    @extend_schema(summary="Correct a module", description="Admins and the course's instructors.")
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct a chapter."""
        module = self.get_object()
        form = forms.ModuleSerializer(module, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        self.check_object_permissions(request, form.validated_data.get("course", module.course))
        services.write_module(module=module, actor=request.user, changes=form.validated_data)
        return answer(forms.ModuleSerializer(module).data)

    @extend_schema(
        summary="Delete a module",
        description="With its contents. Admins and the course's instructors.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a chapter out."""
        services.delete_part(part=self.get_object(), actor=request.user)
        return Response(status=204)


def _taught(user: Any) -> QuerySet[Course]:
    return Course.objects.filter(sections__instructors__user=user)


class ContentViewSet(ApiViewSet):
    """Contents of courses, for those who may open them (L2)."""

    policy = {**WRITE, "retrieve": PUBLIC, "file": PUBLIC}
    serializer_class = forms.ContentSerializer
    queryset = Content.objects.select_related("module__course")
    filter_backends = []

    def _openable(self, request: Request, pk: str) -> Content:
        """The content, if it is there (404) and may be opened (401, 403)."""
        content = openable_content(int(pk)) if pk.isdecimal() else None
        if content is None:
            raise Http404
        if not may_open(request.user, content):
            self.permission_denied(request)
        return content

    @extend_schema(
        summary="A content",
        description="For everyone if it is a preview; else for those enrolled and not expired, the "
        "course's instructors and admins (403 for others).",
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Open one content (L2)."""
        return answer(forms.ContentSerializer(self._openable(request, pk)).data)

    @extend_schema(
        summary="A content's document",
        description="The file itself, for those who may open the content.",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True)
    def file(self, request: Request, pk: str) -> HttpResponseBase:
        """Download the document (L2)."""
        content = self._openable(request, pk)
        if not content.file:
            raise Http404
        return file_answer(content.file, content.title)

    @extend_schema(summary="Make a content", description="Admins and the course's instructors.")
    def create(self, request: Request) -> Response:
        """Make a content."""
        form = forms.ContentSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        self.check_object_permissions(request, form.validated_data["module"])
        content = services.write_content(actor=request.user, changes=form.validated_data)
        return answer(forms.ContentSerializer(content).data, status=201)

    @extend_schema(summary="Correct a content", description="Admins and the course's instructors.")
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct a content."""
        content = self.get_object()
        form = forms.ContentSerializer(content, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        self.check_object_permissions(request, form.validated_data.get("module", content.module))
        services.write_content(content=content, actor=request.user, changes=form.validated_data)
        return answer(forms.ContentSerializer(content).data)

    @extend_schema(
        summary="Delete a content",
        description="Admins and the course's instructors.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a content out."""
        services.delete_part(part=self.get_object(), actor=request.user)
        return Response(status=204)


class SectionViewSet(ReadOnlyApiViewSet):
    """Sections."""

    policy = {**READ, "copy": requires(MANAGE)}
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
        form = forms.CopySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        copied = services.copy_section(section=section, actor=request.user, **form.validated_data)
        return answer(
            forms.SectionSerializer(sections_with_all().get(pk=copied.pk)).data, status=201
        )


class ResourceViewSet(ReadOnlyApiViewSet):
    """Files beside the teaching."""

    policy = {**READ, "file": PUBLIC}
    serializer_class = forms.ResourceSerializer
    ordering = ("title", "id")
    filter_backends = []

    def get_queryset(self) -> QuerySet[Resource]:
        """Those for everyone; of one course (``?course=``) all, for who may open its contents."""
        resources = Resource.objects.select_related("course", "department")
        user, params = self.request.user, self.request.query_params
        shown = Q(is_public=True, course__isnull=True) | Q(
            is_public=True, course__is_published=True
        )
        if user.is_authenticated:
            shown |= Q(course__isnull=True)
        if params.get("course", "").isdecimal():
            resources = resources.filter(course=int(params["course"]))
            course = Course.objects.filter(pk=int(params["course"])).first()
            if course is not None and has_access(user, course):
                return resources
        if params.get("department"):
            resources = resources.filter(department__code=params["department"])
        if params.get("semester", "").isdecimal():
            resources = resources.filter(semester=int(params["semester"]))
        return resources if is_admin(user) else resources.filter(shown)

    @extend_schema(
        summary="Resources",
        description="Files by course, department and semester: those that the asker may have.",
        parameters=[
            OpenApiParameter("course", int, description="Of one course."),
            OpenApiParameter("department", str, description="Code of a department."),
            OpenApiParameter("semester", int, description="For one semester."),
        ],
    )
    def list(self, request: Request) -> Response:
        """The files."""
        return super().list(request)

    @extend_schema(
        summary="A resource's file",
        description="The file itself; 404 for who may not have it.",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True)
    def file(self, request: Request, pk: str) -> HttpResponseBase:
        """Download the file."""
        resource = openable_resource(int(pk), request.user) if pk.isdecimal() else None
        if resource is None:
            raise Http404
        return file_answer(resource.file, resource.title)
