"""Signing in with an outside OpenID provider (P7): whom it may open the door to.

The providers are the settings' (``OPENID_PROVIDERS``). What one says of an e-mail address is believed only
if it is trusted with that address, and says itself that it is verified. By such an address it finds an
account of ours only where we have verified the address, too, and never one of an admin or an editor: these
sign in as always and connect the provider on the page of their account.
"""

from typing import Any

from allauth.account.internal import flows
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import translation

from campus.accounts import services
from campus.accounts.models import User
from portal.roles import Role

NEVER_BY_EMAIL = (Role.ADMIN, Role.EDITOR)


def vouches_for(provider: Any, email: str) -> bool:
    """Whether the provider is trusted with addresses of this one's domain."""
    domains = provider.app.settings.get("trusted_domains", []) if provider.app else []
    return "*" in domains or email.rpartition("@")[2].lower() in domains


class OutsideAdapter(DefaultSocialAccountAdapter):
    """allauth's, held to the rules above."""

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        """A suggested account; an address counts as verified only where the provider vouches for it."""
        for address in sociallogin.email_addresses:
            address.email = address.email.lower()
            address.verified = address.verified in (True, "true") and vouches_for(
                sociallogin.provider, address.email
            )
        user = sociallogin.user
        user.email = (data.get("email") or "").lower() or None
        user.full_name = " ".join(str(data.get("name") or "").split())[:200]
        return user

    def serialize_instance(self, instance: Any) -> Any:
        """For the session, while a sign-in waits for a code: what a user object keeps beside is left."""
        instance.__dict__.pop("roles", None)
        return super().serialize_instance(instance)

    def is_email_verified(self, provider: Any, email: str) -> bool:
        """Never by configuration alone: the provider must say so of each address."""
        return False

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        """Whether this address may open the account that has it."""
        ours = EmailAddress.objects.filter(email__iexact=email, verified=True)
        found = ours.select_related("user").first()
        if found is None or not vouches_for(login.provider, email):
            return False
        user: Any = found.user
        return not (user.is_staff or user.is_superuser or user.has_role(*NEVER_BY_EMAIL))

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        """Store a new account by the rules of registration (P2): a student, its role logged.

        An address that the provider does not vouch for is verified by a code, as ever. If it was taken
        meanwhile the answer is that of any taken address (P4).
        """
        data = form.cleaned_data if form else {}
        user: User = sociallogin.user
        email = (data.get("email") or user.email or "").lower() or None
        try:
            with transaction.atomic():
                services.register(
                    user=user,
                    email=email,
                    phone=data.get("phone") or None,
                    password=None,
                    full_name=data.get("full_name") or user.full_name,
                    role=Role.STUDENT,
                    language=translation.get_language() or settings.LANGUAGE_CODE,
                )
                sociallogin.save(request)
        except IntegrityError:
            raise ImmediateHttpResponse(
                flows.signup.prevent_enumeration(request, email=email)
            ) from None
        return user
