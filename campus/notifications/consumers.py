"""The socket of the bell: what is stored for a person is sent here at once (N1)."""

from collections.abc import Sequence
from typing import Any

from campus.accounts.rules import APPROVE
from campus.accounts.streams import INACTIVE_STREAM
from portal.permissions import SIGNED_IN
from portal.realtime.consumers import StreamConsumer
from portal.realtime.streams import user_stream


class NotificationConsumer(StreamConsumer):
    """``/ws/notifications/``: the stream of the person who is signed in, and no other's.

    Those who approve registrations also follow the list of inactive accounts (P8).
    """

    policy = SIGNED_IN
    _approves = False

    def streams(self) -> Sequence[str]:
        """The person's own stream first."""
        self._approves = self.user.has_perm(APPROVE)
        own = user_stream(self.user.pk)
        return [own, INACTIVE_STREAM] if self._approves else [own]

    def keeps_right(self, user: Any) -> bool:
        """Signed in, and still approving if they did."""
        return super().keeps_right(user) and (not self._approves or user.has_perm(APPROVE))
