"""Middleware of the frame: what every request passes, kept cheap.

``FrameMiddleware`` stands first: it names the request, refuses what is malformed, holds the policies of
pages, writes one line of log and one observation of metrics, and puts the security headers that Django
has none for. ``LanguageMiddleware`` is Django's, told which addresses have no language.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from rest_framework.views import APIView

from portal import metrics
from portal.addresses import client_address
from portal.api.envelope import JSON
from portal.api.errors import error_response, is_api
from portal.bodies import body_problem
from portal.holds import at_the_door
from portal.permissions import policy_of
from portal.request_ids import HEADER, request_id_for

# Addresses without a language in them: an unknown one must answer 404, not redirect to /en/….
UNPREFIXED = (
    *("/api/", "/health/", "/metrics", "/ws/", "/identity/", "/.well-known/"),
    "/admin/",  # what is not there for somebody is a 404, not a page of the site
    "/account/oidc/",
    *(settings.STATIC_URL, settings.MEDIA_URL),
)
# Asked every few seconds by machines: counted, but not a line of log each.
_QUIET = ("/health/", "/metrics", settings.STATIC_URL, settings.MEDIA_URL)
OUR_ROOMS = ("portal.", "campus.", "learning.", "home.", "search.")
logger = structlog.get_logger("quad.request")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class FrameMiddleware:
    """The outermost of Django's middleware."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.site_policy: str = settings.CONTENT_SECURITY_POLICY
        self.admin_policy: str = settings.ADMIN_CONTENT_SECURITY_POLICY

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve one request between naming it and telling of it."""
        began = time.perf_counter()
        request_id = request_id_for(request.META)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            request_id=request_id, ip=client_address(request.META)
        )
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            response: HttpResponseBase = HttpResponseBadRequest()
        else:
            response = self.get_response(request)
        if response.status_code >= 400 and is_api(request):
            response = _with_envelope(response)
        response[HEADER] = request_id
        if "Content-Security-Policy" not in response:
            admin = request.path_info.startswith("/admin/")
            response["Content-Security-Policy"] = self.admin_policy if admin else self.site_policy
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        self.tell(request, response, time.perf_counter() - began)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Refuse a body that is too large, and a form that cannot be read, before anything is done with it;
        then hold the page's policy."""
        problem = body_problem(request.META)
        if problem:
            return refuse_body(request, problem)
        if request.method == "POST" and not is_api(request):
            request.POST  # noqa: B018 (raises what becomes a 400)
        return self.hold_policy(request, view)

    def hold_policy(self, request: HttpRequest, view: Any) -> HttpResponseBase | None:
        """Hold the policy of a page before its view runs; API views hold theirs themselves.

        A view of ours without a policy is refused to everybody; views of other packages have their own
        guards (see the table in tests/security/test_policies.py).
        """
        api = getattr(view, "cls", None)
        if api is not None and issubclass(api, APIView):
            return None
        owner = view if hasattr(view, "policy") else getattr(view, "view_class", view)
        method = (request.method or "").lower()
        policy = policy_of(owner, "get" if method == "head" else method)
        away = at_the_door(request, owner, policy)
        if away is not None:
            return away
        if policy is None:
            if getattr(owner, "policy", None) is not None:
                return None  # a method that the page does not have: the view answers 405
            if f"{owner.__module__}.".startswith(OUR_ROOMS) and not _in_admin(request):
                raise PermissionDenied(f"{owner.__module__} declares no policy")
            return None
        if not policy.signed_in or policy.admits(request.user):
            return None
        if request.user.is_authenticated:
            raise PermissionDenied
        return _to_sign_in(request)

    def tell(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        """One observation, and one line without the query: that may hold a token."""
        match = request.resolver_match
        route = match.route if match else ""
        metrics.observe(request.method or "", route, response.status_code, seconds)
        if request.path_info.startswith(_QUIET) and response.status_code < 400:
            return
        facts: dict[str, Any] = {
            "method": request.method,
            "path": request.path_info,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
        }
        user = getattr(request, "_cached_user", None)  # told where it is known, never asked for
        pk = getattr(request, "token_user_id", None) or getattr(user, "pk", None)
        if pk:
            facts["user"] = pk
        (logger.error if response.status_code >= 500 else logger.info)("request", **facts)


def refuse_body(request: HttpRequest, status: int) -> HttpResponse:
    """413 for a body that is too large, 400 for one whose length is none: a page, or the envelope."""
    if is_api(request):
        return error_response(status)
    return render(request, f"{status}.html", status=status)


def _in_admin(request: HttpRequest) -> bool:
    """Whether Wagtail's own door (``require_admin_access``) stands before the view."""
    return request.path_info.startswith("/admin/")


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a visitor to sign in and back; a fragment tells htmx to go there as a page."""
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
        return response
    # Back to the page, not to a form that was sent.
    path = request.get_full_path() if request.method in {"GET", "HEAD"} else None
    return redirect_to_login(path or request.META.get("HTTP_REFERER") or "/")


def _with_envelope(response: HttpResponseBase) -> HttpResponseBase:
    """An error of the API that is not JSON yet (a bare 405, a page of Django's) in the envelope."""
    if response.headers.get("Content-Type", "").startswith(JSON):
        return response
    wrapped = error_response(response.status_code)
    for name, value in response.items():
        if name not in {"Content-Type", "Content-Length", "Content-Encoding", "ETag"}:
            wrapped[name] = value
    wrapped.cookies = response.cookies
    return wrapped


class LanguageMiddleware(LocaleMiddleware):
    """Django's, but it leaves the addresses of programs alone."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Redirect to a language only where pages live."""
        if not request.path_info.startswith(UNPREFIXED):
            return super().process_response(request, response)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", get_language() or settings.LANGUAGE_CODE)
        return response
