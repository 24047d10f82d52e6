"""Access and refresh tokens (P3)."""

import time
from typing import Any

from allauth.account.internal.userkit import user_id_to_str
from allauth.core import context
from allauth.core.internal.httpkit import authenticated_user
from allauth.headless import app_settings
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy, internal
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from campus.accounts import services, sessions
from portal.api.tokens import claims, is_ours

USED = "accounts.refresh_tokens_used"
"""In the session: refresh tokens used a moment ago, and when."""


class TokenStrategy(JWTTokenStrategy):
    """allauth's JWT strategy: tokens that name issuer and audience, and a refresh that happens once.

    The refresh tokens of a session are one family: each is good once, for the next. One that comes a
    second time is refused; and if that is later than two tabs or a repeated request would explain
    (``JWT_REFRESH_LEEWAY``), it has been copied, nobody knows by whom, and the whole session ends.
    """

    def get_claims(self, user: Any) -> dict[str, Any]:
        """Who made an access token, and what for."""
        return {**super().get_claims(user), **claims()}

    def _get_access_token(self, request: HttpRequest) -> Any:
        payload = super()._get_access_token(request)
        return payload if payload and is_ours(payload) else None

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any] | None:
        """The two tokens that a finished sign-in is answered with."""
        access = self.create_access_token(request)
        if access is None:
            return None
        refresh = _refresh_token(authenticated_user(request), request.session)
        return {"access_token": access, "refresh_token": refresh}

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """A new access token and a new refresh token, or None if this one is not good (any more).

        The state of the family lies in the session. As shipped it is read, changed and written without a
        lock, so that requests in parallel all succeed with one token; here the session's row is locked
        first, and read inside the lock.
        """
        payload = internal.decode_token(refresh_token, "refresh")
        if payload is None or not is_ours(payload):
            return None
        key = internal.session_key_from_sid(payload["sid"])
        if key is None:
            return None
        with transaction.atomic():
            if not list(Session.objects.select_for_update().filter(pk=key).values_list("pk")):
                return None
            session = internal.get_token_session(payload)
            user = internal.validate_token_user(payload, session) if session is not None else None
            if user is None or session is None:
                return None
            good = internal.get_refresh_token_state(session)
            jti, now = payload["jti"], time.time()
            used = {
                one: when
                for one, when in session.get(USED, {}).items()
                if when > now - settings.JWT_REFRESH_LEEWAY
            }
            if jti not in good:
                if jti not in used:
                    services.end_reused(user=user, session_key=key)
                return None
            session[USED] = {**used, jti: now}
            session["headless_refresh_tokens"] = {
                one: ends for one, ends in good.items() if one != jti and ends > now
            }
            access = internal.create_access_token(user, session, self.get_claims(user))
            following = _refresh_token(user, session)
            session.save()
            if context.request is not None:
                sessions.saw(context.request, user, key)
        return access, following


def _refresh_token(user: Any, session: Any) -> str:
    """The next refresh token of the family that ``session`` is; the caller stores the session."""
    token, payload = internal.create_token(
        "refresh",
        sub=user_id_to_str(user),
        sid=internal.session_key_to_sid(session.session_key),
        claims=claims(),
        expires_in=app_settings.JWT_REFRESH_TOKEN_EXPIRES_IN,
    )
    internal.get_refresh_token_state(session)[payload["jti"]] = payload["exp"]
    return str(token)
