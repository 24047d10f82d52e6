"""Forms of the Wagtail admin for users."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.users.forms import UserCreationForm as WagtailUserCreationForm
from wagtail.users.forms import UserEditForm as WagtailUserEditForm

from campus.accounts import services
from campus.accounts.fields import PhoneField
from campus.accounts.models import User
from portal.roles import Role

FIELDS = ["email", "phone", "full_name", "language", "timezone", "is_superuser", "groups"]
WIDGETS = {"groups": forms.CheckboxSelectMultiple}


class _UserForm(forms.ModelForm):
    """What making and editing a user share: e-mail or phone, and writes through our services."""

    first_name = None
    last_name = None
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = PhoneField(required=False)
    acting_user: User | None = None

    def clean_email(self) -> str | None:
        """In lower case, and nobody else's."""
        email = (self.cleaned_data.get("email") or "").lower() or None
        if email and User.objects.exclude(pk=self.instance.pk).filter(email=email).exists():
            raise forms.ValidationError(_("An account with this e-mail exists."), code="unique")
        return email

    def clean_phone(self) -> str | None:
        """Nobody else's."""
        phone = self.cleaned_data.get("phone") or None
        if phone and User.objects.exclude(pk=self.instance.pk).filter(phone=phone).exists():
            raise forms.ValidationError(_("An account with this phone exists."), code="unique")
        return phone

    def clean(self) -> dict[str, Any]:
        """One of e-mail and phone must be there."""
        data = super().clean() or self.cleaned_data
        if not (data.get("email") or data.get("phone") or {"email", "phone"} & set(self.errors)):
            raise forms.ValidationError(
                _("Enter an e-mail address or a phone number."), code="required"
            )
        return data

    def _clean_username(self) -> None:
        """There is none: ``clean_email`` and ``clean_phone`` look for doubles."""

    def save(self, commit: bool = True) -> User:
        """Store through the services, so that roles, state and passwords are logged and end sessions."""
        with transaction.atomic():
            return services.save_from_admin(
                user=self.instance,
                fields={
                    name: self.cleaned_data[name]
                    for name in ("email", "phone", "full_name", "language", "timezone")
                    if name in self.cleaned_data
                },
                is_superuser=self.cleaned_data.get("is_superuser"),
                is_active=self.cleaned_data.get("is_active"),
                password=self.cleaned_data.get("password1") or None,
                roles={Role(g.name) for g in self.cleaned_data["groups"] if g.name in Role.values},
                other_groups=[g for g in self.cleaned_data["groups"] if g.name not in Role.values],
                actor=self.acting_user,
                join=self.join,
            )

    def join(self, user: User) -> None:
        """Bind the stored account to where it belongs; the app that knows institutions does."""


class UserCreationForm(_UserForm, WagtailUserCreationForm):
    """A new user: staff, mostly (P2). Without a password the person sets one by a code."""

    password_required = False

    class Meta(WagtailUserCreationForm.Meta):
        fields = FIELDS
        widgets = WIDGETS


class UserEditForm(_UserForm, WagtailUserEditForm):
    """A user as an admin sees them."""

    class Meta(WagtailUserEditForm.Meta):
        fields = [*FIELDS, "is_active"]
        widgets = WIDGETS
