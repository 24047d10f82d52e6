"""A hall's calendar as an iCalendar feed (RFC 5545), for calendars that fetch it again and again."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from icalendar import Event

from bookings.models import HallBooking
from bookings.queries import in_calendar, title_for
from campus.venues.models import Hall
from portal.ical import calendar_file, entry_of

BACK, AHEAD = dt.timedelta(days=30), dt.timedelta(days=180)


def feed_of(hall: Hall) -> bytes:
    """What is on in the hall from a month ago to half a year ahead, as everybody may read it; one query.

    What a single booking is for is nobody's business, so those stand as taken.
    """
    now, reader = timezone.now(), AnonymousUser()
    rows = in_calendar(hall, now - BACK, now + AHEAD)
    return calendar_file((_entry(row, hall, reader) for row in rows), name=str(hall))


def _entry(row: HallBooking, hall: Hall, reader: Any) -> Event:
    entry = entry_of(
        row.pk,
        summary=title_for(reader, row, hall.building.institution_id),
        starts=row.starts,
        ends=row.ends,
        changed=row.decided_at or row.created_at,
    )
    entry.add("location", f"{hall}, {hall.building}")
    entry.add("status", "CONFIRMED")
    return entry
