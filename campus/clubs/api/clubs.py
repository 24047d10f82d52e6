"""Clubs as everybody reads them; joining and leaving."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.clubs import rules, services
from campus.clubs.api.reads import clubs_told
from campus.clubs.api.serializers import (
    ClubEditSerializer,
    ClubMemberSerializer,
    ClubSerializer,
)
from campus.clubs.models import Club, ClubMember
from campus.institutions.directory import every_word
from portal.api.envelope import answer
from portal.api.given import valid
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import PUBLIC, requires

_Member = ClubMember.State


class ClubFilter(filters.FilterSet):
    """By institution, state, how to join, and words."""

    q = filters.CharFilter(method="with_words", max_length=100, label=_("words of name and texts"))

    class Meta:
        model = Club
        fields = ["institution", "state", "joining"]

    def with_words(self, rows: "QuerySet[Club]", name: str, value: str) -> "QuerySet[Club]":
        """Those in which each word stands somewhere."""
        return rows.filter(every_word(value, "name", "summary", "description"))


@extend_schema_view(
    list=extend_schema(
        summary="Clubs", description="The active ones; one's own and an admin's in any state."
    ),
    retrieve=extend_schema(summary="A club", description="One club."),
)
class ClubViewSet(ReadOnlyApiViewSet):
    """Clubs."""

    policy = {
        "list": PUBLIC,
        "retrieve": PUBLIC,
        "partial_update": requires(rules.EDIT),
        "join": requires(rules.JOIN),
        "leave": requires(rules.LEAVE),
    }
    scope = {"list": rules.READ_SCOPE, "retrieve": rules.READ_SCOPE}
    idempotent = True
    serializer_class = ClubSerializer
    filterset_class = ClubFilter
    queryset = Club.objects.none()
    ordering = ("name", "id")
    lookup_value_converter = "uuid"

    def get_queryset(self) -> "QuerySet[Club]":
        """What the caller may see; the rest answers 404."""
        return clubs_told(Club.objects.visible_to(self.request.user))

    @extend_schema(
        summary="Edit a club",
        description="Its words and how to join: whoever may edit the club by their role, and admins.",
        request=ClubEditSerializer(partial=True),
        responses=ClubSerializer,
    )
    def partial_update(self, request: Request, pk: Any) -> Response:
        """Edit a club."""
        club = self.get_object()
        data = valid(ClubEditSerializer(club, data=request.data, partial=True))
        services.write_club(actor=acting_user(request), changes=data, club=club)
        return answer(ClubSerializer(self.get_queryset().get(pk=club.pk)).data)

    @extend_schema(
        summary="Join a club",
        description="At once, or by a request that the club decides. Again is harmless.",
        request=None,
        responses={201: ClubMemberSerializer, 202: ClubMemberSerializer},
    )
    @action(detail=True, methods=["post"])
    def join(self, request: Request, pk: Any) -> Response:
        """Become a member: 201; or ask to: 202."""
        member = services.join(club_id=pk, actor=acting_user(request))
        return answer(
            ClubMemberSerializer(member).data, status=201 if member.state == _Member.ACTIVE else 202
        )

    @extend_schema(
        summary="Leave a club",
        description="Ends one's membership, or takes one's request back. An office goes with it.",
        request=None,
        responses=ClubMemberSerializer,
    )
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: Any) -> Response:
        """Leave."""
        member = services.leave(club_id=pk, actor=acting_user(request))
        return answer(ClubMemberSerializer(member).data)
