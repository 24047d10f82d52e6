"""What the page of an event tells headless front ends beside its words (F3)."""

from typing import Any

from rest_framework.request import Request

from campus.events.api.serializers import EventSerializer
from campus.events.models import EventPage
from portal.api.pages import operational


@operational("events.EventPage")
def event_of_page(page: EventPage, request: Request) -> dict[str, Any]:
    """The event, as its API tells everyone; null while it is not public."""
    return {"event": EventSerializer(page.event).data if page.is_shown else None}
