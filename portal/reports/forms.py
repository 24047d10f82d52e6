"""Over which days a report counts."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.reports.registry import Period

LONGEST = 2 * 366
"""Days of one report."""
USUAL = 30
"""Days before today where nothing is said, and after it: what is coming counts too."""


class PeriodForm(forms.Form):
    """First and last day; 30 days before today to 30 after where they are not given."""

    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        """The days in order, and not too many."""
        given = super().clean() or {}
        today, usual = timezone.localdate(), dt.timedelta(days=USUAL)
        since, until = given.get("since"), given.get("until")
        if self.errors:
            return given
        if since is None:
            since = min(today - usual, until) if until else today - usual
        if until is None:
            until = max(today + usual, since)
        if until < since:
            self.add_error("until", _("The last day is before the first."))
        elif (until - since).days >= LONGEST:
            self.add_error("until", _("At most %(days)d days at a time.") % {"days": LONGEST})
        return {"since": since, "until": until}

    @property
    def period(self) -> Period:
        """What was asked for; the form is valid."""
        return Period(self.cleaned_data["since"], self.cleaned_data["until"])
