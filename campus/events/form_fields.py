"""Parts of the organizers' forms: times by the clock of the place, sessions, questions (E11, E12)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from campus.events.models import Question
from campus.events.sessions import MOST, Slot
from portal.errors import DomainError

MINUTES = "%Y-%m-%dT%H:%M"


def moment_field(**options: Any) -> forms.DateTimeField:
    """A day and an hour in one field, in the timezone that is active."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTES)
    return forms.DateTimeField(widget=widget, input_formats=[MINUTES, f"{MINUTES}:%S"], **options)


def day_field(**options: Any) -> forms.DateField:
    """A day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, input_formats=["%Y-%m-%d"], **options)


def hour_field(**options: Any) -> forms.TimeField:
    """An hour of the day."""
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(widget=widget, input_formats=["%H:%M", "%H:%M:%S"], **options)


class SessionForm(forms.Form):
    """One sitting: a day and two hours; one that ends before it starts goes on past midnight."""

    day = day_field(label=_("Day"))
    starts = hour_field(label=_("From"))
    ends = hour_field(label=_("Until"))
    title = forms.CharField(label=_("What"), max_length=200, required=False)

    def slot(self, zone: ZoneInfo) -> Slot:
        """The session as moments; the form is valid and not empty."""
        facts = self.cleaned_data
        first = dt.datetime.combine(facts["day"], facts["starts"], tzinfo=zone)
        last = dt.datetime.combine(facts["day"], facts["ends"], tzinfo=zone)
        if facts["ends"] < facts["starts"]:
            last = dt.datetime.combine(
                facts["day"] + dt.timedelta(days=1), facts["ends"], tzinfo=zone
            )
        return Slot(first.astimezone(dt.UTC), last.astimezone(dt.UTC), facts["title"])


class _Rows(forms.BaseFormSet):
    """Rows of which the empty ones and those ticked for removal do not count."""

    @property
    def kept(self) -> list[Any]:
        """The rows that count."""
        known = self.initial_form_count()
        return [
            form
            for number, form in enumerate(self.forms)
            if (number < known or form.has_changed()) and not form.cleaned_data.get("DELETE")
        ]

    def refuse(self, refusal: DomainError) -> None:
        """Show a refusal beside the row that it names (``sessions.2.ends``), else above all of them."""
        _name, _dot, rest = (refusal.param or "").partition(".")
        number, _dot, field = rest.partition(".")
        if number.isdecimal() and int(number) < len(self.kept):
            form = self.kept[int(number)]
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            self._non_form_errors.append(str(refusal))  # type: ignore[attr-defined]


class SessionRows(_Rows):
    """The sessions of an event."""

    def slots(self, zone: ZoneInfo) -> list[Slot]:
        """What is wished, in the order of the rows."""
        return [form.slot(zone) for form in self.kept]


SessionFormSet = forms.formset_factory(
    SessionForm, formset=SessionRows, extra=1, can_delete=True, max_num=MOST, absolute_max=MOST + 5
)


def rows_of(slots: Sequence[Slot], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Sessions as the rows of the form show them."""
    found = []
    for slot in slots:
        starts, ends = slot.starts.astimezone(zone), slot.ends.astimezone(zone)
        found.append(
            {
                "day": starts.date(),
                "starts": starts.time().replace(second=0, microsecond=0),
                "ends": ends.time().replace(second=0, microsecond=0),
                "title": slot.title,
            }
        )
    return found


class QuestionForm(forms.Form):
    """A question of the event's own."""

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Question"), max_length=300)
    kind = forms.ChoiceField(label=_("Answer"), choices=Question.Kind.choices)
    choices = forms.CharField(
        label=_("Choices, one in each line"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_required = forms.BooleanField(label=_("Must be answered"), required=False)

    def facts(self) -> dict[str, Any]:
        """The question as the service takes it."""
        data = self.cleaned_data
        return {
            "id": str(data["id"] or ""),
            "text": data["text"],
            "kind": data["kind"],
            "choices": data["choices"].splitlines() if data["kind"] == Question.Kind.CHOICE else (),
            "is_required": data["is_required"],
        }


class QuestionRows(_Rows):
    """The questions of an event."""

    def questions(self) -> list[dict[str, Any]]:
        """What is asked, in the order that was given."""
        last = len(self.forms)
        numbered = []
        for number, form in enumerate(self.kept):
            wanted = form.cleaned_data.get("ORDER")
            numbered.append((last + number if wanted is None else wanted, number, form))
        return [form.facts() for *_order, form in sorted(numbered, key=lambda one: one[:2])]


QuestionFormSet = forms.formset_factory(
    QuestionForm,
    formset=QuestionRows,
    extra=1,
    can_delete=True,
    can_order=True,
    max_num=30,
    absolute_max=35,
)
