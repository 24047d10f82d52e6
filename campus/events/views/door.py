"""The door: scanning tickets, also without a line, and people who check themselves in (E5, E6, E10)."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campus.accounts.acting import acting_user
from campus.events import door as codes
from campus.events import queries, rules, services
from campus.events.errors import EventNotFound
from campus.events.filters import with_place
from campus.events.forms import TicketForm
from campus.events.models import Event
from campus.events.services import CheckIn
from campus.events.views.base import live_of, of_event
from portal.errors import DomainError
from portal.pages import guarded
from portal.permissions import PUBLIC, SIGNED_IN, declare, requires

DEVICE_COOKIE = "quad_device"
DEVICE_SECONDS = 365 * 24 * 3600
CAMERA = "camera=(self), geolocation=(), microphone=(), payment=()"
"""Everywhere else the site's policy shuts the camera."""


@guarded(requires(rules.CHECK_IN))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_event(rules.CHECK_IN)
def door(request: HttpRequest, event: Event) -> HttpResponse:
    """The page that scans tickets (``events/door/scan.html``).

    With scripts it uses the camera and keeps what it scanned until the server has it; without them a code
    is typed, or comes from a scanner that types (POST ``code``). ``result`` tells what became of it.
    """
    live = live_of(event)
    form = TicketForm(request.POST if request.method == "POST" else None)
    result: CheckIn | None = None
    if form.is_bound and form.is_valid():
        try:
            result = services.check_in(
                event_id=event.pk, code=form.cleaned_data["code"], actor=acting_user(request)
            )
        except DomainError as refusal:
            form.add_error("code", str(refusal))
        else:
            form = TicketForm()
    context = {
        "event": event,
        "form": form,
        "result": result,
        "figures": queries.figures_of(event),
        **live,
    }
    status = 422 if form.is_bound and form.errors else 200
    answer = render(request, "events/door/scan.html", context, status=status)
    answer["Permissions-Policy"] = CAMERA
    return answer


@guarded(requires(rules.CHECK_IN))
@never_cache
@require_safe
@of_event(rules.CHECK_IN)
def screen(request: HttpRequest, event: Event) -> HttpResponse:
    """The code at the door by which people check themselves in (``events/door/screen.html``, E10).

    It fetches itself again when the code changes, which ``seconds`` tells.
    """
    live = live_of(event)
    shown = codes.code_for(event.pk)
    address = reverse("events:here", args=[shown.code])
    left = (shown.changes_at - timezone.now()).total_seconds()
    context = {
        "event": event,
        "address": f"{settings.SITE_URL.rstrip('/')}{address}",
        "seconds": max(1, round(left + 0.5)),
        "figures": queries.figures_of(event),
        **live,
    }
    return render(request, "events/door/screen.html", context)


@declare(PUBLIC)
@never_cache
@require_safe
def here(request: HttpRequest, token: str) -> HttpResponse:
    """Where the code at the door leads: asks whoever is signed in to confirm that they are there (E10).

    The code, which is valid for seconds, is changed for a pass of this device at once; so it survives the
    sign-in that a visitor is sent to.
    """
    device = request.COOKIES.get(DEVICE_COOKIE, "")
    is_new = not 16 <= len(device) <= 100
    device = secrets.token_urlsafe(18) if is_new else device
    try:
        held = token if ":" in token else codes.pass_for(token, device)
        event = _event(held, device)
    except DomainError as refusal:
        answer = _refused(request, refusal)
    else:
        if request.user.is_authenticated:
            context = {"event": event, "token": held}
            answer = render(request, "events/door/here.html", context)
        else:
            answer = redirect_to_login(reverse("events:here", args=[held]))
    if is_new:
        answer.set_cookie(
            DEVICE_COOKIE,
            device,
            max_age=DEVICE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return answer


@guarded(SIGNED_IN)
@never_cache
@require_POST
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """Mark the signed-in person, who stands at the door, as present (E10)."""
    device = request.COOKIES.get(DEVICE_COOKIE, "")
    try:
        done = services.self_check_in(token=token, device=device, actor=acting_user(request))
        event = _event(token, device)
    except DomainError as refusal:
        return _refused(request, refusal)
    return render(request, "events/door/here.html", {"event": event, "result": done})


def _event(token: str, device: str) -> Event:
    found = with_place(Event.objects.all()).filter(pk=codes.admitted_to(token, device))
    event: Event | None = found.first()
    if event is None:
        raise EventNotFound
    return event


def _refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    context: dict[str, Any] = {"refusal": refusal}
    return render(request, "events/door/here.html", context, status=refusal.status)
