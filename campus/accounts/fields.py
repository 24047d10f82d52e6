"""Form fields of this app."""

from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def in_e164(text: str) -> str | None:
    """``+1 (217) 333-4666`` as ``+12173334666``; None if no such number can exist."""
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class PhoneField(forms.CharField):
    """A phone number with its country code; gives E.164 (``+12175550123``).

    allauth's own refuses spaces and takes any run of digits; this reads what people write and asks
    whether such a number can exist.
    """

    default_error_messages = {
        "invalid_phone": _("Enter a phone number with its country code, such as +1 217 333 4666."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        kwargs.setdefault("label", _("Phone"))
        kwargs.setdefault(
            "widget",
            forms.TextInput(
                attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "dir": "ltr"}
            ),
        )
        super().__init__(*args, **kwargs)

    def clean(self, value: Any) -> Any:
        """The number in E.164, or the empty string."""
        text = super().clean(value)
        if not text:
            return text
        number = in_e164(text)
        if number is None:
            raise ValidationError(self.error_messages["invalid_phone"], code="invalid_phone")
        return number
