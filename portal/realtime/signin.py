"""Who a socket is of, and how long that holds."""

from dataclasses import dataclass
from typing import Any

from django.utils.crypto import salted_hmac


def session_digest(session_key: str) -> str:
    """A name for a session that may travel and be logged: the key itself opens the account."""
    return salted_hmac("portal.realtime.session", session_key, algorithm="sha256").hexdigest()


@dataclass(frozen=True)
class SignIn:
    """A proven sign-in: the user, the session it rests on, and until when (Unix seconds).

    A token rests on a session too (its ``sid``): ending that ends the socket.
    """

    user: Any
    session_key: str
    expires_at: float
    by_token: bool = False

    @property
    def user_id(self) -> int:
        """The key of the user."""
        return int(self.user.pk)

    @property
    def digest(self) -> str:
        """The session's name (see `session_digest`)."""
        return session_digest(self.session_key)
