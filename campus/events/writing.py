"""The forms by which an event is written, and what they say as the services take it.

Organizers' pages and the Wagtail admin show the same ones.
"""

from typing import Any

from django.utils.translation import gettext as _

from campus.events.form_fields import SessionFormSet
from campus.events.forms import EventForm, WishesForm
from campus.events.models import Event
from campus.events.services.drafts import wishes_of


def forms_of(
    posted: Any, institution: Any, initial: dict[str, Any], wishes: Any, rows: Any
) -> tuple[EventForm, WishesForm, Any]:
    """What it is, which halls it wishes for, and when: three forms that are sent as one."""
    return (
        EventForm(posted, initial=initial, institution=institution),
        WishesForm(posted, initial=WishesForm.initial_of(wishes), institution=institution),
        SessionFormSet(posted, initial=rows, prefix="sessions"),
    )


def all_valid(*forms: Any) -> bool:
    """Whether all are; each is asked, so that all mistakes show at once."""
    valid = [form.is_valid() for form in forms]
    return all(valid)


def changes_of(form: EventForm, wishes: WishesForm, sessions: Any, zone: Any) -> dict[str, Any]:
    """What ``services.create_event`` and ``edit_event`` of a draft take; the forms are valid."""
    return {
        **form.changes(),
        "hall_wishes": wishes.wishes(),
        "sessions": sessions.slots(zone),
    }


def hall_told(event: Event) -> str:
    """What became of the wish for a hall, as a sentence for the organizers (E2)."""
    if event.hall_state == Event.HallState.PENDING:
        first = next(iter(wishes_of(event)), None)
        return _(
            "Scheduled. None of the wished halls is free then: the administration decides about %(hall)s. "
            "Until then the event has no hall."
        ) % {"hall": first}
    if event.hall is None:
        return _("Scheduled. Everybody can see it now.")
    wishes = [hall.pk for hall in wishes_of(event)]
    number = wishes.index(event.hall.pk) + 1 if event.hall.pk in wishes else 0
    if number == 1:
        return _("Scheduled. %(hall)s is booked: your first choice.") % {"hall": event.hall}
    return _(
        "Scheduled. %(hall)s is booked: your choice number %(n)s. What you wished for more is taken then."
    ) % {"hall": event.hall, "n": number}


def move_told(event: Event) -> str:
    """Where a moved event is, as a sentence for the organizers (E9)."""
    if event.hall_state == Event.HallState.PENDING:
        return _("Moved. The administration decides about the hall.")
    if event.hall is None:
        return _("Moved.")
    return _("Moved. It is in %(hall)s.") % {"hall": event.hall}
