"""Addresses of sign-in by API: allauth's headless ones, in this portal's envelope."""

from typing import Any

from allauth.headless import urls as headless
from allauth.headless.constants import Client
from django.urls import URLPattern, URLResolver, path

from campus.accounts import passkeys, second_factor
from campus.accounts.api import RequestPasswordResetView, SignupView, in_envelope

OURS: dict[str, Any] = {
    "v1/auth/signup": SignupView,
    "v1/auth/password/request": RequestPasswordResetView,
    "v1/auth/2fa/authenticate": second_factor.AuthenticateView,
    "v1/auth/2fa/reauthenticate": second_factor.ReauthenticateView,
    "v1/account/authenticators/totp": second_factor.ManageTotpView,
    "v1/account/authenticators/webauthn": passkeys.ManageView,
    "v1/auth/webauthn/login": passkeys.LoginView,
    "v1/auth/webauthn/authenticate": passkeys.AuthenticateView,
    "v1/auth/webauthn/reauthenticate": passkeys.ReauthenticateView,
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
