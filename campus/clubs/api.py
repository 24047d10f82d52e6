"""The API of clubs: read them, join and leave, decide on members; and what admins do."""

import uuid
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.accounts.models import User
from campus.clubs import rules, services
from campus.clubs.models import Club, ClubMember, ClubPermission, ClubRole
from campus.institutions.directory import every_word
from campus.institutions.models import Institution
from campus.institutions.scope import within, within_scope
from campus.people.models import StaffProfile
from portal.api.envelope import answer
from portal.api.given import valid
from portal.api.views import ApiViewSet, ReadOnlyApiViewSet
from portal.permissions import PUBLIC, requires

_PERMISSIONS = [one.column for one in ClubPermission]
_Member = ClubMember.State


class ClubPersonSerializer(serializers.ModelSerializer[User]):
    """Somebody of a club."""

    name = serializers.CharField(source="full_name")

    class Meta:
        model = User
        fields = ["id", "name"]


class ClubCoordinatorSerializer(serializers.ModelSerializer[StaffProfile]):
    """The faculty coordinator."""

    class Meta:
        model = StaffProfile
        fields = ["id", "name"]


class ClubSerializer(serializers.ModelSerializer[Club]):
    """A club. ``members`` counts the active ones."""

    institution: serializers.PrimaryKeyRelatedField[Any] = serializers.PrimaryKeyRelatedField(
        read_only=True
    )
    coordinator = ClubCoordinatorSerializer(read_only=True, allow_null=True)
    head = ClubPersonSerializer(read_only=True, allow_null=True)
    members = serializers.IntegerField(read_only=True, source="members_now")

    class Meta:
        model = Club
        fields = [
            *("id", "institution", "name", "slug", "summary", "description", "state", "joining"),
            *("coordinator", "head", "members"),
        ]


class ClubRoleSerializer(serializers.ModelSerializer[ClubRole]):
    """An office and what it lets its holders do."""

    class Meta:
        model = ClubRole
        fields = ["id", "name", "rank", *_PERMISSIONS]
        validators: list[Any] = []
        extra_kwargs: dict[str, Any] = {"rank": {"max_value": 1000}}


class ClubRoleRefSerializer(serializers.ModelSerializer[ClubRole]):
    """An office as a member holds it."""

    class Meta:
        model = ClubRole
        fields = ["id", "name"]


class ClubRefSerializer(serializers.ModelSerializer[Club]):
    """A club as others point to it."""

    class Meta:
        model = Club
        fields = ["id", "name", "slug"]


class ClubMemberSerializer(serializers.ModelSerializer[ClubMember]):
    """A member, or who asked to be one."""

    club = ClubRefSerializer(read_only=True)
    user = ClubPersonSerializer(read_only=True)
    role = ClubRoleRefSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ClubMember
        fields = ["id", "club", "user", "role", "state", "since"]


class ClubEditSerializer(serializers.ModelSerializer[Club]):
    """What those who run a club write."""

    class Meta:
        model = Club
        fields = ["name", "summary", "description", "joining"]
        validators: list[Any] = []


class ClubWriteSerializer(serializers.ModelSerializer[Club]):
    """What admins write."""

    institution = serializers.PrimaryKeyRelatedField(queryset=Institution.objects.all())

    class Meta:
        model = Club
        fields = ["institution", "name", "slug", "summary", "description", "joining"]
        validators: list[Any] = []
        extra_kwargs: dict[str, Any] = {"slug": {"required": False, "validators": []}}


class ClubStateSerializer(serializers.Serializer[Any]):
    """Into which state."""

    state = serializers.ChoiceField(choices=Club.State.choices)


class AssignOrganizerSerializer(serializers.Serializer[Any]):
    """Whom, and which office of the club."""

    user = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    role = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class AssignCoordinatorSerializer(serializers.Serializer[Any]):
    """Which staff profile; null for nobody."""

    staff = serializers.IntegerField(allow_null=True, min_value=1, max_value=2**31 - 1)


class AssignHeadSerializer(serializers.Serializer[Any]):
    """Which account; null for nobody."""

    user = serializers.IntegerField(allow_null=True, min_value=1, max_value=2**31 - 1)


def _clubs(rows: "QuerySet[Club]") -> "QuerySet[Club]":
    """With what is told of each: one query."""
    active = Count("members", filter=Q(members__state=_Member.ACTIVE))
    return rows.select_related("coordinator", "head").annotate(members_now=active)


def _members(rows: "QuerySet[ClubMember]") -> "QuerySet[ClubMember]":
    return rows.select_related("club", "user", "role")


def _seen_club(user: Any, club_id: uuid.UUID, permission: str) -> Club:
    """The club, if ``user`` sees it (else 404) and may do this there (else 403)."""
    found = Club.objects.visible_to(user).filter(pk=club_id).first()
    if found is None:
        raise Http404
    if not user.has_perm(permission, found):
        raise PermissionDenied
    return found


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
        visible = Club.objects.visible_to(self.request.user)
        return _clubs(Club.objects.filter(pk__in=visible.values("pk")))

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
        return _seen_club(self.request.user, club_id, rules.MEMBERS)

    @extend_schema(
        summary="Members of a club",
        description="With who asked to join, and who left: for those who manage its members, and admins.",
    )
    def list(self, request: Request, club_id: uuid.UUID) -> Response:
        """The members, those of longest standing first."""
        rows = _members(ClubMember.objects.filter(club=self._club(club_id)))
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
        found = _members(ClubMember.objects.all()).get(pk=member.pk)
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
        club = _seen_club(request.user, club_id, rules.MEMBERS)
        page = self.paginate_queryset(ClubRole.objects.filter(club=club))
        return self.get_paginated_response(ClubRoleSerializer(page, many=True).data)

    @extend_schema(
        summary="Make an office", description="Admins.", responses={201: ClubRoleSerializer}
    )
    def create(self, request: Request, club_id: uuid.UUID) -> Response:
        """Make an office."""
        club = _seen_club(request.user, club_id, rules.ADMINISTER)
        data = valid(ClubRoleSerializer(data=request.data))
        role = services.write_role(actor=acting_user(request), club_id=club.pk, changes=data)
        return answer(ClubRoleSerializer(role).data, status=201)

    @extend_schema(summary="Change an office", description="Admins. What is not named stays.")
    def partial_update(self, request: Request, club_id: uuid.UUID, pk: int) -> Response:
        """Change an office."""
        club = _seen_club(request.user, club_id, rules.ADMINISTER)
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
        return _members(
            rows.filter(Q(club__in=theirs.values("pk")) | Q(club__in=ours.values("pk")))
        )


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
        return _clubs(within(Club.objects.all(), self.request.user))

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
        found = _members(ClubMember.objects.all()).get(pk=member.pk)
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
