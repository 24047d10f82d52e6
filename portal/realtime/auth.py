"""Who is at the other end of a socket: a token, or the site's session with a checked origin (M9).

Three ways in, the first that is there counts:
1. ``?token=<jwt>`` in the address; the query is taken out of the scope before anybody can log it;
2. the subprotocols ``bearer, <jwt>``, for browsers on other sites; ``bearer`` is answered;
3. the session cookie, only with an ``Origin`` that is this site's: browsers send the cookie along
   from any page.

Tokens are validated statefully: signature, expiry, and that their session and user still stand.
"""

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from allauth.core.internal.sessionkit import get_session_user
from allauth.headless.tokens.strategies.jwt import internal as jwt
from django.conf import settings
from django.contrib.auth import SESSION_KEY

from portal.api.tokens import is_ours
from portal.realtime.signin import SignIn

Scope = dict[str, Any]
BEARER = "bearer"
QUERY = "quad.query"
PORTS = {"http": 80, "https": 443}


def hide_query(scope: Scope) -> None:
    """Move the query out of the scope, in place: servers write it to their logs on accept.

    It is kept parsed under ``quad.query``.
    """
    query = scope.get("query_string", b"")
    scope[QUERY] = dict(parse_qsl(query.decode("latin-1"))) if query else {}
    scope["query_string"] = b""


def query_of(scope: Scope) -> dict[str, str]:
    """The query's values (see `hide_query`)."""
    if QUERY not in scope:
        hide_query(scope)
    query: dict[str, str] = scope[QUERY]
    return query


def header(scope: Scope, name: bytes) -> str:
    """A header's value, empty if there is none."""
    for key, value in scope.get("headers", []):
        if key == name:
            return str(value.decode("latin-1"))
    return ""


# --- origin ---------------------------------------------------------------------------------------
def origin_is_allowed(scope: Scope) -> bool:
    """Whether the page that opens the socket may: no origin (no browser), ours, or a listed one."""
    told = header(scope, b"origin")
    if not told:
        return True
    origin = _place(urlsplit(told))
    return origin is not None and (_is_own(origin, scope) or origin in _listed(_listed_origins()))


def _listed_origins() -> Iterable[str]:
    return [
        *settings.CSRF_TRUSTED_ORIGINS,
        *getattr(settings, "CORS_ALLOWED_ORIGINS", []),
        settings.SITE_URL,
    ]


def _listed(origins: Iterable[str]) -> set[tuple[str, str, int]]:
    return {place for origin in origins if (place := _place(urlsplit(origin))) is not None}


def _place(parts: SplitResult) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address; None for what is no web address."""
    try:
        if parts.scheme not in PORTS or not parts.hostname:
            return None
        return parts.scheme, parts.hostname.lower(), parts.port or PORTS[parts.scheme]
    except ValueError:
        return None


def _is_own(origin: tuple[str, str, int], scope: Scope) -> bool:
    """Whether the origin is the host that was asked for; the scheme is the proxy's affair."""
    scheme, host, port = origin
    try:
        asked = urlsplit(f"{scheme}://{header(scope, b'host')}")
        return (asked.hostname or "").lower() == host and (asked.port or PORTS[scheme]) == port
    except ValueError:
        return False


# --- the person -----------------------------------------------------------------------------------
def accepted_subprotocol(scope: Scope) -> str | None:
    """The subprotocol to answer: ``bearer`` where the token came as one."""
    return BEARER if BEARER in scope.get("subprotocols", []) else None


def sign_in_of(scope: Scope) -> SignIn | None:
    """Who it is, or None; uses the database."""
    token = _token(scope)
    if token:
        return _by_token(token)
    # A cookie without an origin is not from our page: it is refused rather than guessed at.
    return _by_session(scope) if header(scope, b"origin") else None


def _token(scope: Scope) -> str:
    token = query_of(scope).get("token", "")
    offered = scope.get("subprotocols", [])
    if not token and len(offered) > 1 and offered[0] == BEARER:
        token = offered[1]
    return token


def _by_token(token: str) -> SignIn | None:
    payload = jwt.decode_token(token, "access")
    session = jwt.get_token_session(payload) if payload and is_ours(payload) else None
    user = jwt.validate_token_user(payload, session) if session is not None else None
    if user is None or not user.is_active or payload is None or session is None:
        return None
    return SignIn(user, session.session_key, float(payload["exp"]), by_token=True)


def _by_session(scope: Scope) -> SignIn | None:
    try:
        cookie = SimpleCookie(header(scope, b"cookie")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    if cookie is None or not cookie.value:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key=cookie.value)
    if session.get(SESSION_KEY) is None or not session.session_key:
        return None
    user = get_session_user(session)
    if user is None or not user.is_active:
        return None
    return SignIn(user, session.session_key, session.get_expiry_date().timestamp())
