"""What accounts hold on a person (P9), and how an account is anonymized."""

from functools import partial
from typing import Any

from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client, Token
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.db import transaction

from campus.accounts import services
from campus.accounts.models import User
from portal import log_keys, personal
from portal.encryption import Secret

FORGOTTEN: dict[str, Any] = {
    "email": None,
    "phone": None,
    "phone_verified": False,
    "second_phone": "",
    "full_name": "",
    "date_of_birth": None,
    "gender": "",
    "timezone": "",
    "is_superuser": False,
    "is_staff": False,
    "last_login": None,
    "last_seen": None,
}
# What of Wagtail and allauth belongs to one person alone, and goes with them.
OWN = (
    *("wagtailusers.UserProfile", "wagtailcore.APIToken", "wagtailadmin.EditingSession"),
    *("wagtailadmin.FormState", "wagtailcore.PageSubscription"),
)


def export(user: User) -> personal.Rows:
    """The account."""
    return [
        {
            "id": user.pk,
            "email": user.email,
            "phone": user.phone_number,
            "phone_verified": user.phone_verified,
            "second_phone": str(user.second_phone or ""),
            "full_name": user.full_name,
            "date_of_birth": user.date_of_birth,
            "gender": user.gender,
            # In full: the download is the person's own, and nobody else can fetch it.
            "identity_number": user.identity_number.reveal(),
            "photo": user.photo,
            "language": user.language,
            "timezone": user.timezone,
            "roles": ", ".join(sorted(user.roles)),
            "joined": user.date_joined,
            "last_sign_in": user.last_login,
            "last_seen": user.last_seen,
        }
    ]


def export_addresses(user: User) -> personal.Rows:
    """E-mail addresses and whether they are verified."""
    rows = EmailAddress.objects.filter(user=user).order_by("pk")
    return list(rows.values("email", "verified", "primary"))


def export_security(user: User) -> personal.Rows:
    """Sessions, second factors and what other systems were granted; no secret of any."""
    sessions = UserSession.objects.filter(user=user).order_by("pk")
    factors = Authenticator.objects.filter(user=user).order_by("pk")
    tokens = Token.objects.filter(user=user).select_related("client").order_by("pk")
    outside = SocialAccount.objects.filter(user=user).order_by("pk")
    return [
        *(
            {
                "kind": "outside sign-in",
                "what": one.provider,
                "id": one.uid,
                "since": one.date_joined,
            }
            for one in outside
        ),
        *(
            {"kind": "session", "what": one.user_agent, "address": one.ip, "since": one.created_at}
            for one in sessions
        ),
        *({"kind": "factor", "what": str(one.type), "since": one.created_at} for one in factors),
        *(
            {
                "kind": "connected app",
                "what": one.client.name if one.client else "",
                "scopes": " ".join(one.get_scopes()),
                "since": one.created_at,
            }
            for one in tokens
        ),
    ]


def erase_security(user: User) -> None:
    """End every way in: sessions, second factors, tokens, addresses."""
    with transaction.atomic():
        services.end_sessions(user=user)
        Authenticator.objects.filter(user=user).delete()
        EmailAddress.objects.filter(user=user).delete()
        SocialAccount.objects.filter(user=user).delete()
        Client.objects.filter(owner=user).update(owner=None)


def erase_own(user: User) -> None:
    """Delete what other packages keep for one person alone."""
    with transaction.atomic():
        for label in OWN:
            apps.get_model(label)._default_manager.filter(user=user).delete()


def erase(user: User) -> None:
    """Take from the account all that names somebody; the row stays, for what points to it.

    E-mail and phone are free for a new registration at once.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        if locked.photo:
            transaction.on_commit(partial(locked.photo.storage.delete, str(locked.photo.name)))
        for name, value in FORGOTTEN.items():
            setattr(locked, name, value)
        locked.photo = ""
        locked.identity_number = Secret()
        locked.is_active = False
        locked.set_unusable_password()
        locked.save()
        locked.groups.clear()
        locked.user_permissions.clear()
        log_keys.forget(locked)


def register() -> None:
    """Register accounts."""
    personal.register(
        "account",
        export,
        erase,
        ["accounts.User", "accounts.User_groups", "accounts.User_user_permissions"],
        order=personal.LAST,
    )
    personal.register(
        "addresses", export_addresses, erase_security, ["account.EmailAddress"], order=personal.LATE
    )
    personal.register(
        "security",
        export_security,
        erase_own,
        [
            *("usersessions.UserSession", "mfa.Authenticator"),
            "socialaccount.SocialAccount",
            *("allauth_idp_oidc.Token", "allauth_idp_oidc.Client"),
            *OWN,
        ],
        order=personal.LATE,
    )
