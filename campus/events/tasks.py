"""Jobs of events: time moves their states, places find who waits, awards are made, people reminded."""

import uuid

from django.db.models import Exists, F, OuterRef, Q

from campus.events import services
from campus.events.models import Event, EventRegistration
from campus.events.services.completion import award_batch
from campus.events.services.reminders import remind
from portal.jobs import scheduled


def award(event_id: uuid.UUID | str) -> int:
    """Give what a completed event gives to everyone who attended (E7); again gives nothing twice."""
    total = 0
    while done := award_batch(event_id=event_id):
        total += done
    return total


@scheduled("* * * * *")
def move_events() -> dict[str, int]:
    """Start what has begun, complete what is over (E1): each minute."""
    return services.move_by_time()


@scheduled("* * * * *")
def send_reminders() -> dict[str, int]:
    """Remind the registered a day and an hour before: each minute."""
    return remind()


@scheduled("*/5 * * * *")
def fill_free_places() -> dict[str, int]:
    """The sweep (every five minutes): free places find who waits, whatever freed them (E4)."""
    waiting = EventRegistration.objects.filter(
        event=OuterRef("pk"), state=EventRegistration.State.WAITING
    )
    events = Event.objects.filter(
        Q(capacity__isnull=True) | Q(seats_taken__lt=F("capacity")),
        Exists(waiting),
        state=Event.State.SCHEDULED,
    )
    found = list(events.values_list("pk", flat=True))
    return {
        "events": len(found),
        "places": sum(services.fill_places(event_id=pk) for pk in found),
    }
