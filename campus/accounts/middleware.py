"""Middleware of this app."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

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
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        zone = zone_of(cast(User, request.user))
        if zone is None:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)
