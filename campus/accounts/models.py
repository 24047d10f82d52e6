"""The account: a person who can sign in."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from portal.encryption import SealedTextField, Secret
from portal.roles import Role

# What of an account names somebody; the audit log holds it sealed, and erasing empties it.
NAMING = (
    "full_name",
    "email",
    "phone",
    "second_phone",
    "date_of_birth",
    "photo",
    "inactive_reason",
)


class UserManager(BaseUserManager["User"]):
    """Makes users; sign-up itself goes through allauth."""

    def create_user(
        self, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        """Make and store a user with a hashed (or unusable) password."""
        user = self.model(email=self.normalize_email(email).lower() if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        """Make a user whom every permission is granted."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Someone with an account, found by e-mail, phone or both (P1)."""

    class Approval(models.TextChoices):
        NOT_NEEDED = "", _("not needed")
        WAITING = "waiting", _("waiting")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    UNDECIDED = frozenset({Approval.WAITING, Approval.REFUSED})

    class Gender(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")
        OTHER = "other", _("other")

    email = models.EmailField(_("e-mail"), null=True, blank=True, unique=True)
    phone = PhoneNumberField(_("phone"), null=True, blank=True, unique=True)
    phone_verified = models.BooleanField(_("phone verified"), default=False)
    second_phone = PhoneNumberField(_("second phone"), blank=True)
    full_name = models.CharField(_("full name"), max_length=200, blank=True)
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=10, choices=Gender.choices, blank=True)
    identity_number = SealedTextField(_("identity number"), blank=True, default=Secret)
    photo = models.ImageField(_("photo"), upload_to="people/", blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    timezone = models.CharField(_("timezone"), max_length=64, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    inactive_reason = models.CharField(_("why inactive"), max_length=200, blank=True)
    approval = models.CharField(
        _("approval"),
        max_length=10,
        choices=Approval.choices,
        default=Approval.NOT_NEEDED,
        blank=True,
        editable=False,
    )
    is_staff = models.BooleanField(_("staff of the site"), default=False)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    last_seen = models.DateTimeField(_("last seen"), null=True, blank=True)
    date_joined = models.DateTimeField(_("joined"), default=now)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_email_once",
                violation_error_message=_("An account with this e-mail exists."),
            ),
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(phone__isnull=False) | Q(is_active=False),
                name="accounts_email_or_phone",
                violation_error_message=_("An active account needs an e-mail or a phone."),
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | ~Q(approval__in=["waiting", "refused"]),
                name="accounts_undecided_inactive",
                violation_error_message=_("Who waits for approval is not active."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["date_joined"], condition=Q(is_active=False), name="accounts_inactive"
            ),
            # The orders of the admin's list; its search has indexes of its own (migration 0006).
            models.Index(fields=["full_name"], name="accounts_user_by_name"),
            models.Index(fields=["last_login"], name="accounts_user_by_sign_in"),
            models.Index(fields=["last_seen"], name="accounts_user_last_seen"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or str(self.phone or "") or f"#{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store; an absent e-mail or phone is NULL, so that two people may lack one."""
        self.email = self.email.lower() if self.email else None
        self.phone = self.phone or None
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """The hash that each session of the user must match (P3).

        Made of the password and of ``session_epoch``: raising that number ends every session and token
        at once, wherever they are kept.
        """
        return salted_hmac(
            "campus.accounts.models.User.session",
            f"{self.session_epoch}:{self.password}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    def get_full_name(self) -> str:
        """The name to show; Wagtail asks for it."""
        return str(self)

    def get_short_name(self) -> str:
        """The first word of the name."""
        return str(self).split(" ")[0]

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles held, from one query; a superuser is an admin."""
        known = set(Role.values)
        held = {Role(name) for name in self.groups.values_list("name", flat=True) if name in known}
        if self.is_superuser:
            held.add(Role.ADMIN)
        return frozenset(held)

    @property
    def phone_number(self) -> str | None:
        """The phone in E.164, or None."""
        return self.phone.as_e164 if self.phone else None

    def has_role(self, *roles: Role) -> bool:
        """Whether the user holds any of ``roles``."""
        return not self.roles.isdisjoint(roles)
