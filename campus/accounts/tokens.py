"""Access and refresh tokens (P3)."""

from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy, internal
from django.contrib.sessions.models import Session
from django.db import transaction


class TokenStrategy(JWTTokenStrategy):
    """allauth's JWT strategy, with a refresh that only one of several can win."""

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """A new access token and a new refresh token, or None if this one is not good (any more).

        The state of refresh tokens lies in the session. As shipped it is read, changed and written
        without a lock, so that requests in parallel all succeed with one token; here the session's row is
        locked first, and read again inside the lock.
        """
        payload = internal.decode_token(refresh_token, "refresh")
        key = internal.session_key_from_sid(payload["sid"]) if payload else None
        if key is None:
            return None
        with transaction.atomic():
            if not list(Session.objects.select_for_update().filter(pk=key).values_list("pk")):
                return None
            return super().refresh_token(refresh_token)
