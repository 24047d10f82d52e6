"""Events as iCalendar files (RFC 5545): what calendars of people import (E8)."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone
from icalendar import Event as VEvent

from campus.events.models import Event
from portal.ical import calendar_file, entry_of


def calendar_of(events: Iterable[Event], *, name: str = "") -> bytes:
    """A calendar with an entry for each session of the events.

    Needs ``club``, ``hall`` and ``sessions`` of each. An entry keeps its UID whatever is moved, and
    counts up its sequence with each change, so that a calendar that has it moves it too.
    """
    return calendar_file((entry for event in events for entry in _entries(event)), name=name)


def _entries(event: Event) -> Iterable[VEvent]:
    sessions = sorted(event.sessions.all(), key=lambda one: one.starts)
    for number, session in enumerate(sessions, start=1):
        title = event.title if len(sessions) == 1 else f"{event.title} ({number}/{len(sessions)})"
        entry = entry_of(
            session.pk,
            summary=title,
            starts=session.starts,
            ends=session.ends,
            changed=event.changed_at,
        )
        entry.add("last-modified", event.changed_at.astimezone(dt.UTC))
        entry.add("sequence", _sequence(event))
        if place := str(event.hall or event.place):
            entry.add("location", place)
        if event.summary or session.title:
            entry.add("description", "\n".join(filter(None, (session.title, event.summary))))
        entry.add("url", f"{settings.SITE_URL.rstrip('/')}{event.get_absolute_url()}")
        cancelled = event.state == Event.State.CANCELLED
        entry.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        yield entry


def _sequence(event: Event) -> int:
    """Minutes from the event's making to its last change: a number that only grows."""
    changed = event.changed_at or timezone.now()
    return max(0, int((changed - event.created_at).total_seconds() // 60))
