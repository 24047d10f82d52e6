"""The list of sessions: ending one ends its sockets too."""

from collections.abc import Iterable

from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession

from campus.accounts import services


class SessionsAdapter(DefaultUserSessionsAdapter):
    """allauth's, through our service."""

    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        """End each of them, with its tokens and sockets (P3)."""
        for session in sessions:
            services.end_session(session=session)
