"""Who comes: found by name, marked by hand, approved or not (E5, E12)."""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campus.accounts.acting import acting_user
from campus.events import queries, rules, services
from campus.events.forms import FindForm, ReasonForm
from campus.events.models import Attendance, Event, EventRegistration
from campus.events.views.base import led_on, live_of, of_event
from portal.errors import DomainError
from portal.pages import domain_errors_as_messages, done, guarded
from portal.permissions import requires
from portal.tables import csv_response

PER_PAGE = 50


def _list_of(event: Event) -> str:
    return reverse("events:participants", args=[event.slug])


@guarded(requires(rules.CHECK_IN))
@never_cache
@require_safe
@of_event(rules.CHECK_IN)
def participants(request: HttpRequest, event: Event) -> HttpResponse:
    """The participants (``events/organize/participants.html``); GET ``q`` name or number, ``state``,
    ``page``. For htmx the list alone."""
    live = live_of(event)
    form = FindForm(request.GET)
    found: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    rows = queries.participants_of(
        event, words=found.get("q", ""), state=found.get("state", "")
    ).prefetch_related("answers__question")
    number = request.GET.get("page", "1")
    page = Paginator(rows, PER_PAGE).get_page(number if number.isdecimal() else "1")
    context = {
        "event": event,
        "page": page,
        "form": form,
        "filters": found,
        "manages": acting_user(request).has_perm(rules.MANAGE, event),
        "figures": queries.figures_of(event),
        "takes_marks": event.is_public and event.state != Event.State.CANCELLED,
        **live,
    }
    return render(request, "events/organize/participants.html", context)


@guarded(requires(rules.CHECK_IN))
@never_cache
@require_safe
@of_event(rules.CHECK_IN)
def participants_csv(request: HttpRequest, event: Event) -> HttpResponse:
    """The participants as CSV: name, number, state, since when, and when they were there."""
    header = [_("Name"), _("Student number"), _("State"), _("Since"), _("Was there")]
    rows = (
        (
            row.name,
            row.student_number,
            row.get_state_display(),
            timezone.localtime(row.since).isoformat(timespec="minutes"),
            " ".join(
                timezone.localtime(mark.at).isoformat(timespec="minutes") for mark in row.marks
            ),
        )
        for row in queries.participants_of(event, words="", state="")
    )
    return csv_response(f"participants-{event.slug}", header, rows)


def _of(event: Event, registration_id: uuid.UUID) -> EventRegistration:
    rows = event.registrations.select_related("student", "user").filter(pk=registration_id)
    found = rows.first()
    if found is None:
        raise Http404
    return found


@guarded(requires(rules.CHECK_IN))
@never_cache
@require_POST
@of_event(rules.CHECK_IN)
@domain_errors_as_messages
def deed(request: HttpRequest, event: Event, registration_id: uuid.UUID, deed: str) -> HttpResponse:
    """Mark somebody as present (``mark``), take that back (``unmark``), or ``approve`` a request."""
    found, actor = _of(event, registration_id), acting_user(request)
    facts = {"name": found.name}
    if deed == "mark":
        outcome = services.check_in_by_hand(
            event_id=event.pk, registration_id=found.pk, actor=actor
        )
        is_new = outcome.outcome == "marked"
        told = _("%(name)s is marked.") if is_new else _("%(name)s was marked before.")
    elif deed == "unmark":
        marks = Attendance.objects.present().filter(event=event, registration=found)
        mark = marks.order_by("-recorded_at").first()
        if mark is None:
            raise Http404
        services.take_back(attendance_id=mark.pk, actor=actor)
        told = _("The mark of %(name)s is taken back.")
    elif deed == "approve":
        made = services.approve(registration_id=found.pk, actor=actor)
        is_in = made.state == EventRegistration.State.REGISTERED
        told = _("%(name)s is in.") if is_in else _("%(name)s is approved, and waits: it is full.")
    else:
        raise Http404
    return done(request, told % facts, to=_list_of(event))


@guarded(requires(rules.MANAGE))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_event(rules.MANAGE)
def reject(request: HttpRequest, event: Event, registration_id: uuid.UUID) -> HttpResponse:
    """Say no to a request, with a reason that the person reads (E12)."""
    found = _of(event, registration_id)
    posted = request.POST if request.method == "POST" else None
    form = ReasonForm(posted)
    if posted is not None and form.is_valid():
        try:
            services.reject(
                registration_id=found.pk,
                actor=acting_user(request),
                reason=form.cleaned_data["reason"],
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            told = _("%(name)s is told that it is a no.") % {"name": found.name}
            return led_on(request, told, to=_list_of(event))
    context = {"event": event, "registration": found, "form": form}
    status = 200 if posted is None else 422
    return render(request, "events/organize/reject.html", context, status=status)
