"""The API of notifications: the inbox, what can be done from it, and a person's choices."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.notifications import preferences, queries, services
from campus.notifications.models import Channel, Notification, Timing
from portal.api.envelope import answer
from portal.api.views import ApiView, ReadOnlyApiViewSet
from portal.permissions import SIGNED_IN, signed_in


class ActionSerializer(serializers.Serializer):
    """Something that can be done from a notification."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name


class NotificationSerializer(serializers.ModelSerializer):
    """A notification with its sentences in the language of the request."""

    label = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field of that name
    title = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()
    path = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = [
            "id",
            "type",
            "label",
            "title",
            "body",
            "params",
            "path",
            "actions",
            "action_taken_at",
            "created_at",
            "read_at",
        ]

    def _line(self, notification: Notification) -> queries.Line:
        if not hasattr(notification, "_line"):
            notification._line = queries.line_of(notification)  # type: ignore[attr-defined]
        return notification._line  # type: ignore[attr-defined]

    def get_label(self, notification: Notification) -> str:
        """What kind it is."""
        return self._line(notification).label

    def get_title(self, notification: Notification) -> str:
        """One sentence."""
        return self._line(notification).title

    def get_body(self, notification: Notification) -> str:
        """More, or nothing."""
        return self._line(notification).body

    def get_path(self, notification: Notification) -> str:
        """The page that it is about."""
        return self._line(notification).path

    @extend_schema(responses=ActionSerializer(many=True))
    def get_actions(self, notification: Notification) -> list[dict[str, str]]:
        """What can be done from here; empty when it is done."""
        return self._line(notification).actions


class TakeActionSerializer(serializers.Serializer):
    """Which action to take; the notification's own if empty."""

    action = serializers.CharField(max_length=64, allow_blank=True, default="")


class PreferenceSerializer(serializers.Serializer):
    """A choice for one type, or for all types of a group, and one channel (N2)."""

    type = serializers.CharField(
        max_length=64, required=False, help_text="Of one type; else give `group`."
    )
    group = serializers.CharField(
        max_length=64, required=False, help_text="All types of a group that can be chosen."
    )
    channel = serializers.ChoiceField(choices=Channel.choices)
    timing = serializers.ChoiceField(
        choices=Timing.choices, required=False, help_text="When; `is_on` may be given instead."
    )
    is_on = serializers.BooleanField(
        required=False, help_text="Whether it comes at all: true alone means at once."
    )
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]  # a field of that name
    group_label = serializers.CharField(read_only=True)
    channel_label = serializers.CharField(read_only=True)
    mandatory = serializers.BooleanField(
        read_only=True, help_text="It always comes, and cannot be chosen."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Either a type or a group; a timing, or whether at all."""
        if ("type" in attrs) == ("group" in attrs):
            raise serializers.ValidationError({"type": _("Give a type or a group.")})
        is_on = attrs.pop("is_on", None)
        if "timing" not in attrs:
            if is_on is None:
                raise serializers.ValidationError({"timing": _("Say when it is to come.")})
            attrs["timing"] = Timing.AT_ONCE if is_on else Timing.OFF
        return attrs


class NotificationFilter(filters.FilterSet):
    """By type, and read or not."""

    unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")

    class Meta:
        model = Notification
        fields = ["type"]


UnreadSerializer = inline_serializer("UnreadCount", {"unread": serializers.IntegerField()})


class NotificationViewSet(ReadOnlyApiViewSet):
    """The caller's own notifications, newest first (N1, N3)."""

    policy = SIGNED_IN
    idempotent = True
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter
    ordering = ("-created_at", "-id")
    queryset = Notification.objects.none()

    def get_queryset(self) -> "QuerySet[Notification]":
        """Nobody's but the caller's own."""
        return Notification.objects.visible_to(self.request.user)

    @extend_schema(responses=UnreadSerializer)
    @action(detail=False, url_path="unread-count")
    def unread_count(self, request: Request) -> Response:
        """How many are not read."""
        return answer(
            {"unread": services.unread_counts([signed_in(request).pk])[signed_in(request).pk]}
        )

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"], url_path="mark-read")
    def mark_read(self, request: Request, pk: str) -> Response:
        """Mark one as read; again is harmless."""
        found = services.mark_read(user=signed_in(request), notification_id=self.get_object().pk)
        return answer(self.get_serializer(found).data)

    @extend_schema(
        request=None,
        responses=inline_serializer("MarkedRead", {"marked": serializers.IntegerField()}),
    )
    @action(detail=False, methods=["post"], url_path="mark-all-read")
    def mark_all_read(self, request: Request) -> Response:
        """Mark all as read; how many there were."""
        return answer({"marked": services.mark_all_read(user=signed_in(request))})

    @extend_schema(request=TakeActionSerializer, responses=NotificationSerializer)
    @action(detail=True, methods=["post"], url_path="take-action")
    def take_action(self, request: Request, pk: str) -> Response:
        """Do what it asks for, with the same permission as anywhere else (N3)."""
        given = TakeActionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        found = services.take_action(
            user=signed_in(request), notification_id=self.get_object().pk, **given.validated_data
        )
        return answer(self.get_serializer(found).data)


class PreferencesView(ApiView):
    """Which notifications reach the caller, and how."""

    policy = SIGNED_IN

    @extend_schema(responses=PreferenceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every type and channel with the caller's choice."""
        return answer(queries.preferences_of(signed_in(request)))

    @extend_schema(request=PreferenceSerializer, responses=PreferenceSerializer(many=True))
    def patch(self, request: Request) -> Response:
        """Say when a type, or a group of them, comes by a channel (N2); answers all choices.

        What is left out stays as it is. A mandatory type answers 400 `mandatory_type`.
        """
        given = PreferenceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        choice: dict[str, Any] = given.validated_data
        preferences.choose(user=signed_in(request), **choice)
        return answer(queries.preferences_of(signed_in(request)))
