"""The socket of the bell: what is stored for a person is sent here at once (N1)."""

from collections.abc import Sequence

from portal.permissions import SIGNED_IN
from portal.realtime.consumers import StreamConsumer
from portal.realtime.streams import user_stream


class NotificationConsumer(StreamConsumer):
    """``/ws/notifications/``: the stream of the person who is signed in, and no other."""

    policy = SIGNED_IN

    def streams(self) -> Sequence[str]:
        """The person's own stream."""
        return [user_stream(self.user.pk)]
