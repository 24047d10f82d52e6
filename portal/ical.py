"""iCalendar files (RFC 5545): what all of the portal's have in common."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from icalendar import Calendar, Event

KIND = "text/calendar; charset=utf-8"


def calendar_file(entries: Iterable[Event], *, name: str = "") -> bytes:
    """A calendar with these entries, called ``name`` by who subscribes to it."""
    made = Calendar()
    made.add("prodid", "-//Quad//Campus portal//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    if name:
        made.add("x-wr-calname", name)
    for entry in entries:
        made.add_component(entry)
    return bytes(made.to_ical())


def entry_of(
    key: object, *, summary: str, starts: dt.datetime, ends: dt.datetime, changed: dt.datetime
) -> Event:
    """An entry that keeps its UID, made of ``key`` and the portal's address, whatever else changes."""
    entry = Event()
    entry.add("uid", f"{key}@{settings.SITE_URL.rpartition('/')[2]}")
    entry.add("summary", summary)
    entry.add("dtstart", starts.astimezone(dt.UTC))
    entry.add("dtend", ends.astimezone(dt.UTC))
    entry.add("dtstamp", changed.astimezone(dt.UTC))
    return entry
