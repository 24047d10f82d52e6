"""Forms of sign-in help and of the profile."""

import datetime as dt
import zoneinfo
from functools import cache
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campus.accounts import identity, photos
from campus.accounts.fields import PhoneField
from campus.accounts.models import User
from portal.encryption import Secret


class LoginForm(AllauthLoginForm):
    """E-mail or phone, and the password (P1)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = _("E-mail or phone")
        login.widget.attrs = {"autocomplete": "username", "dir": "auto", "autocapitalize": "none"}
        self.fields["remember"].label = _("Stay signed in on this device")


class SameTimeForAll(forms.Form):
    """Lets a registration with a taken e-mail or phone take as long as any other (P4).

    Most of that time goes into the password, which allauth hashes only for new accounts.
    """

    account_already_exists: bool

    def try_save(self, request: HttpRequest) -> Any:
        """As allauth does, after the same work."""
        if self.account_already_exists:
            data = self.cleaned_data
            User().set_password(data.get("password1") or data.get("password"))
        return super().try_save(request)  # type: ignore[misc]


class SignupForm(SameTimeForAll, AllauthSignupForm):
    """Registration on the pages: e-mail or phone, a password, and what ``RegistrationFields`` asks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        either_is_enough(self)


def either_is_enough(form: forms.Form) -> None:
    """Let a registration be complete with one of e-mail and phone (P1); that one is there, its
    ``clean`` sees to."""
    if "phone" not in form.fields:
        return
    email = form.fields["email"]
    email.label = _("E-mail")
    email.required = email.widget.is_required = False
    email.help_text = _("E-mail or phone: one of them is enough.")


class ResetPasswordForm(AllauthResetPasswordForm):
    """Asks for the e-mail or the phone to send a code to (P5).

    allauth resets by e-mail only, which would leave those who registered with a phone alone without a
    way back in. The field keeps its name; a number in it is told from an address by the ``@``.
    """

    users: list[Any]
    email = forms.CharField(
        label=_("E-mail or phone"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "dir": "auto"}),
    )

    def clean_email(self) -> str:
        """The address or number, and in ``users`` whom it belongs to: nobody, as often as not."""
        login: str = self.cleaned_data["email"]
        if "@" in login:
            validate_email(login)
            address = str(super().clean_email()).lower()
            if self.users:
                # The second look-up that allauth makes for strangers alone, so that none is told apart.
                User.objects.filter(email=address).first()
            return address
        phone: str = PhoneField().clean(login)
        user: Any = get_adapter().get_user_by_phone(phone)
        self.users = [user] if user and user.is_active else []
        return phone


@cache
def timezones() -> list[tuple[str, str]]:
    """The timezones one may choose, by name."""
    names = sorted(n for n in zoneinfo.available_timezones() if "/" in n and n[:4] != "Etc/")
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class ProfileForm(forms.ModelForm):
    """The common part of a profile (P9)."""

    second_phone = PhoneField(label=_("Second phone"), required=False)
    timezone = forms.ChoiceField(label=_("Timezone"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_("JPEG, PNG or WebP, at most 5 MB."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_photo = forms.BooleanField(label=_("Take the photo away"), required=False)

    class Meta:
        model = User
        fields = [
            "full_name",
            "photo",
            "remove_photo",
            "date_of_birth",
            "gender",
            "second_phone",
            "language",
            "timezone",
        ]
        widgets = {
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "date_of_birth": forms.DateInput(
                attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = cast(forms.ChoiceField, self.fields["timezone"])
        zone.choices = [("", _("That of the institution")), *timezones()]
        self.fields["second_phone"].widget.attrs["autocomplete"] = "off"
        if not self.instance.photo:
            del self.fields["remove_photo"]

    def clean_full_name(self) -> str:
        """Once given, a name cannot be emptied: lists and certificates show it."""
        name = " ".join(self.cleaned_data["full_name"].split())
        if self.instance.full_name and not name:
            raise forms.ValidationError(_("Enter your name."), code="required")
        return name

    def clean_date_of_birth(self) -> Any:
        """Not in the future, and not before anyone alive was born."""
        return sensible_birthday(self.cleaned_data["date_of_birth"])

    def clean_photo(self) -> Any:
        """The new photo, checked and made ready; None if there is none."""
        upload = self.cleaned_data.get("photo")
        return photos.prepared(upload) if isinstance(upload, UploadedFile) else None

    def _post_clean(self) -> None:
        """Leave the instance as it is: the service writes."""

    def changes(self) -> dict[str, Any]:
        """What ``services.update_profile`` is to store."""
        data = dict(self.cleaned_data)
        removed = data.pop("remove_photo", False)
        if data["photo"] is None:
            del data["photo"]
            if removed:
                data["photo"] = ""
        data["second_phone"] = data["second_phone"] or ""
        return data


class IdentityNumberForm(forms.Form):
    """One's own identity number, in full."""

    identity_number = forms.CharField(
        label=_("Identity number"),
        required=False,
        max_length=80,
        help_text=_("From your passport or identity card. It is stored encrypted."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_identity_number(self) -> Secret:
        """As it is to be stored."""
        return Secret(identity.tidied(self.cleaned_data["identity_number"]))


def sensible_birthday(day: dt.date | None) -> dt.date | None:
    """``day`` if a living person can have been born on it; raises ``ValidationError``."""
    if day is not None and not dt.date(1900, 1, 1) <= day <= timezone.localdate():
        raise forms.ValidationError(_("Enter a date of birth that can be."), code="invalid")
    return day
