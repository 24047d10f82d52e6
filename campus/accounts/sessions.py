"""The sessions of an account: ending one ends its sockets too; when and from where each was seen last."""

import time
from collections.abc import Iterable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.internal.httpkit import HTTP_USER_AGENT_MAX_LENGTH
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpRequest

from campus.accounts import services
from portal.pagecache.entries import Recent

SEEN_SECONDS = 300
"""How fresh "last seen" is: one write in this time for each session, however much it does."""


class SessionsAdapter(DefaultUserSessionsAdapter):
    """allauth's, through our service."""

    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        """End each of them, with its tokens and sockets (P3)."""
        for session in sessions:
            services.end_session(session=session)


ASKED_SECONDS = 15
"""How long this process takes it for noted, before it asks the cache that all share again."""

_asked: Recent[float] = Recent(20_000)


def note(session_key: str) -> bool:
    """Whether ``session_key`` was not noted within ``SEEN_SECONDS``; now it is.

    Every page of somebody signed in asks: to ask Redis each time would cost half as much as a query.
    """
    asked, now = _asked.get(session_key), time.monotonic()
    if asked is not None and now < asked + ASKED_SECONDS:
        return False
    fresh = bool(cache.add(f"accounts.seen:{session_key}", 1, timeout=SEEN_SECONDS))
    _asked.put(session_key, now)
    return fresh


def forget() -> None:
    """Forget what this process asked."""
    _asked.clear()


def saw(request: HttpRequest, user: Any, session_key: str) -> None:
    """Write down that ``user`` was here just now, with device and address: two statements, seldom."""
    if note(session_key):
        services.saw(
            user_id=user.pk,
            session_key=session_key,
            address=get_adapter().get_client_ip(request),
            user_agent=request.META.get("HTTP_USER_AGENT", "")[:HTTP_USER_AGENT_MAX_LENGTH],
        )
