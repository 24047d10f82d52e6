"""What registration asks. A leaf module: allauth's forms are built upon it while they load."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.roles import Role

REGISTRATION_ROLES = [
    (Role.STUDENT.value, pgettext_lazy("who registers", "Student")),
    (Role.PARENT.value, pgettext_lazy("who registers", "Parent")),
]


class RegistrationFields(forms.Form):
    """What registration asks beside e-mail, phone and password; the pages and the API share it (P2)."""

    full_name = forms.CharField(
        label=_("Full name"),
        required=False,
        max_length=200,
        help_text=_("As it should stand on lists and certificates."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    role = forms.ChoiceField(
        label=_("I am a"),
        required=False,
        choices=REGISTRATION_ROLES,
        initial=Role.STUDENT.value,
        widget=forms.RadioSelect,
    )

    field_order = ["full_name", "email", "phone", "password1", "role"]

    def clean_role(self) -> str:
        """Student unless told otherwise."""
        return str(self.cleaned_data.get("role") or Role.STUDENT.value)

    def clean(self) -> dict[str, Any]:
        """One of e-mail and phone must be there (P1)."""
        data = super().clean() or self.cleaned_data
        given = {"email", "phone"} & set(self.errors) or data.get("email") or data.get("phone")
        if not given:
            raise ValidationError(_("Enter an e-mail address or a phone number."), code="required")
        return data

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Nothing left to do: the adapter has stored all of it in one transaction."""
