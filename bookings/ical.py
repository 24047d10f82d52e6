"""A hall's calendar as an iCalendar feed (RFC 5545), for calendars that fetch it again and again."""

import datetime as dt

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from icalendar import Calendar, Event

from bookings.queries import in_calendar, title_for
from campus.venues.models import Hall

BACK, AHEAD = dt.timedelta(days=30), dt.timedelta(days=180)


def feed_of(hall: Hall) -> bytes:
    """What is on in the hall from a month ago to half a year ahead, as everybody may read it; one query.

    What a single booking is for is nobody's business, so those stand as taken.
    """
    now, reader = timezone.now(), AnonymousUser()
    made = Calendar()
    made.add("prodid", "-//Quad//Campus portal//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", str(hall))
    host = settings.SITE_URL.rpartition("/")[2]
    for row in in_calendar(hall, now - BACK, now + AHEAD):
        entry = Event()
        entry.add("uid", f"{row.pk}@{host}")
        entry.add("summary", title_for(reader, row, hall.building.institution_id))
        entry.add("dtstart", row.starts.astimezone(dt.UTC))
        entry.add("dtend", row.ends.astimezone(dt.UTC))
        entry.add("dtstamp", (row.decided_at or row.created_at).astimezone(dt.UTC))
        entry.add("location", f"{hall}, {hall.building}")
        entry.add("status", "CONFIRMED")
        made.add_component(entry)
    return bytes(made.to_ical())
