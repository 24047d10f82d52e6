"""What allauth's OpenID provider asks of this portal: who we are, and what a scope tells."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.conf import settings

from portal import scopes as portal_scopes
from portal.scopes import PHONE, PROFILE, ROLES


class ProviderAdapter(DefaultOIDCAdapter):
    """allauth's, with one fixed issuer and the claims of our accounts."""

    @property
    def scope_display(self) -> dict[str, Any]:
        """The sentence for each scope on the page that asks for consent."""
        return {scope.name: scope.label for scope in portal_scopes.all_scopes()}

    def get_issuer(self) -> str:
        """The portal's own address, whatever name a request came by."""
        return str(settings.SITE_URL).rstrip("/")

    def get_claims(
        self,
        purpose: Any,
        user: Any,
        client: Any,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Who ``user`` is, as far as ``scopes`` tell; the identity number is in none of them."""
        granted = set(scopes)
        claims = super().get_claims(purpose, user, client, granted, email, **kwargs)
        for name in ("given_name", "family_name", "preferred_username"):
            claims.pop(name, None)
        if PROFILE in granted:
            claims["name"] = user.full_name
            claims["locale"] = user.language
            if user.timezone:
                claims["zoneinfo"] = user.timezone
            if user.photo:
                claims["picture"] = urljoin(self.get_issuer(), user.photo.url)
        if PHONE in granted and user.phone:
            claims["phone_number"] = user.phone_number
            claims["phone_number_verified"] = user.phone_verified
        if ROLES in granted:
            claims["roles"] = sorted(user.roles)
        return claims
