"""The API of modules, contents and resources."""

from django.db.models import Q, QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.institutions.scope import shown_or_within
from learning.catalog import services
from learning.catalog.api import serializers as forms
from learning.catalog.api import writing
from learning.catalog.api.policies import READ, WRITE
from learning.catalog.models import (
    Content,
    Course,
    Module,
    Resource,
)
from learning.catalog.queries import has_access, openable_content, openable_resource
from learning.catalog.rules import may_open, taught_by
from portal.api.envelope import answer
from portal.api.numbers import asked_number, id_in
from portal.api.views import ApiViewSet, ReadOnlyApiViewSet
from portal.permissions import PUBLIC
from portal.storages import file_answer


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
        shown = Q(course__is_published=True)
        if user.is_authenticated:
            shown |= Q(course__in=taught_by(user))
        modules = shown_or_within(modules, user, shown)
        course = asked_number(self.request, "course")
        return modules if course is None else modules.filter(course=course)

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


REFUSED: dict[int, None] = {401: None, 403: None}
"""What whoever may not open a content is told: the door is open to all, the content is not."""


class ContentViewSet(ApiViewSet):
    """Contents of courses, for those who may open them (L2)."""

    policy = {**WRITE, "retrieve": PUBLIC, "file": PUBLIC}
    serializer_class = forms.ContentSerializer
    queryset = Content.objects.select_related("module__course")
    filter_backends = []

    def _openable(self, request: Request, pk: str) -> Content:
        """The content, if it is there (404) and may be opened (401, 403)."""
        content = openable_content(id_in(pk))
        if content is None:
            raise Http404
        if not may_open(request.user, content):
            self.permission_denied(request)
        return content

    @extend_schema(
        summary="A content",
        description="For everyone if it is a preview; else for those enrolled and not expired, the "
        "course's instructors and admins (403 for others).",
        responses={200: forms.ContentSerializer, **REFUSED},
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Open one content (L2)."""
        return answer(forms.ContentSerializer(self._openable(request, pk)).data)

    @extend_schema(
        summary="A content's document",
        description="The file itself, for those who may open the content.",
        responses={(200, "*/*"): OpenApiTypes.BINARY, **REFUSED},
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


class ResourceViewSet(ReadOnlyApiViewSet):
    """Files beside the teaching."""

    policy = {**READ, **WRITE, "file": PUBLIC}
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
        if (asked := asked_number(self.request, "course")) is not None:
            resources = resources.filter(course=asked)
            course = Course.objects.filter(pk=asked).first()
            if course is not None and has_access(user, course):
                return resources
        if params.get("department"):
            resources = resources.filter(department__code=params["department"])
        if (semester := asked_number(self.request, "semester")) is not None:
            resources = resources.filter(semester=semester)
        return shown_or_within(resources, user, shown)

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

    @extend_schema(summary="A resource", description="One file; 404 for who may not have it.")
    def retrieve(self, request: Request, pk: str) -> Response:
        """One file, for whoever may have it."""
        return answer(forms.ResourceSerializer(self._openable(request, pk)).data)

    @extend_schema(
        summary="Make a resource",
        description="The file by multipart. Admins, for their institutions; and teachers, for a course of "
        "their own.",
        request={"multipart/form-data": writing.ResourceWriteSerializer},
        responses={201: forms.ResourceSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make one."""
        form = writing.ResourceWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.write_resource(actor=request.user, changes=form.validated_data)
        return answer(forms.ResourceSerializer(made).data, status=201)

    @extend_schema(
        summary="Correct a resource",
        description="What is not named stays; a new file takes the place of the old one. Admins, and the "
        "course's teachers.",
        request={
            "application/json": writing.ResourceWriteSerializer(partial=True),
            "multipart/form-data": writing.ResourceWriteSerializer(partial=True),
        },
        responses=forms.ResourceSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct one."""
        held = self._own(request, pk)
        form = writing.ResourceWriteSerializer(held, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        stored = services.write_resource(
            resource=held, actor=request.user, changes=form.validated_data
        )
        return answer(forms.ResourceSerializer(stored).data)

    @extend_schema(
        summary="Delete a resource",
        description="With its file. Admins, and the course's teachers.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Take one away."""
        services.delete_resource(resource=self._own(request, pk), actor=request.user)
        return Response(status=204)

    def _own(self, request: Request, pk: str) -> Resource:
        """The resource, if the asker may have it (404) and write it (403)."""
        resource = self._openable(request, pk)
        self.check_object_permissions(request, resource)
        return resource

    def _openable(self, request: Request, pk: str) -> Resource:
        found = openable_resource(id_in(pk), request.user)
        if found is None:
            raise Http404
        return found

    @extend_schema(
        summary="A resource's file",
        description="The file itself; 404 for who may not have it.",
        responses={(200, "*/*"): OpenApiTypes.BINARY},
    )
    @action(detail=True)
    def file(self, request: Request, pk: str) -> HttpResponseBase:
        """Download the file."""
        resource = self._openable(request, pk)
        return file_answer(resource.file, resource.title)
