"""Forms of this app."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ConfirmForm(forms.Form):
    """Proves the person before the account is erased."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=_("Code of your authenticator app"),
        max_length=20,
        required=False,
        help_text=_("Or one of your recovery codes."),
    )

    def __init__(self, *args: Any, needs_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needs_code:
            self.fields["code"].required = True
        else:
            del self.fields["code"]


class ReasonForm(forms.Form):
    """Why an admin erases an account."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It stays when the account is gone: name nobody."),
    )
