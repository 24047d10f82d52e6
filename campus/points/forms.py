"""Forms of points."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campus.points.models import MOST_POINTS, PointCategory


class DecisionForm(forms.Form):
    """Why points are approved or rejected."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False, help_text=_("The student reads it.")
    )


class AskForm(forms.Form):
    """A student asks for points."""

    category = forms.ModelChoiceField(label=_("Category"), queryset=PointCategory.objects.none())
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=MOST_POINTS)
    title = forms.CharField(
        label=_("What did you do?"), max_length=300, help_text=_("As it should stand on your list.")
    )
    note = forms.CharField(
        label=_("In your own words"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    file = forms.FileField(
        label=_("What shows it"), required=False, help_text=_("A PDF, JPEG or PNG of at most 5 MB.")
    )

    def __init__(self, *args: Any, categories: Any, **kwargs: Any) -> None:
        """``categories`` are those of the student's institution that take points."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["category"]
        field.queryset = categories
