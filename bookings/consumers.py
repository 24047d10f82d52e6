"""The socket of a hall's page: that its calendar changed (B8)."""

from collections.abc import Sequence

from django.db.models import Q

from bookings.streams import hall_stream
from campus.institutions.scope import shown_or_within
from campus.venues.models import Hall
from portal.permissions import SIGNED_IN
from portal.realtime.consumers import NoSuchStream, StreamConsumer


class HallConsumer(StreamConsumer):
    """``/ws/halls/<pk>/``: the hall's calendar; for everyone signed in, as the calendar is public."""

    policy = SIGNED_IN

    def streams(self) -> Sequence[str]:
        """The hall's stream; nothing for a hall that is out of sight."""
        halls = shown_or_within(Hall.objects.all(), self.user, Q(is_active=True))
        hall_id = halls.filter(pk=self.kwargs["pk"]).values_list("pk", flat=True).first()
        if hall_id is None:
            raise NoSuchStream
        return [hall_stream(hall_id)]
