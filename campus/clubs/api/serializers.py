"""What the API of clubs tells and takes."""

from typing import Any

from rest_framework import serializers

from campus.accounts.models import User
from campus.clubs.models import Club, ClubMember, ClubPermission, ClubRole
from campus.institutions.models import Institution
from campus.people.models import StaffProfile

_PERMISSIONS = [one.column for one in ClubPermission]


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
    members = serializers.IntegerField(read_only=True, source="member_count")

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
