"""Two people of every role: one to whom the things of the world belong, one who has things of their own."""

from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.test import Client

from campus.accounts.models import User
from tests import factories

ROLES = (
    *("visitor", "student", "parent", "teacher", "mentor", "organizer", "editor", "admin"),
    "local",
)
"""The columns of the table. ``local`` is an admin of one institution."""


@dataclass
class Person:
    """Somebody who asks: a role, and whether the world's things are theirs (``owner``) or not."""

    role: str
    owner: bool
    user: User | None = None
    _clients: dict[str, Client] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.role if self.owner else f"another {self.role}"

    @property
    def asking(self) -> User | AnonymousUser:
        """The user as a policy sees them."""
        return self.user or AnonymousUser()

    def sign_in(self) -> None:
        """Both ways, so that no request has to (what a request does is taken back)."""
        self.site, self.api  # noqa: B018

    @cached_property
    def site(self) -> Client:
        """A browser, signed in."""
        client = Client(raise_request_exception=False)
        if self.user is not None:
            client.force_login(
                self.user, backend="allauth.account.auth_backends.AuthenticationBackend"
            )
        return client

    @cached_property
    def api(self) -> Client:
        """A program with a real access token."""
        headers = {}
        if self.user is not None:
            headers["Authorization"] = f"Bearer {factories.access_token(self.user)}"
        return Client(raise_request_exception=False, headers=headers)
