"""The second factor: a code of the authenticator app opens one door, once (P6)."""

from typing import Any

from allauth.headless.internal.restkit import inputs
from allauth.headless.mfa import views
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as allauth_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.conf import settings
from django.core.cache import cache

PERIOD = 30  # seconds, as apps have it
ACCEPTED_SECONDS = PERIOD * (2 * settings.MFA_TOTP_TOLERANCE + 1)


class OnceOnly(forms.Form):
    """Refuses a code that has been used, for as long as it would be accepted.

    allauth remembers a code for one period; with a tolerance for clocks that differ it is good for three, so
    that who saw it typed could use it again.
    """

    user: Any
    authenticator: Authenticator

    def clean_code(self) -> str:
        """The code, if it is right and new; of two requests with one code the cache lets one pass."""
        code: str = super().clean_code()  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP and not _is_new(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


def _is_new(user: Any, code: str) -> bool:
    """Whether nobody has used ``code`` yet; from now on it is used."""
    key = f"accounts.totp:{user.pk}:{''.join(code.split())}"
    return bool(cache.add(key, 1, timeout=ACCEPTED_SECONDS))


class AuthenticateForm(OnceOnly, allauth_forms.AuthenticateForm):
    """The page that asks for the second factor."""


class ReauthenticateForm(OnceOnly, allauth_forms.ReauthenticateForm):
    """The page that asks for it again, before what is delicate."""


class ActivateForm(totp_forms.ActivateTOTPForm):
    """The page that sets the app up; the code that proves it opens nothing afterwards."""

    def clean_code(self) -> str:
        """The code, if it is right."""
        code: str = super().clean_code()
        _is_new(self.user, code)
        return code


class ActivateInput(ActivateForm, inputs.Input):
    """The same by API."""


class ManageTotpView(views.ManageTOTPView):
    """allauth's, with our input."""

    input_class = {"POST": ActivateInput}


class AuthenticateInput(AuthenticateForm, inputs.Input):
    """The same by API."""


class ReauthenticateInput(ReauthenticateForm, inputs.Input):
    """The same by API."""


class AuthenticateView(views.AuthenticateView):
    """allauth's, with our input."""

    input_class = AuthenticateInput


class ReauthenticateView(views.ReauthenticateView):
    """allauth's, with our input."""

    input_class = ReauthenticateInput
