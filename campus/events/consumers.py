"""The socket of an event's organizers: registrations, the door, and what its completion does (E4, E5, E7)."""

from collections.abc import Sequence

from campus.events import rules
from campus.events.models import Event
from campus.events.streams import event_stream
from portal.permissions import requires
from portal.realtime.consumers import NoSuchStream, StreamConsumer


class EventConsumer(StreamConsumer):
    """``/ws/events/<pk>/``: the event's own stream, for those who manage it or take attendance at it."""

    policy = requires(rules.CHECK_IN)
    _event: Event | None = None

    def streams(self) -> Sequence[str]:
        """The event's stream."""
        events = Event.objects.select_related("club__institution")
        self._event = events.filter(pk=self.kwargs["pk"]).first()
        if self._event is None or not self.user.has_perm(rules.CHECK_IN, self._event):
            raise NoSuchStream
        return [event_stream(self._event.pk)]

    def keeps_right(self, user: object) -> bool:
        """Whether they still take attendance there."""
        return super().keeps_right(user) and self.policy.admits(user, self._event)
