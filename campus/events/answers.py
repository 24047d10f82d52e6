"""What an event asks of who registers: answers checked, and written with the registration (E12)."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from campus.events.errors import AnswerMissing, AnswerUnfit
from campus.events.models import Answer, Event, EventRegistration, Question

YES, NO = "yes", "no"
LENGTHS = {Question.Kind.TEXT: 300, Question.Kind.LONG: 2000}


def checked_answers(event: Event, given: Mapping[str, str]) -> list[tuple[Question, str]]:
    """Each question with what was answered; raises what does not fit, naming the question's id."""
    questions = {str(one.pk): one for one in event.questions.all()}
    unknown = {str(key) for key in given} - set(questions)
    if unknown:
        raise AnswerUnfit(param=f"answers.{min(unknown)[:40]}")
    found = []
    for key, question in questions.items():
        text = str(given.get(key, "")).strip()
        where = f"answers.{key}"
        if not text:
            if question.is_required:
                raise AnswerMissing(param=where)
            continue
        if question.kind == Question.Kind.CHOICE and text not in question.choices:
            raise AnswerUnfit(param=where)
        if question.kind == Question.Kind.YES_NO:
            text = text.lower()
            if text not in {YES, NO}:
                raise AnswerUnfit(param=where)
            if question.is_required and text == NO:
                raise AnswerMissing(_("This must be agreed to."), param=where)
        most = LENGTHS.get(Question.Kind(question.kind), 2000)
        if len(text) > most or "\0" in text:
            raise AnswerUnfit(_("At most %(count)d characters.") % {"count": most}, param=where)
        found.append((question, text))
    return found


def write_answers(
    registration: EventRegistration, given: list[tuple[Question, str]], *, again: bool
) -> None:
    """Store the answers; in place of earlier ones, where the person comes ``again``."""
    if again:
        Answer.objects.filter(registration=registration).delete()
    Answer.objects.bulk_create(
        Answer(registration=registration, question=question, text=text) for question, text in given
    )
