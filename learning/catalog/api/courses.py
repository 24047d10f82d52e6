"""The API of courses."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.institutions.scope import shown_or_within
from learning.catalog import services
from learning.catalog.api import serializers as forms
from learning.catalog.api import writing
from learning.catalog.api.policies import READ, READ_SCOPES
from learning.catalog.api.sections import with_all
from learning.catalog.course_list import course_items
from learning.catalog.filters import FILTERS, CourseFilters
from learning.catalog.models import Course, Section
from learning.catalog.queries import ORDERING
from learning.catalog.rules import AUTHOR, EDIT, MANAGE, taught_by
from portal.api.envelope import answer
from portal.api.pagination import LAST, Cursor, invalid_cursor, page_size_of
from portal.api.views import ApiViewSet
from portal.permissions import requires
from portal.roles import Role

COURSE_PARAMETERS = [
    *(
        OpenApiParameter(choice.name, str, description=str(choice.help), enum=choice.values or None)
        for choice in FILTERS
    ),
    OpenApiParameter("cursor", str, description="`next_cursor` or `previous_cursor`, or `last`."),
    OpenApiParameter("page_size", int, description="1 to 100; 50 unless told."),
]


class CourseViewSet(ApiViewSet):
    """Courses."""

    policy = {
        **READ,
        "create": requires(AUTHOR),
        "partial_update": requires(EDIT),
        "destroy": requires(MANAGE),
        "copy": requires(MANAGE),
    }
    scope = READ_SCOPES
    queryset = Course.objects.published()
    serializer_class = forms.CourseSerializer
    filter_backends = []
    page_size, max_page_size = 50, 100

    def get_queryset(self) -> QuerySet[Course]:
        """Published courses; admins see their others as well, and teachers their own."""
        user, shown = self.request.user, Q(is_published=True)
        if user.is_authenticated and user.has_role(Role.TEACHER):
            shown |= Q(pk__in=taught_by(user))
        courses = shown_or_within(Course.objects.all(), user, shown)
        return courses.select_related(  # type: ignore[type-var]
            "department", "category", "thumbnail"
        ).prefetch_related(
            "tags",  # type: ignore[misc]  # its manager is taggit's
            "programs",
            Prefetch("prerequisites", Course.objects.published().only("code")),
            Prefetch(
                "sections",
                with_all(Section.objects.filter(season__is_active=True)),
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
        description="Admins; and teachers of the institution, whose course an admin publishes then. "
        "403 names a field that only admins set, 400 what does not fit.",
        request=writing.CourseWriteSerializer,
        responses={201: forms.CourseSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make a course."""
        form = writing.CourseWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        course = services.create_course(actor=request.user, **form.validated_data)
        return answer(self._told(course.pk), status=201)

    @extend_schema(
        summary="Correct a course",
        description="What is not named stays; lists replace what was. Admins; and who teaches the course, "
        "without what admins decide (403 names the field). 400 `prerequisite_circle` where a course would "
        "need itself.",
        request=writing.CourseWriteSerializer(partial=True),
        responses=forms.CourseSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct a course."""
        course = self.get_object()
        form = writing.CourseWriteSerializer(course, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        services.update_course(course=course, actor=request.user, changes=form.validated_data)
        return answer(self._told(course.pk))

    @extend_schema(
        summary="Delete a course",
        description="Admins. 409 `still_in_use` names what hangs on it: sections, chapters, files, pages, "
        "courses that need it.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete one that nothing hangs on."""
        services.delete_course(course=self.get_object(), actor=request.user)
        return Response(status=204)

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
        told = with_all(Section.objects.filter(pk__in=[section.pk for section in copies]))
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
