"""Forms of halls: what is looked for, what is asked for, what is decided."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import subjects
from campus.venues.models import Building, Facility, Hall
from campus.venues.reservations import Period

MOST_SEATS = 1_000_000
FIRST, LAST = dt.date(2000, 1, 2), dt.date(2199, 12, 30)


def _day(label: Any, **more: Any) -> forms.DateField:
    """A day that a calendar can hold."""
    field = forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )
    field.validators.append(_within_reach)
    return field


def _within_reach(day: dt.date) -> None:
    if not FIRST <= day <= LAST:
        raise forms.ValidationError(_("This is too far away."), code="invalid")


def _time(label: Any, **more: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, widget=widget, **more)


def at(day: dt.date, hour: dt.time) -> dt.datetime:
    """A day and an hour of the portal's clock."""
    return dt.datetime.combine(day, hour, tzinfo=timezone.get_default_timezone())


def period_of(day: dt.date, starts: dt.time, ends: dt.time) -> Period:
    """From an hour to another of a day; an end that is not after the start is on the next day."""
    begin, end = at(day, starts), at(day, ends)
    return Period(begin, end if end > begin else end + dt.timedelta(days=1))


class FindForm(forms.Form):
    """What is free, large enough and equipped (B7); empty, all halls."""

    day = _day(_("Day"), required=False)
    starts = _time(_("From"), required=False)
    ends = _time(_("Until"), required=False)
    capacity = forms.IntegerField(
        label=_("People"), required=False, min_value=1, max_value=MOST_SEATS
    )
    facilities = forms.ModelMultipleChoiceField(
        label=_("With"),
        required=False,
        queryset=Facility.objects.all(),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        """A time is whole or none."""
        data = super().clean() or {}
        names = ("day", "starts", "ends")
        given = [name for name in names if data.get(name) is not None]
        if given and len(given) < len(names):
            for name in names:
                if name not in given and name not in self.errors:
                    self.add_error(name, _("Say the day and both hours, or none of them."))
        return data

    @property
    def period(self) -> Period | None:
        """The time that is asked for."""
        data = self.cleaned_data
        if data.get("day") is None or data.get("starts") is None or data.get("ends") is None:
            return None
        return period_of(data["day"], data["starts"], data["ends"])


class AskHallForm(forms.Form):
    """Asking for one hall, once or every week (B2, B5)."""

    subject = forms.ChoiceField(label=_("For"))
    purpose = forms.CharField(label=_("What for"), max_length=300)
    day = _day(_("Day"))
    starts = _time(_("From"))
    ends = _time(_("Until"))
    people = forms.IntegerField(
        label=_("How many people"), required=False, min_value=1, max_value=MOST_SEATS
    )
    until = _day(
        _("Every week until"),
        required=False,
        help_text=_("Leave it empty for one time."),
    )
    take_free = forms.BooleanField(
        label=_("Every week: book the dates that are free, even if some are taken"), required=False
    )
    wait = forms.BooleanField(
        label=_("If it is taken, ask the administration to decide"), required=False
    )

    def __init__(self, *args: Any, user: Any, may_ask_for_none: bool, **kwargs: Any) -> None:
        """``may_ask_for_none``: an admin of the hall's institution may leave out what it is for."""
        super().__init__(*args, **kwargs)
        found = subjects.choices(user)
        field: Any = self.fields["subject"]
        if may_ask_for_none:
            field.required = False
            found = [("", str(_("Nothing in particular"))), *found]
        field.choices = found

    @property
    def period(self) -> Period:
        """The first time."""
        data = self.cleaned_data
        return period_of(data["day"], data["starts"], data["ends"])

    def subject_for(self, user: Any) -> Any:
        """What it is for; None for nothing in particular."""
        name, _colon, pk = self.cleaned_data["subject"].partition(":")
        return subjects.find(name, pk, user) if name else None


class CancelForm(forms.Form):
    """Why a booking is given back."""

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class LookForm(forms.Form):
    """Into which hall and when a request might go (B3); empty, as it was asked for."""

    hall = forms.ModelChoiceField(
        label=_("Hall"), queryset=Hall.objects.none(), required=False, empty_label=_("as asked for")
    )
    day = _day(_("Day"), required=False)
    starts = _time(_("From"), required=False)

    def __init__(self, *args: Any, halls: Any, **kwargs: Any) -> None:
        """``halls`` are those that the admin may give."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["hall"]
        field.queryset = halls

    def clean(self) -> dict[str, Any]:
        """Another time is a day and an hour."""
        data = super().clean() or {}
        if (data.get("day") is None) != (data.get("starts") is None):
            missing = "day" if data.get("day") is None else "starts"
            if missing not in self.errors:
                self.add_error(missing, _("Say the day and the hour, or neither."))
        return data

    @property
    def moment(self) -> dt.datetime | None:
        """The beginning that is asked for."""
        data = self.cleaned_data
        if data.get("day") is None or data.get("starts") is None:
            return None
        return at(data["day"], data["starts"])


class DecideHallForm(LookForm):
    """The decision, with the hall and time that were looked at."""

    note = forms.CharField(
        label=_("Reason or note"),
        max_length=300,
        required=False,
        help_text=_("Who asked reads it."),
    )


class HeatForm(forms.Form):
    """Over which days, and of which building, halls are looked at (B8)."""

    since = _day(_("From"), required=False)
    until = _day(_("To"), required=False)
    building = forms.ModelChoiceField(
        label=_("Building"),
        queryset=Building.objects.none(),
        required=False,
        empty_label=_("All buildings"),
    )

    def __init__(self, *args: Any, buildings: Any, **kwargs: Any) -> None:
        """``buildings`` are those within the admin's reach."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["building"]
        field.queryset = buildings

    def clean(self) -> dict[str, Any]:
        """Days in order, half a year at most."""
        data = super().clean() or {}
        until = data.get("until") or timezone.localdate()
        since = data.get("since") or until - dt.timedelta(days=27)
        if not self.errors and until < since:
            self.add_error("until", _("The end is before the beginning."))
        elif not self.errors and until - since > dt.timedelta(days=185):
            self.add_error("until", _("Ask for half a year at most."))
        return {**data, "since": since, "until": until}
