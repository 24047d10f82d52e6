"""What everybody reads: the list, the calendar, an event, and its file for calendars (E8)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.formats import get_format
from django.views.decorators.http import require_safe
from wagtail.views import serve

from campus.clubs.models import Club
from campus.events import queries, rules
from campus.events.filters import PARAMS, PERIODS, EventFilters, filter_choices, list_events
from campus.events.forms import RegisterForm
from campus.events.ical import calendar_of
from campus.events.models import Event, EventIndexPage, EventPage
from campus.notifications.bell import bell_of
from portal.editorial import in_this_language, served
from portal.ical import KIND as CALENDAR
from portal.pagecache import may_cache
from portal.permissions import PUBLIC, declare

LISTS_LIVE = 60
"""Seconds that a list is kept at most: what has ended leaves it by the clock alone."""


@declare(PUBLIC)
@require_safe
def events(request: HttpRequest, preview: EventIndexPage | None = None) -> HttpResponseBase:
    """The events that come, with filters; works as a plain form, and by htmx.

    Template ``events/events.html``, for a request of htmx its part ``events/results.html``. Context:
    ``filters``, ``found`` (a page of events), and what the form offers: ``clubs``, ``tags``, ``periods``;
    ``words``, the EventIndexPage in this language, or None.
    """
    filters = EventFilters.read(request.GET)
    context: dict[str, Any] = {
        "filters": filters,
        "found": list_events(filters, number=request.GET.get("page", "1")),
    }
    context["page"] = context["found"]
    htmx = getattr(request, "htmx", None)
    if htmx and not htmx.history_restore_request:
        answer: HttpResponseBase = render(request, "events/results.html", context)
    else:
        may_cache(request, "events", "clubs", params=PARAMS, seconds=LISTS_LIVE)
        words = preview or in_this_language(EventIndexPage.objects)
        context |= {**filter_choices(), "periods": PERIODS, "words": words}
        answer = served(
            None if preview else words,
            request,
            lambda: render(request, "events/events.html", context),
        )
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@declare(PUBLIC)
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """The calendar of a month (GET ``month``, as 2026-12), of one club (``club``) or all (E8).

    Template ``events/calendar.html``: a grid of weeks where there is room for it, and the same as a list
    (``view=list``, and always on a phone). Context: ``month`` (``queries.Month``), ``club``, ``clubs``.
    """
    today = timezone.localdate()
    chosen = request.GET.get("club", "")[:80]
    club = Club.objects.public().filter(slug=chosen).first() if chosen.isprintable() else None
    first = queries.month_named(request.GET.get("month", ""), today)
    may_cache(request, "events", "clubs", params=("month", "club", "view"))
    context = {
        "month": queries.month_of(
            first, club=club, today=today, first_weekday=(get_format("FIRST_DAY_OF_WEEK") - 1) % 7
        ),
        "club": club,
        "is_list": request.GET.get("view") == "list",
        "this_month": today.strftime("%Y-%m"),
        **filter_choices(),
    }
    return render(request, "events/calendar.html", context)


@declare(PUBLIC)
@require_safe
def event(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One event, for everybody once it is scheduled, for its organizers before (``events/event.html``).

    What is no event is left to Wagtail, which may have a page there, or answers 404.
    """
    bell_of(request)  # before what is shown: what changes from here on comes as an event
    found = queries.event_at(slug, request.user)
    if found is None:
        return serve(request, f"events/{slug}/")
    if found.is_public:
        seconds = int(queries.boundaries(found, timezone.now())) or 1
        may_cache(request, f"event:{found.pk}", f"club:{found.club_id}", seconds=min(seconds, 300))
    return event_page(request, found)


def event_page(
    request: HttpRequest, found: Event, *, form: RegisterForm | None = None
) -> HttpResponse:
    """The page of an event as the reader sees it; with ``form``, as it came back with mistakes.

    The words of a live EventPage in this language stand on it, and the view restrictions of that page
    hold. Context: ``page``, the EventPage or None, and that of :func:`context_of`.
    """
    pages = EventPage.objects.filter(event=found)
    page = in_this_language(pages) if getattr(found, "has_pages", True) else None
    if page is not None and not page.is_shown:
        page = None
    context = {"page": page, **context_of(request, found, form=form)}
    form = context["form"]
    status = 422 if form is not None and form.is_bound and form.errors else 200
    answer: Any = served(
        page, request, lambda: render(request, "events/event.html", context, status=status)
    )
    return answer


def context_of(
    request: HttpRequest, found: Event, *, form: RegisterForm | None = None
) -> dict[str, Any]:
    """What the page of an event shows beside an editor's words.

    ``event``; ``people`` (``queries.Candidate``: who may be registered, and how they stand),
    ``form`` where somebody can be registered now, ``manages`` and ``keeps_door`` for organizers.
    """
    user = request.user
    people = queries.standings(found, user)
    free = [one for one in people if one.is_free]
    if form is None and free:
        form = RegisterForm(event=found, people=free)
    manages = user.is_authenticated and user.has_perm(rules.MANAGE, found)
    return {
        "event": found,
        "sessions": list(found.sessions.all()),
        "people": people,
        "refusal": next((one.refusal for one in people if one.refusal), None),
        "form": form,
        "manages": manages,
        "keeps_door": manages or (user.is_authenticated and user.has_perm(rules.CHECK_IN, found)),
        "opens_later": found.registration_opens is not None
        and found.registration_opens > timezone.now(),
    }


@declare(PUBLIC)
@require_safe
def event_ics(request: HttpRequest, slug: str) -> HttpResponse:
    """The event as a file that calendars take in: an entry for each session (E8)."""
    found = queries.event_at(slug, request.user)
    if found is None:
        raise Http404
    if found.is_public:
        may_cache(request, f"event:{found.pk}", f"club:{found.club_id}")
    answer = HttpResponse(calendar_of([found]), content_type=CALENDAR)
    answer["Content-Disposition"] = f'attachment; filename="{found.slug}.ics"'
    return answer
