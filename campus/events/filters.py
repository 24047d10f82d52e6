"""The filters of the list of events: read once from an address, held in one place."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campus.clubs.models import Club
from campus.events.models import Event, EventTag
from campus.institutions.directory import every_word
from portal.pagecache import remember

PAGE_SIZE = 24
LONGEST = 100
MINUTE = 60
MOST_DIGITS = 4
PERIODS = {
    "today": _("Today"),
    "week": _("The next seven days"),
    "month": _("The next thirty days"),
    "past": _("Past events"),
}
PARAMS = ("q", "club", "tag", "period", "page")


@dataclass(frozen=True)
class EventFilters:
    """What was asked for; an empty string asks for nothing.

    ``q`` words, ``club`` and ``tag`` slugs, ``period`` one of ``PERIODS``; without one, all that comes.
    """

    q: str = ""
    club: str = ""
    tag: str = ""
    period: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "EventFilters":
        """The filters in a query string; what cannot be meant is left out, as in an old link."""
        found = {}
        for field in fields(cls):
            value = (query.get(field.name) or "").replace("\0", "").strip()[:LONGEST]
            if value and (field.name != "period" or value in PERIODS):
                found[field.name] = value
        return cls(**found)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The filters that are set, as name and value."""
        return ((f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name))

    def __bool__(self) -> bool:
        """Whether any is set."""
        return any(self)

    def select(self, now: dt.datetime) -> Any:
        """The public events that fit, the first ones first; past ones, the last ones first."""
        events = Event.objects.public()
        if self.period == "past":
            events = events.filter(ends__lte=now).order_by("-starts", "id")
        else:
            events = events.coming(now)
            days = {"week": 7, "month": 30}.get(self.period, 0)
            if self.period == "today":
                events = events.within_period(now, _next_midnight(now))
            elif days:
                events = events.filter(starts__lt=now + dt.timedelta(days=days))
        if self.club:
            events = events.filter(club__slug=self.club)
        if self.tag:
            events = events.filter(tags__slug=self.tag)
        if self.q:
            events = events.filter(
                every_word(self.q, "title", "summary", "description", "club__name", "place")
            )
        return events


def _next_midnight(now: dt.datetime) -> dt.datetime:
    local = timezone.localtime(now)
    midnight = dt.datetime.combine(local.date() + dt.timedelta(days=1), dt.time())
    return timezone.make_aware(midnight, local.tzinfo)


def list_events(filters: EventFilters, *, number: str) -> Page[Event]:
    """A page of what fits, each with its club, its institution's timezone, its hall and its tags.

    Three queries: the count, the rows, their tags; without words to look for, once in a minute for all
    until an event changes. A number that is none is that of the first page. In the ``parts`` of an event
    templates keep what they made of it; nobody changes a page that is given back.
    """
    now, number = timezone.now(), number if number.isdecimal() else "1"

    def read() -> Page[Event]:
        rows = with_place(filters.select(now)).prefetch_related("tags")
        page = Paginator(rows, PAGE_SIZE).get_page(number)
        page.object_list = list(page.object_list)
        for event in page.object_list:
            event.parts = {}
        return page

    if filters.q or len(number) > MOST_DIGITS:
        return read()
    # (What is over leaves the list by the clock alone: each minute has a key of its own.)
    key = ("events.list", filters, number, int(now.timestamp()) // MINUTE)
    return remember(key, read, "events", "clubs")


def with_place(events: Any) -> Any:
    """``events`` with what says where they are, and in which timezone; no query of its own."""
    return events.select_related("club__institution", "hall__building")


def filter_choices() -> dict[str, Any]:
    """What the form offers: ``clubs`` and ``tags`` that have a public event. Two queries, seldom."""
    return remember("events.filters", _filter_choices, "events", "clubs")


def _filter_choices() -> dict[str, Any]:
    public = Event.objects.public()
    return {
        "clubs": list(
            Club.objects.public()
            .filter(Exists(public.filter(club=OuterRef("pk"))))
            .only("slug", "name")[:200]
        ),
        "tags": list(EventTag.objects.filter(Exists(public.filter(tags=OuterRef("pk"))))[:200]),
    }


def applied(filters: EventFilters) -> list[tuple[str, Any]]:
    """The filters that hold, as name and a label for people."""
    choices = filter_choices()
    names = {
        "club": {one.slug: one.name for one in choices["clubs"]},
        "tag": {one.slug: one.name for one in choices["tags"]},
        "period": PERIODS,
    }
    return [
        (name, f"“{value}”" if name == "q" else names[name].get(value, value))
        for name, value in filters
    ]
