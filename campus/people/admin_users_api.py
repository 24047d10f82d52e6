"""The admins' API of users: find, make, correct, let in and out; each admin within their reach."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts import helping, services
from campus.accounts.acting import acting_user
from campus.accounts.fields import in_e164
from campus.accounts.finding import found_by, of_role, verified
from campus.accounts.models import User
from campus.accounts.reach import accounts_within, is_limited
from campus.institutions.scope import managed
from portal.api.envelope import answer
from portal.api.views import ApiView, ApiViewSet
from portal.errors import NotAllowed
from portal.imports import services as imports
from portal.imports.api import ImportSerializer
from portal.permissions import requires
from portal.roles import Role

MANAGE = "accounts.manage_users"
IMPORT = "accounts.import_users"


class AdminUserSerializer(serializers.ModelSerializer):
    """An account as admins see it. Identity numbers are not in it."""

    roles = serializers.SerializerMethodField()
    phone = serializers.CharField(source="phone_number", allow_null=True)
    email_verified = serializers.BooleanField()

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "email_verified",
            "phone",
            "phone_verified",
            "full_name",
            "roles",
            "language",
            "timezone",
            "is_active",
            "inactive_reason",
            "last_seen",
            "last_login",
            "date_joined",
        ]
        read_only_fields = fields

    def get_roles(self, user: User) -> list[str]:
        """The roles held, by name."""
        return sorted(group.name for group in user.groups.all() if group.name in Role.values)


class AdminUserWriteSerializer(serializers.ModelSerializer):
    """What makes or corrects an account."""

    email = serializers.EmailField(required=False, allow_null=True, max_length=254)
    phone = serializers.CharField(required=False, allow_null=True, max_length=32)
    full_name = serializers.CharField(max_length=200)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=Role.choices), max_length=len(Role)
    )

    class Meta:
        model = User
        fields = ["email", "phone", "full_name", "language", "timezone", "roles"]

    def validate_email(self, value: str | None) -> str | None:
        """In lower case, and nobody else's."""
        email = (value or "").lower() or None
        others = User.objects.exclude(pk=getattr(self.instance, "pk", 0))
        if email and others.filter(email=email).exists():
            raise ValidationError(_("An account with this e-mail exists."), "unique")
        return email

    def validate_phone(self, value: str | None) -> str | None:
        """A number that can be, and nobody else's."""
        if not value:
            return None
        phone = in_e164(value)
        if phone is None:
            raise ValidationError(
                _("Enter a phone number with its country code, such as +1 217 333 4666."), "invalid"
            )
        others = User.objects.exclude(pk=getattr(self.instance, "pk", 0))
        if others.filter(phone=phone).exists():
            raise ValidationError(_("An account with this phone exists."), "unique")
        return phone

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of e-mail and phone is left."""
        held: Any = self.instance
        left = [
            attrs[name] if name in attrs else getattr(held, name, None)
            for name in ("email", "phone")
        ]
        if not any(left):
            raise ValidationError({"email": _("Enter an e-mail address or a phone number.")})
        return attrs


class DisableSerializer(serializers.Serializer):
    """Why an account is disabled."""

    reason = serializers.CharField(max_length=200)


class AdminUserFilter(filters.FilterSet):
    """By role, state, verified or not, institution, when they were last here, and name or address."""

    q = filters.CharFilter(method="find", label=_("part of the name, e-mail or phone"))
    role = filters.ChoiceFilter(choices=Role.choices, method="of_role", label=_("role"))
    is_active = filters.BooleanFilter(label=_("active"))
    verified = filters.BooleanFilter(method="is_verified", label=_("e-mail or phone verified"))
    institution = filters.NumberFilter(method="of_institution", label=_("institution"))
    seen_since = filters.IsoDateTimeFilter(field_name="last_seen", lookup_expr="gte")
    seen_before = filters.IsoDateTimeFilter(field_name="last_seen", lookup_expr="lt")
    never_seen = filters.BooleanFilter(field_name="last_seen", lookup_expr="isnull")

    class Meta:
        model = User
        fields: list[str] = []

    def find(self, users: "QuerySet[User]", _name: str, value: str) -> "QuerySet[User]":
        """Those whose name, e-mail or phone holds it."""
        return users.filter(found_by(value))

    def of_role(self, users: "QuerySet[User]", _name: str, value: str) -> "QuerySet[User]":
        """Those who hold the role."""
        return of_role(users, value)

    def is_verified(self, users: "QuerySet[User]", _name: str, value: bool) -> "QuerySet[User]":
        """Those who have proved an e-mail or phone, or have not."""
        return verified(users, value)

    def of_institution(self, users: "QuerySet[User]", _name: str, value: Any) -> "QuerySet[User]":
        """Those who belong to the institution; none where it is out of reach."""
        reach = managed(self.request.user)
        if not 0 <= value < 2**31 or (reach is not None and int(value) not in reach):
            return users.none()
        place = int(value)
        return users.filter(
            Q(student__institution=place)
            | Q(staff_profile__institution=place)
            | Q(administered_institutions__institution=place)
        ).distinct()


class AdminUserViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiViewSet):
    """Accounts, by name. Everything that changes one is written to its history."""

    policy = requires(MANAGE)
    idempotent = True
    serializer_class = AdminUserSerializer
    filterset_class = AdminUserFilter
    ordering = ("full_name", "id")
    queryset = User.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> "QuerySet[User]":
        """Those within the caller's reach; the rest answers 404."""
        verified = EmailAddress.objects.filter(
            user_id=OuterRef("pk"), email=OuterRef("email"), verified=True
        )
        users = accounts_within(User.objects.all(), self.request.user)
        return users.annotate(email_verified=Exists(verified)).prefetch_related("groups")

    @extend_schema(request=AdminUserWriteSerializer, responses={201: AdminUserSerializer})
    def create(self, request: Request) -> Response:
        """Make an account; the person is sent a link to set a password (P2).

        Admins of the whole portal: an account belongs to no institution until its student or staff
        profile does.
        """
        actor = acting_user(request)
        if is_limited(actor):
            raise NotAllowed
        given = AdminUserWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        roles = {Role(name) for name in data.pop("roles")}
        user = services.save_from_admin(
            user=User(),
            fields=data,
            is_superuser=None,
            is_active=None,
            password=None,
            roles=roles,
            other_groups=[],
            actor=actor,
        )
        return self._told(user.pk, status=201)

    @extend_schema(request=AdminUserWriteSerializer(partial=True), responses=AdminUserSerializer)
    def partial_update(self, request: Request, pk: Any) -> Response:
        """Correct an account; what is not named stays. ``roles`` are all that the person holds."""
        user = self.get_object()
        given = AdminUserWriteSerializer(user, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        groups = list(user.groups.all())
        held = {Role(group.name) for group in groups if group.name in Role.values}
        roles = {Role(name) for name in data.pop("roles")} if "roles" in data else held
        services.save_from_admin(
            user=user,
            fields=data,
            is_superuser=None,
            is_active=None,
            password=None,
            roles=roles,
            other_groups=[group for group in groups if group.name not in Role.values],
            actor=acting_user(request),
        )
        return self._told(user.pk)

    @extend_schema(request=DisableSerializer, responses=AdminUserSerializer)
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, pk: Any) -> Response:
        """Lock an account out, with a reason: its sessions, tokens and sockets end at once (P3)."""
        user = self.get_object()
        given = DisableSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        helping.disable(user=user, actor=acting_user(request), **given.validated_data)
        return self._told(user.pk)

    @extend_schema(request=None, responses=AdminUserSerializer)
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, pk: Any) -> Response:
        """Let an account in again."""
        user = self.get_object()
        services.set_active(user=user, active=True, actor=acting_user(request))
        return self._told(user.pk)

    @extend_schema(request=None, responses=AdminUserSerializer)
    @action(detail=True, methods=["post"], url_path="reset-password")
    def reset_password(self, request: Request, pk: Any) -> Response:
        """Take the password away and send a link to set a new one; sessions end (P3)."""
        user = self.get_object()
        helping.reset_password(user=user, actor=acting_user(request))
        return self._told(user.pk)

    @extend_schema(request=None, responses=AdminUserSerializer)
    @action(detail=True, methods=["post"])
    def unlock(self, request: Request, pk: Any) -> Response:
        """End the lock after too many failed sign-ins (P4)."""
        user = self.get_object()
        services.unlock(user=user, actor=acting_user(request))
        return self._told(user.pk)

    @extend_schema(request=None, responses=AdminUserSerializer)
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, pk: Any) -> Response:
        """Send a new link to who has set no password yet."""
        user = self.get_object()
        helping.invite_again(user=user, actor=acting_user(request))
        return self._told(user.pk)

    def _told(self, pk: int, status: int = 200) -> Response:
        user = self.get_queryset().get(pk=pk)
        return answer(AdminUserSerializer(user).data, status=status)


BulkSerializer = inline_serializer(
    "BulkCreateUsers",
    {
        "file": serializers.FileField(required=False),
        "rows": serializers.ListField(
            child=serializers.DictField(), required=False, max_length=1_000
        ),
    },
)


class BulkCreateView(ApiView):
    """Many users at once."""

    policy = requires(IMPORT)
    idempotent = True

    @extend_schema(
        operation_id="admin_users_bulk_create",
        request=BulkSerializer,
        responses={202: ImportSerializer},
    )
    def post(self, request: Request) -> Response:
        """Bring a file (CSV or XLSX), or up to 1,000 rows as JSON (P11).

        The answer is an import: read it below ``imports/`` until it is checked, look at its rows, then
        apply it.
        """
        given = type(BulkSerializer)(data=request.data)
        given.is_valid(raise_exception=True)
        upload, rows = given.validated_data.get("file"), given.validated_data.get("rows")
        if (upload is None) == (rows is None):
            raise ValidationError({"file": [_("Give a file, or rows.")]})
        actor = acting_user(request)
        if upload is not None:
            owner = imports.upload(kind="users", file=upload.file, name=upload.name, actor=actor)
        else:
            owner = imports.upload_rows(kind="users", rows=rows, actor=actor)
        return answer(ImportSerializer(owner).data, status=202)
