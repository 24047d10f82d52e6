"""Forms of the profile's parts, of children and of invitations."""

from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from campus.accounts.fields import PhoneField
from campus.people.models import Guardianship, StaffProfile, Student, StudentInvitation


class StudentPartForm(forms.ModelForm):
    """What a student may correct; number, department and state are the institution's.

    Whether guardians go on seeing it is asked of those who have any (P10).
    """

    class Meta:
        model = Student
        fields = ["semester", "batch", "guardians_may_see"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.guardianships.exists():
            del self.fields["guardians_may_see"]


class StaffPartForm(forms.ModelForm):
    """What one of the staff may correct, and what they let everyone see."""

    public_phone = PhoneField(
        label=_("Public phone"),
        required=False,
        help_text=_("For everyone to see on the public page; empty shows none."),
    )

    class Meta:
        model = StaffProfile
        fields = [
            *("title", "qualifications", "is_listed", "public_email", "public_phone", "office"),
        ]
        widgets = {"qualifications": forms.Textarea(attrs={"rows": 4})}
        help_texts = {"qualifications": _("For everyone to see on the public page.")}


class ChildForm(forms.Form):
    """A child as a parent tells of it (P10); the service checks what the values must be."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=200,
        help_text=_("As it should stand on lists and certificates."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    date_of_birth = forms.DateField(
        label=_("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
    )


class NewChildForm(ChildForm):
    """A new child, and what one is to it."""

    relationship = forms.ChoiceField(
        label=_("I am the child's"), choices=Guardianship.Relationship.choices
    )


class EditChildForm(ChildForm):
    """What can be corrected later."""

    semester = forms.IntegerField(label=_("Semester"), required=False, min_value=1, max_value=99)
    batch = forms.CharField(label=_("Batch"), required=False, max_length=20)


class InviteForm(forms.Form):
    """To whom a code goes, and what it is for."""

    purpose = forms.ChoiceField(
        label=_("The code is for"),
        choices=StudentInvitation.Purpose.choices,
        initial=StudentInvitation.Purpose.TAKE_OVER,
        widget=forms.RadioSelect,
    )
    relationship = forms.ChoiceField(
        label=_("Another guardian is the child's"),
        choices=Guardianship.Relationship.choices,
        initial=Guardianship.Relationship.GUARDIAN,
        required=False,
    )
    to = forms.CharField(
        label=_("E-mail or phone"),
        max_length=254,
        help_text=_("The code is sent there. It works once and not for long."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )

    def __init__(self, *args: Any, student: Student, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if student.user_id is not None:  # there is nothing left to take over
            purpose = self.fields["purpose"]
            purpose.initial = StudentInvitation.Purpose.GUARDIAN
            purpose.widget = forms.HiddenInput()

    def clean_to(self) -> str:
        """An address, or a number in E.164."""
        to: str = self.cleaned_data["to"].strip()
        if "@" in to:
            validate_email(to)
            return to.lower()
        return str(PhoneField().clean(to))

    def address(self) -> dict[str, str]:
        """As the service takes it."""
        to = self.cleaned_data["to"]
        return {"email": to} if "@" in to else {"phone": to}


class ClaimForm(forms.Form):
    """The code of an invitation."""

    invitation_code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Ten letters and digits, such as K7M2P-9XQ4R."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "dir": "ltr",
            }
        ),
    )
