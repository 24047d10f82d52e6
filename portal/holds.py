"""What keeps an account that is signed in from going on, whatever it came in by.

An app registers a check in its ``AppConfig.ready``; the doors ask all of them: ``FrameMiddleware`` for
pages and the Wagtail admin, ``DeclaredPolicy`` for the API by token or session, ``Policy.admits`` for
sockets. Open to a held account are allauth's views, by which it clears the hold, and what declares a
policy with ``even_held``.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from portal.errors import DomainError
from portal.permissions import Policy, holders_of_accounts

CAME_FROM = "held.came_from"
CLEARING = ("allauth.account.", "allauth.mfa.", "allauth.usersessions.", "allauth.headless.")
"""Modules whose views stay open: what clears a hold, and signing out. Not the OpenID provider's."""


class Held(DomainError):
    """The account may not go on; ``page`` is the name of the address that says how it can."""

    status = 403
    page: str = ""


Check = Callable[[Any], Held | None]
_checks: list[Check] = []


def register(check: Check) -> None:
    """Have ``check`` asked at every door; it gives why a user is held, or None."""
    if check not in _checks:
        _checks.append(check)


def hold_on(user: Any) -> Held | None:
    """Why ``user`` may not go on, or None.

    Who is free stays free for the life of the object, which is one request: the doors of one request ask
    once.
    """
    if user is None or not user.is_authenticated or getattr(user, "_goes_on", False):
        return None
    for check in _checks:
        held = check(user)
        if held is not None:
            return held
    user._goes_on = True
    return None


holders_of_accounts.append(hold_on)


def at_the_door(request: HttpRequest, view: Any, policy: Policy | None) -> HttpResponse | None:
    """Where a held person is sent to from ``view``, or None for those who may go on.

    Visitors cost nothing: nobody is asked for without a session cookie.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    if policy is not None and policy.even_held:
        return None
    if f"{getattr(view, '__module__', '')}.".startswith(CLEARING):
        return None
    held = hold_on(request.user)
    if held is None:
        return None
    if request.headers.get("HX-Request"):
        fragment = HttpResponse(status=held.status)
        fragment["HX-Redirect"] = resolve_url(held.page)
        return fragment
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        request.session[CAME_FROM] = request.get_full_path()
    return HttpResponseRedirect(resolve_url(held.page))


def way_on(request: HttpRequest, fallback: str) -> str:
    """Where somebody wanted to be before they were held; asked once."""
    return str(request.session.pop(CAME_FROM, "") or resolve_url(fallback))
