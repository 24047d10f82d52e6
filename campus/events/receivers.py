"""What events listen to."""

from campus.events.models import Event
from campus.events.services import hall_decided
from campus.venues.reservations import on_decision


def connect() -> None:
    """Hear what admins decide about the halls of events; called once, when the apps are ready."""
    on_decision(Event, hall_decided)
