"""Whose access tokens are ours: signed by us, by this portal (``iss``), for its API (``aud``) (P3).

A leaf module, since ``REST_FRAMEWORK`` names it. Signature, expiry and the session behind a token are
allauth's affair; it looks at neither issuer nor audience, and the same key may sign for others too.
"""

from collections.abc import Mapping
from typing import Any

from allauth.headless.contrib.rest_framework.authentication import JWTTokenAuthentication
from django.conf import settings
from rest_framework.exceptions import AuthenticationFailed

AUDIENCE = "quad-api"


def claims() -> dict[str, str]:
    """What each of our tokens says of itself."""
    return {"iss": settings.SITE_URL, "aud": AUDIENCE}


def is_ours(payload: Mapping[str, Any]) -> bool:
    """Whether a token with this (already verified) payload was made by this portal for its API."""
    return all(payload.get(name) == value for name, value in claims().items())


class TokenAuthentication(JWTTokenAuthentication):
    """``Authorization: Bearer <access token>``."""

    def authenticate_credentials(self, key: str) -> Any:
        """The user and the payload; raises ``AuthenticationFailed`` for what is not ours or has ended."""
        user, payload = super().authenticate_credentials(key)
        if not is_ours(payload):
            raise AuthenticationFailed("Invalid token.")
        return user, payload
