"""The portal as one server, with one address more: it crashes while it holds what it was sent."""

from typing import Any

from portal.asgi import application  # sets Django up

# isort: split
from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from portal import urls
from portal.api.views import ApiView
from portal.permissions import PUBLIC, declare


@declare(PUBLIC)
def crash(request: HttpRequest) -> HttpResponse:
    """A page that breaks with the form in its hands."""
    password, token = request.POST.get("password"), request.GET.get("token")
    raise RuntimeError(f"broken with {len(password or '')} and {len(token or '')} letters")


class Crash(ApiView):
    """An operation that breaks with the body in its hands."""

    policy = PUBLIC

    def post(self, request: Request) -> Response:
        """Break."""
        secrets: dict[str, Any] = dict(request.data)
        raise RuntimeError(f"broken with {len(secrets)} fields")


urls.urlpatterns[:0] = [path("api/v1/-/crash/", Crash.as_view()), path("en/-/crash/", crash)]

__all__ = ["application"]
