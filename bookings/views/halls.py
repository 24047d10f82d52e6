"""Pages of halls for everyone: what there is and what is free, one hall's calendar, how full they are."""

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bookings import queries, rules
from bookings.forms import FIRST, LAST, FindForm, HeatForm, at
from bookings.ical import feed_of
from bookings.utilization import A_DAY, HOURS, heat_map
from campus.institutions.scope import shown_or_within, within_scope
from campus.venues.hours import closures_of
from campus.venues.models import Building, Hall, Weekday
from portal.ical import KIND as CALENDAR
from portal.pages import guarded
from portal.permissions import PUBLIC, requires

PER_PAGE = 24
VIEWS = {"day": 1, "week": 7, "month": 31}


def seen_hall(request: HttpRequest, hall_id: int) -> Hall:
    """A hall in use, to an admin of its institution also one that is not; 404 for all else."""
    halls = shown_or_within(Hall.objects.all(), request.user, Q(is_active=True))
    found = halls.select_related("building__institution").filter(pk=hall_id).first()
    if found is None or hall_id >= 2**31:
        raise Http404
    return found


@guarded(PUBLIC)
@require_safe
def halls(request: HttpRequest) -> HttpResponse:
    """All halls, or those that are free at a time, large enough and equipped (B7).

    ``bookings/halls.html``: ``page``, ``form``, and ``period`` where a time was asked for. Four queries.
    """
    form = FindForm(request.GET or None)
    found: QuerySet[Hall] = Hall.objects.active()
    period = None
    if form.is_bound and form.is_valid():
        capacity, facilities = form.cleaned_data["capacity"], form.cleaned_data["facilities"]
        period = form.period
        if period is not None:
            found = queries.available([period], capacity=capacity, facilities=facilities)
        else:
            if capacity is not None:
                found = found.filter(Q(capacity__gte=capacity) | Q(capacity__isnull=True))
            found = found.with_facilities(list(facilities)).order_by(  # type: ignore[attr-defined]
                F("building__name"), "code", "pk"
            )
    found = found.select_related("building").prefetch_related("facilities")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "period": period, "may_ask": _may_ask(request.user)}
    return render(request, "bookings/halls.html", context, status=422 if form.errors else 200)


@guarded(PUBLIC)
@require_safe
def hall(request: HttpRequest, hall_id: int) -> HttpResponse:
    """A hall with its calendar by day, week or month (B8): ``?view=`` and ``?day=``.

    ``bookings/hall.html`` shows the span as a list, which a script makes a calendar of.
    """
    found = seen_hall(request, hall_id)
    view = request.GET.get("view", "week")
    view = view if view in VIEWS else "week"
    day = _asked_day(request)
    since, until = _span(view, day)
    rows = queries.in_calendar(found, at(since, dt.time()), at(until, dt.time()))
    place = found.building.institution_id
    entries = [(row, queries.title_for(request.user, row, place)) for row in rows]
    context = {
        "hall": found,
        "hours": list(found.opening_hours.all().order_by("weekday", "opens")),
        "photos": list(found.photos.select_related("image")),
        "closures": closures_of([found], at(since, dt.time()), at(until, dt.time())),
        "days": _by_day(entries, since, until),
        "view": view,
        "views": VIEWS,
        "day": day,
        "since": since,
        "last": until - A_DAY,
        "today": timezone.localdate(),
        "earlier": max(FIRST, since - A_DAY),
        "later": min(LAST, until),
        "may_ask": _may_ask(request.user),
    }
    return render(request, "bookings/hall.html", context)


def _may_ask(user: Any) -> bool:
    return bool(user.is_authenticated and user.has_perm(rules.ASK))


@guarded(PUBLIC)
@require_safe
def feed(request: HttpRequest, hall_id: int) -> HttpResponse:
    """The hall's calendar for other calendars; the same for everybody who reads it."""
    found = Hall.objects.active().select_related("building").filter(pk=min(hall_id, 2**31)).first()
    if found is None:
        raise Http404
    answer = HttpResponse(feed_of(found), content_type=CALENDAR)
    answer["Content-Disposition"] = f'inline; filename="hall-{found.pk}.ics"'
    return answer


@guarded(requires(rules.UTILIZATION))
@never_cache
@require_safe
def utilization(request: HttpRequest) -> HttpResponse:
    """A heat map of the halls within the admin's reach, by weekday and hour (B8)."""
    buildings = within_scope(Building.objects.all(), request.user)
    form = HeatForm(request.GET, buildings=buildings)
    found = None
    if form.is_valid():
        data = form.cleaned_data
        form = HeatForm(data, buildings=buildings)  # with the days that are shown, also unasked
        form.is_valid()
        chosen = within_scope(Hall.objects.active(), request.user)
        if data["building"] is not None:
            chosen = chosen.filter(building=data["building"])
        found = heat_map(list(chosen), data["since"], data["until"] + A_DAY)
    context = {"form": form, "map": found, "rows": _heat_rows(found), "hours": range(HOURS)}
    return render(
        request, "bookings/utilization.html", context, status=200 if found is not None else 422
    )


def _heat_rows(found: Any) -> list[tuple[str, list[tuple[Any, int]]]]:
    """Each weekday's name and cells, each with its step from 0 to 10 (for the color)."""
    if found is None:
        return []
    return [
        (str(Weekday(number).label), [(cell, -(-cell.percent // 10)) for cell in day])
        for number, day in enumerate(found.cells)
    ]


def _asked_day(request: HttpRequest) -> dt.date:
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        day = None
    return day if day is not None and FIRST <= day <= LAST else timezone.localdate()


def _span(view: str, day: dt.date) -> tuple[dt.date, dt.date]:
    """The days of a view: from the first to before the last. Weeks begin with the portal's Saturday."""
    if view == "day":
        return day, day + A_DAY
    if view == "week":
        first = day - dt.timedelta(days=(day.weekday() + 2) % 7)
        return first, first + dt.timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=32)).replace(day=1)


def _by_day(
    entries: list[tuple[Any, str]], since: dt.date, until: dt.date
) -> list[tuple[dt.date, list[tuple[Any, str]]]]:
    """The days on which something is, each with what takes some of it."""
    zone = timezone.get_default_timezone()
    found: dict[dt.date, list[tuple[Any, str]]] = {}
    for row, title in entries:
        day = max(row.starts.astimezone(zone).date(), since)
        last = (row.ends - dt.timedelta(microseconds=1)).astimezone(zone).date()
        while day <= last and day < until:
            found.setdefault(day, []).append((row, title))
            day += A_DAY
    return sorted(found.items())
