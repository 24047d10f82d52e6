"""Reminders a day and an hour before an event, once each for one start."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from campus.events.announcements import Announcements
from campus.events.models import Event, EventReminder
from campus.events.services.base import lock_event

_Kind = EventReminder.Kind
BEFORE = {
    _Kind.DAY: (dt.timedelta(hours=2), dt.timedelta(hours=24)),
    _Kind.HOUR: (dt.timedelta(), dt.timedelta(hours=1)),
}
"""From how long before the start to how long before it each is sent: one that is late says nothing wrong."""


def remind(now: dt.datetime | None = None) -> dict[str, int]:
    """Send what is due; how many events were reminded of, by kind."""
    now = now or timezone.now()
    sent = {}
    for kind, (least, most) in BEFORE.items():
        due = Event.objects.filter(
            state=Event.State.SCHEDULED, starts__gt=now + least, starts__lte=now + most
        )
        done = EventReminder.objects.filter(kind=kind).values_list("event_id", "starts")
        known = set(done.filter(starts__gt=now))
        ids = [pk for pk, starts in due.values_list("pk", "starts") if (pk, starts) not in known]
        sent[str(kind)] = sum(_remind(pk, kind, now) for pk in ids)
    return sent


def _remind(event_id: uuid.UUID, kind: EventReminder.Kind, now: dt.datetime) -> bool:
    """Remind of one event, if it still is as it was found: not cancelled, not moved away."""
    least, most = BEFORE[kind]
    with transaction.atomic():
        event = lock_event(event_id)
        if event.state != Event.State.SCHEDULED or not now + least < event.starts <= now + most:
            return False
        _row, made = EventReminder.objects.get_or_create(
            event=event, kind=kind, starts=event.starts
        )
        if not made:
            return False
        announcements = Announcements()
        rows = event.registrations.registered().select_related("student__user", "user")
        for registration in rows:
            announcements.tell(registration, event, f"events.remind_{kind}", place=place_of(event))
        announcements.send()
    return True


def place_of(event: Event) -> str:
    """Where it is, in words; a dash where nobody knows yet."""
    return str(event.hall) if event.hall is not None else event.place or "–"
