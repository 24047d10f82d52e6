"""Wagtail's pages for headless front ends (F3): the editorial words, with the operational data beside them.

A page tells its own fields here; what it points to (a course with its open sections) is told by a function
that the app above registers for the page's type: ``@operational("catalog.CoursePage")``.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, Site
from wagtail.rich_text import expand_db_html

from portal.api.envelope import answer
from portal.api.numbers import asked_number
from portal.api.views import ReadOnlyApiViewSet
from portal.editorial import shown
from portal.permissions import PUBLIC

Operational = Callable[[Any, Request], dict[str, Any]]
_registry: dict[str, Operational] = {}


def operational(type_name: str) -> Callable[[Operational], Operational]:
    """Register what pages of ``type_name`` (``catalog.CoursePage``) tell beside their words."""

    def put(function: Operational) -> Operational:
        _registry[type_name] = function
        return function

    return put


class PageSerializer(serializers.Serializer[Page]):
    """A page in a list."""

    id = serializers.IntegerField()
    type = serializers.CharField(source="cached_content_type.model_class._meta.label")
    title = serializers.CharField()
    slug = serializers.CharField()
    language = serializers.CharField(source="locale.language_code")
    path = serializers.SerializerMethodField(help_text="The page's address on the site.")
    first_published_at = serializers.DateTimeField(allow_null=True)
    last_published_at = serializers.DateTimeField(allow_null=True)

    def get_path(self, page: Page) -> str | None:
        """The address, without the site's name."""
        parts = page.get_url_parts(self.context["request"])
        return parts[2] if parts else None


class PageDetailSerializer(PageSerializer):
    """A page whole."""

    seo_title = serializers.CharField()
    search_description = serializers.CharField()
    parent_id = serializers.SerializerMethodField()
    translations = serializers.SerializerMethodField(help_text="Language to id of the same page.")
    content = serializers.SerializerMethodField(
        help_text="The fields of the page's type; blocks as `{type, value, id}`, rich text as HTML."
    )
    operational = serializers.SerializerMethodField(
        help_text="What the page points to, as its own API tells it (such as `course`)."
    )

    def get_parent_id(self, page: Page) -> int | None:
        """The page above, where the public may see it."""
        parent = page.get_parent()
        return parent.pk if parent is not None and parent.depth > 1 and parent.live else None

    def get_translations(self, page: Page) -> dict[str, int]:
        """The same page in other languages, where it is published."""
        others = page.get_translations().live().public().select_related("locale")
        return {other.locale.language_code: other.pk for other in others}

    def get_content(self, page: Page) -> dict[str, Any]:
        """What the editors wrote."""
        shared = {field.name for field in Page._meta.get_fields()}
        return {
            field.name: _value(field, page, self.context["request"])
            for field in page._meta.concrete_fields
            if field.name not in shared and not field.name.endswith("_ptr")
        }

    def get_operational(self, page: Page) -> dict[str, Any]:
        """What the app registered for this type tells."""
        tell = _registry.get(page._meta.label)
        return tell(page, self.context["request"]) if tell else {}


def _value(field: Any, page: Page, request: HttpRequest) -> Any:
    value = field.value_from_object(page)
    if isinstance(field, StreamField):
        return value.stream_block.get_api_representation(value, context={"request": request})
    if isinstance(field, RichTextField):
        return expand_db_html(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return field.value_to_string(page)


def published(request: Request) -> QuerySet[Page]:
    """The pages that everyone may read: live, not restricted, of this site."""
    site = Site.find_for_request(request._request)
    pages = Page.objects.live().public().filter(depth__gt=1)
    if site is None:
        return pages.none()
    # Every language has a home page of its own beside the site's.
    roots = site.root_page.get_translations(inclusive=True)
    within = pages.none()
    for root in roots:
        within = within | pages.descendant_of(root, inclusive=True)
    return shown(within).select_related("locale", "content_type")


class PagesViewSet(ReadOnlyApiViewSet):
    """Published pages of the site."""

    policy = PUBLIC
    serializer_class = PageSerializer
    filter_backends = []
    ordering = ("path", "id")
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> Any:
        """Published pages, filtered by type, language, slug and parent."""
        if getattr(self, "swagger_fake_view", False):
            return Page.objects.none()
        pages: Any = published(self.request)
        asked = self.request.query_params
        if language := asked.get("language"):
            pages = pages.filter(locale__language_code=language)
        if slug := asked.get("slug"):
            pages = pages.filter(slug=slug)
        if kind := asked.get("type"):
            app, _dot, model = kind.partition(".")
            pages = pages.filter(content_type__app_label=app, content_type__model=model.lower())
        parent = asked_number(self.request, "child_of")
        if parent is not None:
            above = published(self.request).filter(pk=parent).first()
            if above is None:
                raise ValidationError({"child_of": [_("There is no such page.")]}, "invalid")
            pages = pages.child_of(above)
        return pages

    @extend_schema(
        summary="Published pages",
        description="Pages that the editors published and everyone may read, in the tree's order.",
        parameters=[
            OpenApiParameter("type", OpenApiTypes.STR, description="Such as `catalog.CoursePage`."),
            OpenApiParameter("language", OpenApiTypes.STR, description="`en` or `ar`."),
            OpenApiParameter("slug", OpenApiTypes.STR, description="The last part of the address."),
            OpenApiParameter("child_of", OpenApiTypes.INT, description="Id of the page above."),
        ],
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of pages."""
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="A published page",
        description="Its words as the editors wrote them, and what it points to beside them.",
        responses=PageDetailSerializer,
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The page whole."""
        page = self.get_object().specific
        return answer(PageDetailSerializer(page, context={"request": request}).data)
