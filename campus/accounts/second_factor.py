"""The second factor (P6): who must have one, and that a code of the app opens one door, once."""

from typing import Any

from allauth.headless.internal.restkit import inputs
from allauth.headless.mfa import views
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as allauth_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.conf import settings
from django.core import checks
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from portal.holds import Held
from portal.roles import Role

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts; recovery codes are only what is left when a device is lost."""


class TwoFactorRequired(Held):
    """The account holds a role that needs a second factor, and has none (P6)."""

    code = "two_factor_required"
    message = _("Set up a second factor first: your account needs one.")
    page = "accounts:two_factor"


def roles_that_need_one() -> frozenset[Role]:
    """The roles of ``TWO_FACTOR_REQUIRED_FOR``."""
    return frozenset(Role(name) for name in settings.TWO_FACTOR_REQUIRED_FOR)


def lacks_one(user: Any) -> TwoFactorRequired | None:
    """Why ``user`` is held, or None: one query for those whose role needs a factor (P6)."""
    if not settings.TWO_FACTOR_REQUIRED_FOR or user.roles.isdisjoint(roles_that_need_one()):
        return None
    if Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists():
        return None
    return TwoFactorRequired()


@checks.register("accounts")
def check_roles(**kwargs: Any) -> list[checks.CheckMessage]:
    """A role that is misspelled would protect nobody: the start stops."""
    unknown = sorted(set(settings.TWO_FACTOR_REQUIRED_FOR) - set(Role.values))
    if not unknown:
        return []
    told = f"TWO_FACTOR_REQUIRED_FOR names roles that do not exist: {', '.join(unknown)}."
    return [checks.Error(told, id="accounts.E001")]


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
