"""What admins do with clubs."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.accounts.models import User
from campus.clubs import rules, services
from campus.clubs.api.clubs import ClubFilter
from campus.clubs.api.reads import clubs_told, members_told
from campus.clubs.api.serializers import (
    AssignCoordinatorSerializer,
    AssignHeadSerializer,
    AssignOrganizerSerializer,
    ClubMemberSerializer,
    ClubSerializer,
    ClubStateSerializer,
    ClubWriteSerializer,
)
from campus.clubs.models import Club, ClubMember, ClubRole
from campus.institutions.scope import within, within_scope
from campus.people.models import StaffProfile
from portal.api.envelope import answer
from portal.api.given import valid
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import requires


@extend_schema_view(
    list=extend_schema(
        summary="Clubs, as admins see them", description="Of their institutions, in any state."
    ),
    retrieve=extend_schema(summary="A club, as admins see it", description="One club."),
)
class AdminClubViewSet(ReadOnlyApiViewSet):
    """Clubs of an admin's institutions."""

    policy = requires(rules.ADMINISTER)
    serializer_class = ClubSerializer
    filterset_class = ClubFilter
    queryset = Club.objects.none()
    ordering = ("name", "id")
    lookup_value_converter = "uuid"

    def get_queryset(self) -> "QuerySet[Club]":
        """Those of the admin's institutions; the rest answers 404."""
        return clubs_told(within(Club.objects.all(), self.request.user))

    def _told(self, club: Club, status: int = 200) -> Response:
        return answer(ClubSerializer(self.get_queryset().get(pk=club.pk)).data, status=status)

    @extend_schema(
        summary="Found a club",
        description="With its first offices.",
        request=ClubWriteSerializer,
        responses={201: ClubSerializer},
    )
    def create(self, request: Request) -> Response:
        """Found a club."""
        data = valid(ClubWriteSerializer(data=request.data))
        return self._told(services.write_club(actor=acting_user(request), changes=data), 201)

    @extend_schema(
        summary="Change a club",
        description="What is not named stays.",
        request=ClubWriteSerializer(partial=True),
        responses=ClubSerializer,
    )
    def partial_update(self, request: Request, pk: Any) -> Response:
        """Change a club."""
        club = self.get_object()
        data = valid(ClubWriteSerializer(club, data=request.data, partial=True))
        return self._told(services.write_club(actor=acting_user(request), changes=data, club=club))

    @extend_schema(
        summary="Pause, wake or dissolve a club",
        description="A dissolved club stays so.",
        request=ClubStateSerializer,
        responses=ClubSerializer,
    )
    @action(detail=True, methods=["post"], url_path="set-state")
    def set_state(self, request: Request, pk: Any) -> Response:
        """Move a club to another state."""
        club = self.get_object()
        state = Club.State(valid(ClubStateSerializer(data=request.data))["state"])
        return self._told(
            services.set_state(club_id=club.pk, state=state, actor=acting_user(request))
        )

    @extend_schema(
        summary="Give an office",
        description="The person is a member and an organizer from then on.",
        request=AssignOrganizerSerializer,
        responses=ClubMemberSerializer,
    )
    @action(detail=True, methods=["post"], url_path="assign-organizer")
    def assign_organizer(self, request: Request, pk: Any) -> Response:
        """Give somebody an office of the club."""
        club = self.get_object()
        data = valid(AssignOrganizerSerializer(data=request.data))
        role = ClubRole.objects.filter(club=club, pk=data["role"]).first()
        if role is None:
            raise serializers.ValidationError({"role": [_("This role is not one of the club.")]})
        member = services.assign_organizer(
            club_id=club.pk, user=self._account(data["user"]), role=role, actor=acting_user(request)
        )
        found = members_told(ClubMember.objects.all()).get(pk=member.pk)
        return answer(ClubMemberSerializer(found).data)

    @extend_schema(
        summary="Name the coordinator",
        description="A member of the institution's staff with an account.",
        request=AssignCoordinatorSerializer,
        responses=ClubSerializer,
    )
    @action(detail=True, methods=["post"], url_path="assign-coordinator")
    def assign_coordinator(self, request: Request, pk: Any) -> Response:
        """Name the faculty coordinator."""
        club = self.get_object()
        wanted = valid(AssignCoordinatorSerializer(data=request.data))["staff"]
        staff = None
        if wanted is not None:
            staff = StaffProfile.objects.select_related("user").filter(pk=wanted).first()
            if staff is None:
                raise serializers.ValidationError({"staff": [_("There is nobody like that.")]})
        return self._told(
            services.assign_coordinator(club_id=club.pk, staff=staff, actor=acting_user(request))
        )

    @extend_schema(
        summary="Name the head",
        description="The head is a member and an organizer.",
        request=AssignHeadSerializer,
        responses=ClubSerializer,
    )
    @action(detail=True, methods=["post"], url_path="assign-club-head")
    def assign_club_head(self, request: Request, pk: Any) -> Response:
        """Name the head of the club."""
        club = self.get_object()
        wanted = valid(AssignHeadSerializer(data=request.data))["user"]
        user = None if wanted is None else self._account(wanted)
        return self._told(
            services.assign_head(club_id=club.pk, user=user, actor=acting_user(request))
        )

    def _account(self, pk: int) -> User:
        """An account that the admin reaches."""
        reach = within_scope(User.objects.filter(is_active=True), self.request.user)
        found = reach.filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError({"user": [_("There is nobody like that.")]})
        return found
