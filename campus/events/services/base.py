"""What the services of events share: the event's row, locked and allowed."""

import uuid
from typing import Any

from campus.events.errors import EventClosed, EventNotFound
from campus.events.models import Event
from portal.errors import NotAllowed


def require(actor: Any, permission: str, event: Event) -> None:
    """Refuse an actor who may not; an event that they may not even see does not exist for them.

    An ``actor`` of None is the system itself.
    """
    if actor is None or actor.has_perm(permission, event):
        return
    if not Event.objects.visible_to(actor).filter(pk=event.pk).exists():
        raise EventNotFound
    raise NotAllowed


def find_event(event_id: uuid.UUID | str) -> Event:
    """The event with its club, not locked; raises :class:`EventNotFound`."""
    found = Event.objects.select_related("club", "hall").filter(pk=event_id).first()
    if found is None:
        raise EventNotFound
    return found


def lock_event(event_id: uuid.UUID | str) -> Event:
    """The event's row, locked for writers of its seats, its queue and its state, readable for all."""
    found = (
        Event.objects.select_for_update(no_key=True, of=("self",))
        .select_related("club", "hall")
        .filter(pk=event_id)
        .first()
    )
    if found is None:
        raise EventNotFound
    return found


def require_open(event: Event) -> None:
    """Refuse to change what is completed or cancelled."""
    if not event.is_editable:
        raise EventClosed(state=str(event.state))
