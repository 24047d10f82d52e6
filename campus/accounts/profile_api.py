"""The API of one's own profile (P9); its addresses stand in the API map of ``campus.people``."""

from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts import identity, photos, services
from campus.accounts.acting import acting_user
from campus.accounts.fields import PhoneField, in_e164
from campus.accounts.forms import sensible_birthday, timezones
from campus.accounts.models import User
from portal.api.views import ApiView
from portal.encryption import Secret
from portal.permissions import requires


class MaskedField(serializers.CharField):
    """Written plain and read masked."""

    def to_representation(self, value: Any) -> str:
        """Dots and the last three."""
        return str(value)


class ProfileSerializer(serializers.ModelSerializer[User]):
    """The common part of a profile. E-mail and phone change by ``auth/``, with a code."""

    phone = serializers.CharField(source="phone_number", read_only=True, allow_null=True)
    second_phone = serializers.CharField(max_length=32, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)
    timezone = serializers.CharField(max_length=64, required=False, allow_blank=True)
    identity_number = MaskedField(
        max_length=80,
        required=False,
        allow_blank=True,
        help_text="Read masked; `profile/identity-number/` tells it to its owner.",
    )
    photo = serializers.FileField(required=False, allow_null=True)
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "phone",
            "phone_verified",
            "full_name",
            "second_phone",
            "date_of_birth",
            "gender",
            "identity_number",
            "photo",
            "language",
            "timezone",
            "roles",
            "date_joined",
        ]
        read_only_fields = ["id", "email", "phone_verified", "date_joined"]

    def get_roles(self, user: User) -> list[str]:
        """The roles held."""
        return sorted(user.roles)

    def validate_full_name(self, value: str) -> str:
        """Once given, a name cannot be emptied."""
        name = " ".join(value.split())
        if not name and cast(User, self.instance).full_name:
            raise serializers.ValidationError(
                serializers.CharField.default_error_messages["blank"], code="blank"
            )
        return name

    def validate_second_phone(self, value: str) -> str:
        """A number in any common way of writing."""
        number = in_e164(value) if value else ""
        if number is None:
            raise serializers.ValidationError(
                PhoneField.default_error_messages["invalid_phone"], code="invalid_phone"
            )
        return number

    def validate_identity_number(self, value: str) -> Secret:
        """As it stands on the document; what was read masked and sent back changes nothing."""
        held = cast(User, self.instance).identity_number
        if value and value == str(held):
            return held
        try:
            return Secret(identity.tidied(value))
        except ValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from None

    def validate_timezone(self, value: str) -> str:
        """A name of the IANA list, or empty."""
        if value and value not in dict(timezones()):
            raise serializers.ValidationError(
                serializers.ChoiceField.default_error_messages["invalid_choice"].format(
                    input=value
                ),
                code="invalid_choice",
            )
        return value

    def validate_date_of_birth(self, value: Any) -> Any:
        """A date that can be."""
        try:
            return sensible_birthday(value)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages, code="invalid") from None

    def validate_photo(self, value: Any) -> Any:
        """A picture, made ready; null takes it away."""
        if value is None:
            return ""
        try:
            return photos.prepared(value)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from None


class ProfileView(ApiView):
    """The caller's own profile, common part."""

    policy = requires("accounts.use_profile")

    @extend_schema(operation_id="profile_retrieve", responses=ProfileSerializer)
    def get(self, request: Request) -> Response:
        """Read it."""
        return Response(ProfileSerializer(acting_user(request), context={"request": request}).data)

    @extend_schema(
        operation_id="profile_update", request=ProfileSerializer, responses=ProfileSerializer
    )
    def patch(self, request: Request) -> Response:
        """Correct it; what is not named stays."""
        user = acting_user(request)
        serializer = ProfileSerializer(
            user, data=request.data, partial=True, context={"request": request}
        )
        serializer.is_valid(raise_exception=True)
        services.update_profile(user=user, changes=dict(serializer.validated_data), actor=user)
        return Response(ProfileSerializer(user, context={"request": request}).data)


class IdentityNumberSerializer(serializers.Serializer[User]):
    """The caller's own identity number, in full."""

    identity_number = serializers.SerializerMethodField()

    def get_identity_number(self, user: User) -> str:
        """As it stands on the document, or empty."""
        return user.identity_number.reveal()


class IdentityNumberView(ApiView):
    """The caller's own identity number in full; everywhere else it is masked."""

    policy = requires("accounts.use_profile")

    @extend_schema(operation_id="profile_identity_number", responses=IdentityNumberSerializer)
    def get(self, request: Request) -> Response:
        """Read it; it is never kept by a cache."""
        response = Response(IdentityNumberSerializer(acting_user(request)).data)
        response["Cache-Control"] = "no-store"
        return response
