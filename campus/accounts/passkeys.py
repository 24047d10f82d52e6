"""Passkeys (P6): the forms of pages and API, which refuse whatever is no answer of a device.

allauth hands a decoded answer to ``fido2`` and expects it to be one; what anybody may send is not.
"""

import struct
from typing import Any

from allauth.headless.internal.restkit import inputs
from allauth.headless.mfa import inputs as allauth_inputs
from allauth.headless.mfa import views
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as allauth_forms
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

NAME_LENGTH = 100
MALFORMED = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    struct.error,
    InvalidSignature,
    UnsupportedAlgorithm,
)
"""What reading an answer that is none raises, in ``fido2`` and below it."""


def _refused() -> ValidationError:
    error: ValidationError = get_adapter().validation_error("incorrect_code")
    return error


class _Answer(forms.Form):
    """Checks the answer of a device to a sign-in."""

    def clean_credential(self) -> Any:
        """The passkey that answered; raises ``ValidationError`` for anything else."""
        if not isinstance(self.cleaned_data["credential"], dict):
            raise _refused()
        try:
            return super().clean_credential()  # type: ignore[misc]
        except MALFORMED:
            raise _refused() from None


class AddForm(allauth_forms.AddWebAuthnForm):
    """A new passkey and its name."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=_("So that you know it again, such as “My phone”."),
    )
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone, without the password"),
        required=False,
        initial=True,
        help_text=_("The device then asks for a finger, a face or a PIN."),
    )

    def clean(self) -> dict[str, Any]:
        """The answer of the device, checked; raises ``ValidationError`` if it is none."""
        credential = self.cleaned_data.get("credential")
        if credential is not None and not isinstance(credential, dict):
            raise _refused()
        try:
            return super().clean()
        except MALFORMED:
            raise _refused() from None


class EditForm(allauth_forms.EditWebAuthnForm):
    """Another name."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)


class LoginForm(_Answer, allauth_forms.LoginWebAuthnForm):
    """Signing in with a passkey alone."""


class AuthenticateForm(_Answer, allauth_forms.AuthenticateWebAuthnForm):
    """A passkey as the second factor."""


class ReauthenticateForm(_Answer, allauth_forms.ReauthenticateWebAuthnForm):
    """A passkey, asked for again before what is delicate."""


class AddInput(AddForm, inputs.Input):
    """A new passkey by API."""


class LoginInput(LoginForm, inputs.Input):
    """Signing in by API."""


class AuthenticateInput(AuthenticateForm, inputs.Input):
    """The second factor by API."""


class ReauthenticateInput(ReauthenticateForm, inputs.Input):
    """Asked for again, by API."""


class ManageView(views.ManageWebAuthnView):
    """allauth's, with our input."""

    input_class = {
        "POST": AddInput,
        "PUT": allauth_inputs.UpdateWebAuthnInput,
        "DELETE": allauth_inputs.DeleteWebAuthnInput,
    }


class LoginView(views.LoginWebAuthnView):
    """allauth's, with our input."""

    input_class = {"POST": LoginInput}


class AuthenticateView(views.AuthenticateWebAuthnView):
    """allauth's, with our input."""

    input_class = {"POST": AuthenticateInput}


class ReauthenticateView(views.ReauthenticateWebAuthnView):
    """allauth's, with our input."""

    input_class = {"POST": ReauthenticateInput}
