"""Errors that no API view raised: unknown addresses, bad hosts, crashes outside of a view (F1).

Under ``/api/`` they have the envelope; elsewhere Django's own handlers show the error pages.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from portal.api.errors import error_response, is_api
from portal.permissions import PUBLIC, declare


@csrf_exempt
@declare(PUBLIC)
def nothing_here(request: HttpRequest) -> HttpResponse:
    """404 in the envelope for every address under ``/api/`` that is none.

    It ends the search there: else the language redirect would send programs to ``/en/api/…``. A read
    whose last slash is missing is sent on, as everywhere on the site.
    """
    path = request.path_info
    if request.method in {"GET", "HEAD"} and not path.endswith("/"):
        try:
            found = resolve(f"{path}/")
        except Resolver404:  # pragma: no cover (this view answers the whole prefix)
            return error_response(404)
        if found.func is not nothing_here:
            return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
    return error_response(404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 outside of views."""
    if is_api(request):
        return error_response(400)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 outside of views."""
    if is_api(request):
        return error_response(403)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 outside of views."""
    if is_api(request):
        return error_response(404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    """500 outside of views."""
    if is_api(request):
        return error_response(500)
    return defaults.server_error(request)
