"""Addresses of sign-in by API: allauth's headless ones, in this portal's envelope."""

from typing import Any

from allauth.headless import urls as headless
from allauth.headless.constants import Client
from django.urls import URLPattern, URLResolver, path

from campus.accounts.api import RequestPasswordResetView, SignupView, in_envelope
from campus.accounts.second_factor import AuthenticateView, ReauthenticateView

OURS: dict[str, Any] = {
    "v1/auth/signup": SignupView,
    "v1/auth/password/request": RequestPasswordResetView,
    "v1/auth/2fa/authenticate": AuthenticateView,
    "v1/auth/2fa/reauthenticate": ReauthenticateView,
}

urlpatterns: list[URLPattern | URLResolver] = in_envelope(
    [
        *[
            path(f"{client.value}/{route}", view.as_api_view(client=client))
            for client in (Client.APP, Client.BROWSER)
            for route, view in OURS.items()
        ],
        *headless.urlpatterns,
    ]
)
