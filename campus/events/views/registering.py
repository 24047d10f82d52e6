"""Registering oneself or a child, giving the place back, and the ticket (E4, E5, E12)."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campus.accounts.acting import acting_user
from campus.events import queries, rules, services
from campus.events.errors import ChooseWhom
from campus.events.forms import RegisterForm
from campus.events.models import Event, EventRegistration
from campus.events.views.public import event_page
from campus.notifications.bell import bell_of
from portal.errors import DomainError
from portal.pages import domain_errors_as_messages, done, guarded
from portal.permissions import requires

_State = EventRegistration.State


@guarded(requires(rules.REGISTER))
@never_cache
@require_POST
@domain_errors_as_messages
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """Register the reader, or whom POST ``who`` names; the message says what came of it."""
    user = acting_user(request)
    found = queries.event_at(slug, user)
    if found is None:
        raise Http404
    people = queries.standings(found, user)
    free = [one for one in people if one.is_free]
    if not free:
        return _nobody_free(request, found, people)
    form = RegisterForm(request.POST, event=found, people=free)
    if not form.is_valid():
        return event_page(request, found, form=form)
    chosen = form.chosen
    try:
        made = services.register(
            event_id=found.pk, student=chosen.student, answers=form.answers(), actor=user
        )
    except DomainError as refusal:
        if refusal.param not in form.fields:
            raise
        form.add_error(refusal.param, str(refusal))
        return event_page(request, found, form=form)
    return done(request, said(made, "" if chosen.is_self else chosen.name), to=_path(made))


def _nobody_free(
    request: HttpRequest, found: Event, people: Sequence[queries.Candidate]
) -> HttpResponse:
    """Who is registered already is told so (registering twice is one registration, E4)."""
    for one in people:
        if one.registration is not None and one.registration.state in EventRegistration.OPEN:
            message = said(one.registration, "" if one.is_self else one.name)
            return done(request, message, to=found.get_absolute_url())
    raise next((one.refusal for one in people if one.refusal is not None), ChooseWhom())


def said(registration: EventRegistration, child: str) -> str:
    """What came of registering, to the person, or to the parent of ``child``."""
    facts: dict[str, Any] = {"child": child, "place": registration.place}
    sentences = {
        (_State.REGISTERED, False): _("You are registered. Here is your ticket."),
        (_State.REGISTERED, True): _("%(child)s is registered. The ticket is here."),
        (_State.WAITING, False): _("It is full. You are number %(place)s on the waiting list."),
        (_State.WAITING, True): _("It is full. %(child)s is number %(place)s on the waiting list."),
        (_State.REQUESTED, False): _("Your request is sent. The organizers decide."),
        (_State.REQUESTED, True): _("The request for %(child)s is sent. The organizers decide."),
    }
    return sentences[_State(registration.state), bool(child)] % facts


def _path(registration: EventRegistration) -> str:
    return registration.event.get_absolute_url()


@guarded(requires(rules.UNREGISTER))
@never_cache
@require_POST
@domain_errors_as_messages
def unregister(request: HttpRequest, registration_id: uuid.UUID) -> HttpResponse:
    """Give a place, a place in the queue or a request back (E4)."""
    registration = services.unregister(registration_id=registration_id, actor=acting_user(request))
    return done(request, _("The registration is cancelled."), to=_path(registration))


@guarded(requires(rules.UNREGISTER))
@never_cache
@require_safe
def ticket(request: HttpRequest, registration_id: uuid.UUID) -> HttpResponse:
    """The ticket with its QR code, for the person or a parent (``events/ticket.html``, E5).

    A registration that holds no place shows how it stands instead.
    """
    bell_of(request)
    found = queries.ticket_of(registration_id, request.user)
    if found is None:
        raise Http404
    return render(request, "events/ticket.html", {"registration": found, "event": found.event})
