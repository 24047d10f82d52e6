"""What organizers do with their events: write, schedule, move, call off, copy, complete (E1–E3, E9, E11)."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campus.accounts.acting import acting_user
from campus.events import queries, rules, services
from campus.events.filters import with_place
from campus.events.form_fields import QuestionFormSet, SessionFormSet, rows_of
from campus.events.forms import (
    ClubForm,
    CopyForm,
    EventForm,
    ReasonForm,
    RepeatForm,
    WishesForm,
)
from campus.events.models import Event, EventCompletion
from campus.events.services.drafts import wishes_of
from campus.events.sessions import slots_of, zone_of
from campus.events.views.base import board_of, led_on, live_of, of_event, show
from campus.events.writing import all_valid, changes_of, forms_of, hall_told, move_told
from portal.errors import DomainError
from portal.pages import domain_errors_as_messages, guarded
from portal.permissions import requires

PER_PAGE = 30
SHOWN = {
    "coming": (Event.State.SCHEDULED, Event.State.ONGOING),
    "draft": (Event.State.DRAFT,),
    "over": (Event.State.COMPLETED, Event.State.CANCELLED),
}


@guarded(requires(rules.CHECK_IN))
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The events that the reader organizes (``events/organize/mine.html``); GET ``show``: coming, draft
    or over; ``page``."""
    show = request.GET.get("show", "coming")
    show = show if show in SHOWN else "coming"
    rows = with_place(queries.organized(request.user)).filter(state__in=SHOWN[show])
    rows = rows.order_by("-starts", "id") if show == "over" else rows.order_by("starts", "id")
    number = request.GET.get("page", "1")
    page = Paginator(rows, PER_PAGE).get_page(number if number.isdecimal() else "1")
    context = {
        "page": page,
        "show": show,
        "clubs": queries.clubs_written_by(request.user),
    }
    return render(request, "events/organize/mine.html", context)


@guarded(requires(rules.MANAGE))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a draft (``events/organize/write.html``): first for which club, where there are several."""
    clubs = queries.clubs_written_by(request.user)
    picked = request.POST.get("club") or request.GET.get("club") or ""
    club = next((one for one in clubs if one.slug == picked or len(clubs) == 1), None)
    if club is None:
        choice = ClubForm(request.GET if "club" in request.GET else None, clubs=clubs)
        return render(request, "events/organize/new.html", {"form": choice, "clubs": clubs})
    posted = request.POST if request.method == "POST" else None
    with timezone.override(zone_of(Event(club=club))):
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        first = {"day": tomorrow, "starts": dt.time(18), "ends": dt.time(20)}
        form, wishes, sessions = forms_of(posted, club.institution, {}, [], [first])
        if posted is not None and all_valid(form, wishes, sessions):
            changes = changes_of(form, wishes, sessions, zone_of(Event(club=club)))
            try:
                made = services.create_event(club=club, changes=changes, actor=acting_user(request))
            except DomainError as refusal:
                show(refusal, form, wishes, sessions)
            else:
                return led_on(
                    request,
                    _("The draft is saved. Schedule it when it is ready."),
                    to=board_of(made),
                )
        context = {"form": form, "wishes": wishes, "sessions": sessions, "club": club}
        return render(request, "events/organize/write.html", context, status=_status(posted))


def _status(posted: Any) -> int:
    return 200 if posted is None else 422


@guarded(requires(rules.CHECK_IN))
@never_cache
@require_safe
@of_event(rules.CHECK_IN)
def board(request: HttpRequest, event: Event) -> HttpResponse:
    """An event as its organizers see it (``events/organize/board.html``): state, numbers, hall, deeds.

    The page follows the event's stream: ``stream``, ``head`` and ``epoch`` say from where on.
    """
    context = {
        "event": event,
        "sessions": list(event.sessions.all()),
        "manages": acting_user(request).has_perm(rules.MANAGE, event),
        **live_of(event),
        "figures": queries.figures_of(event),
        "wishes": wishes_of(event),
        "question_count": event.questions.count(),
        "completion": EventCompletion.objects.filter(event=event).first(),
        "series": event.series.events.order_by("starts")[:60] if event.series else None,
    }
    return render(request, "events/organize/board.html", context)


@guarded(requires(rules.MANAGE))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_event(rules.MANAGE)
def edit(request: HttpRequest, event: Event) -> HttpResponse:
    """Edit an event; times and halls too while it is a draft, later those are moved."""
    if not event.is_editable:
        return _over(request, event)
    zone, is_draft = zone_of(event), event.state == Event.State.DRAFT
    posted = request.POST if request.method == "POST" else None
    form, wishes, sessions = forms_of(
        posted,
        event.club.institution,
        EventForm.initial_of(event),
        wishes_of(event) if is_draft else [],
        rows_of(slots_of(event), zone) if is_draft else [],
    )
    shown = (form, wishes, sessions) if is_draft else (form,)
    if posted is not None and all_valid(*shown):
        changes = changes_of(form, wishes, sessions, zone) if is_draft else form.changes()
        try:
            services.edit_event(event_id=event.pk, changes=changes, actor=acting_user(request))
        except DomainError as refusal:
            show(refusal, form, *shown[1:])
        else:
            return led_on(request, _("Saved."), to=board_of(event))
    context = {"form": form, "event": event, "club": event.club}
    if is_draft:
        context |= {"wishes": wishes, "sessions": sessions}
    return render(request, "events/organize/write.html", context, status=_status(posted))


def _over(request: HttpRequest, event: Event) -> HttpResponse:
    return led_on(
        request,
        _("This event is over; it cannot be changed any more."),
        to=board_of(event),
        level=messages.WARNING,
    )


@guarded(requires(rules.MANAGE))
@never_cache
@require_POST
@of_event(rules.MANAGE)
@domain_errors_as_messages
def schedule(request: HttpRequest, event: Event) -> HttpResponse:
    """Make the draft public; the message tells which hall was booked, and which wish that was (E2)."""
    made = services.schedule(event_id=event.pk, actor=acting_user(request))
    return led_on(request, hall_told(made), to=board_of(event))


@guarded(requires(rules.MANAGE))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_event(rules.MANAGE)
def move(request: HttpRequest, event: Event) -> HttpResponse:
    """Give the event other times or another hall; or say what is in the way, and change nothing (E9)."""
    if not event.is_editable:
        return _over(request, event)
    zone, posted = zone_of(event), request.POST if request.method == "POST" else None
    wishes = WishesForm(
        posted,
        initial=WishesForm.initial_of(wishes_of(event)),
        institution=event.club.institution,
    )
    sessions: Any = SessionFormSet(
        posted, initial=rows_of(slots_of(event), zone), prefix="sessions"
    )
    if posted is not None and all_valid(wishes, sessions):
        try:
            moved = services.move_event(
                event_id=event.pk,
                sessions=sessions.slots(zone),
                hall_wishes=wishes.wishes(),
                actor=acting_user(request),
            )
        except DomainError as refusal:
            show(refusal, wishes, wishes, sessions)
        else:
            return led_on(request, move_told(moved), to=board_of(event))
    context = {"event": event, "wishes": wishes, "sessions": sessions}
    return render(request, "events/organize/move.html", context, status=_status(posted))


@guarded(requires(rules.MANAGE))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_event(rules.MANAGE)
def cancel(request: HttpRequest, event: Event) -> HttpResponse:
    """Call the event off, with a reason that everyone registered reads (E3)."""
    posted = request.POST if request.method == "POST" else None
    form = ReasonForm(posted)
    if posted is not None and form.is_valid():
        try:
            services.cancel(
                event_id=event.pk, actor=acting_user(request), reason=form.cleaned_data["reason"]
            )
        except DomainError as refusal:
            show(refusal, form)
        else:
            return led_on(
                request, _("It is called off; everyone registered is told."), to=board_of(event)
            )
    context = {"event": event, "form": form, "figures": queries.figures_of(event)}
    return render(request, "events/organize/cancel.html", context, status=_status(posted))


@guarded(requires(rules.MANAGE))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_event(rules.MANAGE)
def copy(request: HttpRequest, event: Event) -> HttpResponse:
    """Copy the event to another time (POST ``title``, ``starts``), or repeat it (POST ``count`` …; E11)."""
    posted = request.POST if request.method == "POST" else None
    repeats = posted is not None and "count" in posted
    week_later = timezone.localtime(event.starts) + dt.timedelta(days=7)
    form = CopyForm(
        None if repeats else posted, initial={"title": event.title, "starts": week_later}
    )
    again = RepeatForm(posted if repeats else None)
    chosen: Any = again if repeats else form
    if posted is not None and chosen.is_valid():
        facts, actor = chosen.cleaned_data, acting_user(request)
        try:
            if repeats:
                made = services.repeat_event(event_id=event.pk, actor=actor, **facts)
            else:
                made = [services.clone_event(event_id=event.pk, actor=actor, **facts)]
        except DomainError as refusal:
            show(refusal, chosen)
        else:
            return _copied(request, event, made)
    context = {"event": event, "form": form, "again": again}
    return render(request, "events/organize/copy.html", context, status=_status(posted))


def _copied(request: HttpRequest, event: Event, made: list[Event]) -> HttpResponse:
    message = ngettext(
        "%(count)d draft is made. Schedule it when it is ready.",
        "%(count)d drafts are made. Each is scheduled, changed and cancelled alone.",
        len(made),
    )
    to = board_of(made[0]) if len(made) == 1 else f"{reverse('events:mine')}?show=draft"
    return led_on(request, message % {"count": len(made)}, to=to)


@guarded(requires(rules.MANAGE))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_event(rules.MANAGE)
def questions(request: HttpRequest, event: Event) -> HttpResponse:
    """What the event asks of who registers (E12)."""
    if not event.is_editable:
        return _over(request, event)
    posted = request.POST if request.method == "POST" else None
    initial = [
        {
            "id": one.pk,
            "text": one.text,
            "kind": one.kind,
            "choices": "\n".join(one.choices),
            "is_required": one.is_required,
        }
        for one in event.questions.all()
    ]
    rows: Any = QuestionFormSet(posted, initial=initial, prefix="questions")
    if posted is not None and rows.is_valid():
        try:
            services.set_questions(
                event_id=event.pk, questions=rows.questions(), actor=acting_user(request)
            )
        except DomainError as refusal:
            rows.refuse(refusal)
        else:
            return led_on(request, _("Saved."), to=board_of(event))
    context = {"event": event, "rows": rows}
    return render(request, "events/organize/questions.html", context, status=_status(posted))


@guarded(requires(rules.MANAGE))
@never_cache
@require_POST
@of_event(rules.MANAGE)
@domain_errors_as_messages
def progress(request: HttpRequest, event: Event, deed: str) -> HttpResponse:
    """Start the event, complete it, or have its awards made again (E1, E7)."""
    actor = acting_user(request)
    if deed == "start":
        services.start(event_id=event.pk, actor=actor)
        told = _("The event has begun. The waiting list is closed.")
    elif deed == "complete":
        services.complete(event_id=event.pk, actor=actor)
        told = _("The event is completed. Certificates and points are being made.")
    elif deed == "generate":
        services.generate(event_id=event.pk, actor=actor)
        told = _("What is missing is being made.")
    else:
        raise Http404
    return led_on(request, told, to=board_of(event))
