"""Forms of events: registering with an event's own questions (E12), and what organizers write."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campus.certificates.models import CertificateTemplate
from campus.clubs.models import Club
from campus.events.answers import LENGTHS, NO, YES
from campus.events.form_fields import day_field, moment_field
from campus.events.models import Event, EventRegistration, Question
from campus.events.queries import Candidate
from campus.events.services.drafts import MOST_SEMESTER, MOST_WISHES, PLAIN
from campus.events.services.series import MOST_REPEATS
from campus.institutions.models import Department, Institution
from campus.points.models import PointCategory
from campus.venues.models import Hall


class RegisterForm(forms.Form):
    """Who is registered, where the reader has a choice, and the event's own questions (E12).

    A question's field is named ``answers.<id>``, as the services name it when they refuse an answer.
    """

    def __init__(
        self, *args: Any, event: Event, people: Sequence[Candidate], **kwargs: Any
    ) -> None:
        """``people`` are those whom the reader may register now."""
        super().__init__(*args, **kwargs)
        self.people = {one.value: one for one in people}
        if len(people) > 1:
            self.fields["who"] = forms.ChoiceField(
                label=_("For whom?"),
                choices=[("", _("Choose")), *((one.value, one.name) for one in people)],
            )
        for question in event.questions.all():
            self.fields[f"answers.{question.pk}"] = _field_of(question)

    @property
    def chosen(self) -> Candidate:
        """Who is meant; the form is valid."""
        only = next(iter(self.people.values()))
        return self.people[self.cleaned_data["who"]] if "who" in self.fields else only

    def answers(self) -> dict[str, str]:
        """What was answered, by the question's id."""
        found = {}
        for name, value in self.cleaned_data.items():
            prefix, _dot, key = name.partition(".")
            if prefix == "answers" and value not in {"", None, False}:
                found[key] = YES if value is True else str(value)
        return found


def _field_of(question: Question) -> forms.Field:
    common: dict[str, Any] = {"label": question.text, "required": question.is_required}
    if question.kind == Question.Kind.LONG:
        area = forms.Textarea(attrs={"rows": 4})
        return forms.CharField(max_length=LENGTHS[Question.Kind.LONG], widget=area, **common)
    if question.kind == Question.Kind.YES_NO:
        if question.is_required:
            return forms.BooleanField(**common)
        choices = [("", "–"), (YES, _("Yes")), (NO, _("No"))]
        return forms.ChoiceField(choices=choices, **common)
    if question.kind == Question.Kind.CHOICE:
        offered = [("", _("Choose")), *((one, one) for one in question.choices)]
        return forms.ChoiceField(choices=offered, **common)
    return forms.CharField(max_length=LENGTHS[Question.Kind.TEXT], **common)


# --- what organizers write ------------------------------------------------------------------------
class WishesForm(forms.Form):
    """The wished halls, the dearest first (E2)."""

    def __init__(self, *args: Any, institution: Institution, **kwargs: Any) -> None:
        """Halls of the club's ``institution``."""
        super().__init__(*args, **kwargs)
        halls = Hall.objects.filter(building__institution=institution, is_active=True)
        offered = [("", "–"), *((str(hall.pk), _hall_label(hall)) for hall in _halls(halls))]
        self._known = {str(hall.pk): hall for hall in _halls(halls)}
        for number in range(1, MOST_WISHES + 1):
            self.fields[f"wish_{number}"] = forms.ChoiceField(
                label=_("Hall, choice number %(n)s") % {"n": number},
                choices=offered,
                required=False,
            )

    def wishes(self) -> list[Hall]:
        """The halls in the order of the wishes."""
        chosen = [self.cleaned_data[f"wish_{n}"] for n in range(1, MOST_WISHES + 1)]
        return [self._known[value] for value in chosen if value]

    @staticmethod
    def initial_of(halls: Sequence[Hall]) -> dict[str, str]:
        """How the form shows what is wished now."""
        return {f"wish_{n}": str(hall.pk) for n, hall in enumerate(halls, start=1)}


def _halls(halls: Any) -> list[Hall]:
    return list(halls.select_related("building")[:500])


def _hall_label(hall: Hall) -> str:
    return f"{hall} ({hall.capacity})" if hall.capacity else str(hall)


class EventForm(forms.Form):
    """What an event is, who may come, and what it gives; its times and halls stand beside it."""

    title = forms.CharField(label=_("Title"), max_length=200)
    summary = forms.CharField(
        label=_("In one sentence"), max_length=300, required=False, help_text=_("Shown in lists.")
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    tags = forms.CharField(
        label=_("Topics"), max_length=800, required=False, help_text=_("With commas between them.")
    )
    place = forms.CharField(
        label=_("Place"),
        max_length=200,
        required=False,
        help_text=_("Where no hall of ours is needed."),
    )
    capacity = forms.IntegerField(
        label=_("Places"),
        min_value=1,
        max_value=100_000,
        required=False,
        help_text=_("Empty: as many as come."),
    )
    has_waiting_list = forms.BooleanField(
        label=_("When it is full, the others wait in order"), required=False, initial=True
    )
    needs_approval = forms.BooleanField(label=_("Registrations need approval"), required=False)
    registration_opens = moment_field(label=_("Registration opens"), required=False)
    registration_closes = moment_field(label=_("Registration closes"), required=False)
    audience_departments = forms.ModelMultipleChoiceField(
        label=_("Only for the departments"),
        queryset=Department.objects.none(),
        required=False,
        help_text=_("Nothing chosen: for everyone."),
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )
    audience_semesters = forms.TypedMultipleChoiceField(
        label=_("Only for the semesters"),
        coerce=int,
        choices=[(n, str(n)) for n in range(1, MOST_SEMESTER + 1)],
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )
    takes_daily_attendance = forms.BooleanField(
        label=_("Take attendance on each day"), required=False
    )
    certificate_days = forms.IntegerField(
        label=_("Days needed for a certificate"), min_value=1, max_value=60, required=False
    )
    certificate_template = forms.ModelChoiceField(
        label=_("Certificate"),
        queryset=CertificateTemplate.objects.none(),
        required=False,
        empty_label=_("No certificate"),
        help_text=_("Made for everyone who was there, when the event is completed."),
    )
    point_category = forms.ModelChoiceField(
        label=_("Activity points count as"),
        queryset=PointCategory.objects.none(),
        required=False,
        empty_label=_("No points"),
    )
    points = forms.IntegerField(
        label=_("Points for who attends"), min_value=1, max_value=1000, required=False
    )

    def __init__(self, *args: Any, institution: Institution, **kwargs: Any) -> None:
        """Departments, categories and templates are those of the club's ``institution``."""
        super().__init__(*args, **kwargs)
        departments: Any = self.fields["audience_departments"]
        departments.queryset = Department.objects.filter(institution=institution).order_by("name")
        categories: Any = self.fields["point_category"]
        categories.queryset = PointCategory.objects.filter(
            institution=institution, is_active=True
        ).order_by("name")
        templates: Any = self.fields["certificate_template"]
        templates.queryset = CertificateTemplate.objects.filter(institution=institution).order_by(
            "name"
        )

    def changes(self) -> dict[str, Any]:
        """What ``services.create_event`` and ``edit_event`` take."""
        found = {name: value for name, value in self.cleaned_data.items() if name in PLAIN}
        found["audience_semesters"] = list(found["audience_semesters"])
        found["tags"] = [
            word for raw in self.cleaned_data["tags"].split(",") if (word := raw.strip())
        ]
        found["audience_departments"] = list(self.cleaned_data["audience_departments"])
        return found

    @staticmethod
    def initial_of(event: Event) -> dict[str, Any]:
        """How the form shows an event as it is."""
        found = {name: getattr(event, name) for name in PLAIN}
        found["audience_semesters"] = [str(one) for one in event.audience_semesters]
        found["tags"] = ", ".join(tag.name for tag in event.tags.all())
        found["audience_departments"] = list(event.audience_departments.all())
        return found


class ClubForm(forms.Form):
    """Which club a new event is of."""

    def __init__(self, *args: Any, clubs: Sequence[Club], **kwargs: Any) -> None:
        """``clubs`` are those whose events the reader writes."""
        super().__init__(*args, **kwargs)
        self._known = {one.slug: one for one in clubs}
        self.fields["club"] = forms.ChoiceField(
            label=_("Club"), choices=[(one.slug, one.name) for one in clubs]
        )

    @property
    def chosen(self) -> Club:
        """The club; the form is valid."""
        return self._known[self.cleaned_data["club"]]


class ReasonForm(forms.Form):
    """Why something is called off or refused; whom it concerns reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Everyone concerned reads it."),
    )


class CopyForm(forms.Form):
    """A copy of an event at another time (E11)."""

    title = forms.CharField(label=_("Title"), max_length=200)
    starts = moment_field(label=_("Begins"))


class RepeatForm(forms.Form):
    """An event that comes again (E11)."""

    every_days = forms.IntegerField(
        label=_("Every so many days"), min_value=1, max_value=366, initial=7
    )
    count = forms.IntegerField(
        label=_("So many times more"), min_value=1, max_value=MOST_REPEATS, initial=4
    )
    except_days = forms.CharField(
        label=_("But not on"),
        max_length=700,
        required=False,
        help_text=_("Days as 2026-12-24, with commas between them."),
    )

    def clean_except_days(self) -> list[dt.date]:
        """The days."""
        found = []
        field = day_field()
        for raw in self.cleaned_data["except_days"].split(","):
            if word := raw.strip():
                found.append(field.clean(word))
        return found


class TicketForm(forms.Form):
    """A ticket's code that is typed, or comes from a scanner that types (E5)."""

    code = forms.CharField(
        label=_("Code of the ticket"),
        max_length=500,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class AttendanceListForm(forms.Form):
    """A list of who was there (E5)."""

    file = forms.FileField(
        label=_("The list (CSV or Excel)"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )


class FindForm(forms.Form):
    """Finding somebody among the participants."""

    q = forms.CharField(label=_("Name or number"), max_length=100, required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), *EventRegistration.State.choices],
    )
