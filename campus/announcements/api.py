"""The API of announcements: what is for the caller, to read."""

from typing import Any

from django.utils.translation import get_language
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.rich_text import expand_db_html

from campus.announcements.audiences import Audience
from campus.announcements.models import AnnouncementCategory, AnnouncementPage
from portal.api.envelope import answer
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import PUBLIC


class AnnouncementSerializer(serializers.ModelSerializer):
    """An announcement in a list."""

    category: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, allow_null=True
    )
    audience = serializers.ChoiceField(choices=Audience.choices)
    language = serializers.CharField(source="locale.language_code")
    path = serializers.CharField(source="get_absolute_url")
    published_at = serializers.DateTimeField(source="first_published_at")
    expires_at = serializers.DateTimeField(source="expire_at", allow_null=True)

    class Meta:
        model = AnnouncementPage
        fields = [
            *("id", "title", "summary", "category", "is_pinned", "audience"),
            *("language", "path", "published_at", "expires_at"),
        ]


class AnnouncementDetailSerializer(AnnouncementSerializer):
    """An announcement whole."""

    for_whom = serializers.CharField(help_text="The audience in words.")
    body = serializers.SerializerMethodField(help_text="HTML, made safe.")

    class Meta(AnnouncementSerializer.Meta):
        fields = [*AnnouncementSerializer.Meta.fields, "for_whom", "body"]

    def get_body(self, page: AnnouncementPage) -> str:
        """The rich text."""
        return str(expand_db_html(page.body))


class AnnouncementFilter(filters.FilterSet):
    """By category, and pinned or not."""

    category = filters.ModelChoiceFilter(
        queryset=AnnouncementCategory.objects.all(), to_field_name="slug"
    )

    class Meta:
        model = AnnouncementPage
        fields = ["category", "is_pinned"]


class AnnouncementViewSet(ReadOnlyApiViewSet):
    """Announcements that are for the caller, pinned first; for a visitor those for everyone."""

    policy = PUBLIC
    serializer_class = AnnouncementSerializer
    filterset_class = AnnouncementFilter
    ordering = ("-is_pinned", "-first_published_at", "-id")
    queryset = AnnouncementPage.objects.none()
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> Any:
        """In the language of the request where there is a translation; one is found in any language."""
        if getattr(self, "swagger_fake_view", False):
            return AnnouncementPage.objects.none()
        found = AnnouncementPage.objects.visible_to(self.request.user).with_all()
        return found.in_language(get_language() or "en") if self.action == "list" else found

    @extend_schema(responses=AnnouncementDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One announcement with its body."""
        return answer(AnnouncementDetailSerializer(self.get_object()).data)
