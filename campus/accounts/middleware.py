"""Middleware of this app."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from campus.accounts import sessions
from campus.accounts.models import User
from campus.accounts.timezones import zone_of


class TimezoneMiddleware:
    """Shows times in the timezone that the person chose (P9, S2).

    It asks for the user, and so for the session, only where a session cookie came along: a visitor's
    page costs nothing here and stays the same for all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate it for the time of the request."""
        if not _has_session(request):
            return self.get_response(request)
        zone = zone_of(cast(User, request.user))
        if zone is None:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)


class LastSeenMiddleware:
    """Keeps "last seen" of the session that a cookie names, seldom enough not to be felt.

    allauth's own writes at every request. Tokens are seen where they are refreshed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve, then note who it was."""
        key = request.session.session_key if _has_session(request) else None
        response = self.get_response(request)
        if key and key == request.session.session_key and request.user.is_authenticated:
            sessions.saw(request, request.user, key)
        return response


def _has_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES
