"""Members and offices of a club, for those who decide about them."""

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.clubs import rules, services
from campus.clubs.api.reads import members_told, seen_club
from campus.clubs.api.serializers import (
    ClubMemberSerializer,
    ClubRoleSerializer,
)
from campus.clubs.models import Club, ClubMember, ClubPermission, ClubRole
from campus.institutions.directory import every_word
from campus.institutions.scope import within
from portal.api.envelope import answer
from portal.api.given import valid
from portal.api.views import ApiViewSet, ReadOnlyApiViewSet
from portal.permissions import requires

_Member = ClubMember.State


class MemberFilter(filters.FilterSet):
    """By state, office and words of the name."""

    q = filters.CharFilter(method="with_words", max_length=100, label=_("words of the name"))

    class Meta:
        model = ClubMember
        fields = ["state", "role"]

    def with_words(self, rows: Any, name: str, value: str) -> Any:
        """Those in whose name each word stands."""
        return rows.filter(every_word(value, "user__full_name"))


class ClubMemberViewSet(ApiViewSet):
    """The members of one club, for those who decide about them."""

    policy = requires(rules.MEMBERS)
    serializer_class = ClubMemberSerializer
    filterset_class = MemberFilter
    queryset = ClubMember.objects.none()
    ordering = ("since", "id")

    def _club(self, club_id: uuid.UUID) -> Club:
        return seen_club(self.request.user, club_id, rules.MEMBERS)

    @extend_schema(
        summary="Members of a club",
        description="With who asked to join, and who left: for those who manage its members, and admins.",
    )
    def list(self, request: Request, club_id: uuid.UUID) -> Response:
        """The members, those of longest standing first."""
        rows = members_told(ClubMember.objects.filter(club=self._club(club_id)))
        page = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(ClubMemberSerializer(page, many=True).data)

    @extend_schema(
        summary="Take a member",
        description="Who asked to join; they are told.",
        request=None,
        responses=ClubMemberSerializer,
    )
    def accept(self, request: Request, club_id: uuid.UUID, pk: uuid.UUID) -> Response:
        """Say yes."""
        return self._decide(club_id, pk, services.accept)

    @extend_schema(
        summary="Refuse a member",
        description="Who asked to join; they are told.",
        request=None,
        responses=ClubMemberSerializer,
    )
    def refuse(self, request: Request, club_id: uuid.UUID, pk: uuid.UUID) -> Response:
        """Say no."""
        return self._decide(club_id, pk, services.refuse)

    @extend_schema(
        summary="Remove a member",
        description="They are told. Holders of an office are removed by admins.",
        request=None,
        responses=ClubMemberSerializer,
    )
    def remove(self, request: Request, club_id: uuid.UUID, pk: uuid.UUID) -> Response:
        """Take somebody out of the club."""
        return self._decide(club_id, pk, services.remove)

    def _decide(self, club_id: uuid.UUID, pk: uuid.UUID, service: Any) -> Response:
        club = self._club(club_id)
        if not ClubMember.objects.filter(club=club, pk=pk).exists():
            raise Http404
        member = service(member_id=pk, actor=acting_user(self.request))
        found = members_told(ClubMember.objects.all()).get(pk=member.pk)
        return answer(ClubMemberSerializer(found).data)


class ClubRoleViewSet(ApiViewSet):
    """The offices of one club."""

    policy = {
        "list": requires(rules.MEMBERS),
        "create": requires(rules.ADMINISTER),
        "partial_update": requires(rules.ADMINISTER),
    }
    serializer_class = ClubRoleSerializer
    queryset = ClubRole.objects.none()
    ordering = ("rank", "id")
    filter_backends: list[Any] = []

    @extend_schema(
        summary="Offices of a club",
        description="And what each lets its holders do: for those who manage its members, and admins.",
    )
    def list(self, request: Request, club_id: uuid.UUID) -> Response:
        """The offices, the highest first."""
        club = seen_club(request.user, club_id, rules.MEMBERS)
        page = self.paginate_queryset(ClubRole.objects.filter(club=club))
        return self.get_paginated_response(ClubRoleSerializer(page, many=True).data)

    @extend_schema(
        summary="Make an office", description="Admins.", responses={201: ClubRoleSerializer}
    )
    def create(self, request: Request, club_id: uuid.UUID) -> Response:
        """Make an office."""
        club = seen_club(request.user, club_id, rules.ADMINISTER)
        data = valid(ClubRoleSerializer(data=request.data))
        role = services.write_role(actor=acting_user(request), club_id=club.pk, changes=data)
        return answer(ClubRoleSerializer(role).data, status=201)

    @extend_schema(summary="Change an office", description="Admins. What is not named stays.")
    def partial_update(self, request: Request, club_id: uuid.UUID, pk: int) -> Response:
        """Change an office."""
        club = seen_club(request.user, club_id, rules.ADMINISTER)
        role = ClubRole.objects.filter(club=club, pk=pk).first()
        if role is None:
            raise Http404
        data = valid(ClubRoleSerializer(role, data=request.data, partial=True))
        stored = services.write_role(
            actor=acting_user(request), club_id=club.pk, changes=data, role=role
        )
        return answer(ClubRoleSerializer(stored).data)


@extend_schema_view(
    list=extend_schema(
        summary="Who runs clubs",
        description="Holders of an office: an organizer's own clubs', an admin's institutions'.",
    )
)
class ClubOrganizerViewSet(ReadOnlyApiViewSet):
    """Holders of an office."""

    policy = {"list": requires(rules.MEMBERS)}
    http_method_names = ["get", "head"]
    serializer_class = ClubMemberSerializer
    filterset_fields = ["club", "user"]
    queryset = ClubMember.objects.none()
    ordering = ("since", "id")

    def get_queryset(self) -> "QuerySet[ClubMember]":
        """Those of the clubs whose members the caller manages."""
        user = self.request.user
        theirs = Club.objects.where_may(user, ClubPermission.MANAGE_MEMBERS)
        ours = within(Club.objects.all(), user)
        rows = ClubMember.objects.filter(state=_Member.ACTIVE, role__isnull=False)
        return members_told(
            rows.filter(Q(club__in=theirs.values("pk")) | Q(club__in=ours.values("pk")))
        )
