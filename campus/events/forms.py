"""Forms of events: who registers, and what they answer (E12)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campus.events.answers import LENGTHS, NO, YES
from campus.events.models import Event, Question
from campus.events.queries import Candidate


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
