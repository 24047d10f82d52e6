"""What the pages of organizers have in common: their event, the way on, the stream, refusals."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campus.accounts.acting import acting_user
from campus.events import queries
from campus.events.models import Event
from campus.events.sessions import zone_of
from campus.events.streams import event_stream
from campus.notifications.bell import bell_of
from campus.venues.errors import HallTaken
from portal.errors import DomainError
from portal.realtime.streams import heads

View = Callable[..., HttpResponse]


def of_event(permission: str) -> Callable[[View], View]:
    """Give the view the event of its address, for those who hold ``permission`` for it.

    Who may not even see it gets 404, who sees it 403. The page speaks of hours by the clock of the
    event's place, its forms too.
    """

    def around(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            bell_of(request)
            found = queries.event_at(slug, request.user)
            if found is None:
                raise Http404
            if not acting_user(request).has_perm(permission, found):
                raise PermissionDenied
            with timezone.override(zone_of(found)):
                return view(request, found, *args, **kwargs)

        return wrapped

    return around


def board_of(event: Event) -> str:
    """The address of the event's page for its organizers."""
    return reverse("events:organize", args=[event.slug])


def led_on(
    request: HttpRequest, message: str, *, to: str, level: int = messages.SUCCESS
) -> HttpResponse:
    """Say what was done, on the page ``to``: a form that is done with is not shown again."""
    messages.add_message(request, level, message)
    return HttpResponseRedirect(to)


def live_of(event: Event) -> dict[str, Any]:
    """From where on the page follows the event's stream; asked before what the page shows."""
    stream = event_stream(event.pk)
    head = heads([stream]).get(stream)
    return {
        "stream": stream,
        "head": head.number if head else 0,
        "epoch": head.epoch if head else "",
    }


def show(refusal: DomainError, form: Any, wishes: Any = None, sessions: Any = None) -> None:
    """Put a refusal beside the field that it names; above the form where it names none."""
    name = refusal.param or ""
    if refusal.status == 404:
        raise Http404(str(refusal)) from refusal
    if sessions is not None and name.startswith("sessions"):
        sessions.refuse(refusal)
    elif wishes is not None and name in {"hall", "hall_wishes"}:
        wishes.add_error("wish_1", sentence_of(refusal))
    else:
        form.add_error(name if name in form.fields else None, sentence_of(refusal))


def sentence_of(refusal: DomainError) -> str:
    """The refusal with what is in the way, where it names that (E9)."""
    told = [str(refusal)]
    if isinstance(refusal, HallTaken):
        for one in refusal.details.get("obstacles", [])[:5]:
            told.append(
                _("%(hall)s is taken on %(day)s, %(starts)s–%(ends)s: %(what)s.")
                % {
                    "hall": one["hall_name"],
                    "day": _clock(one["starts"], "DATE_FORMAT"),
                    "starts": _clock(one["starts"], "TIME_FORMAT"),
                    "ends": _clock(one["ends"], "TIME_FORMAT"),
                    "what": one["what"],
                }
            )
        free = [one.get("name") or one.get("hall_name") for one in _free(refusal)]
        if any(free):
            told.append(_("Free then: %(halls)s.") % {"halls": ", ".join(filter(None, free))})
    elif reason := refusal.details.get("reason"):
        told.append(str(reason))
    return " ".join(told)


def _free(refusal: DomainError) -> list[dict[str, Any]]:
    return list(refusal.details.get("alternatives", []))[:3]


def _clock(moment: str, form: str) -> str:
    found = parse_datetime(moment)
    return date_format(timezone.localtime(found), form) if found else moment
