"""The parts of the profile that belong to roles (P9)."""

from django import forms

from campus.people.models import StaffProfile, Student


class StudentPartForm(forms.ModelForm):
    """What a student may correct; number, department and state are the institution's."""

    class Meta:
        model = Student
        fields = ["semester", "batch"]


class StaffPartForm(forms.ModelForm):
    """What one of the staff may correct."""

    class Meta:
        model = StaffProfile
        fields = ["title", "qualifications"]
        widgets = {"qualifications": forms.Textarea(attrs={"rows": 4})}
