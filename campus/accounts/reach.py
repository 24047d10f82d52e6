"""Which accounts an admin reaches, and which roles they give: asked here, said by the app that knows.

Institutions stand above accounts, so what an admin of some institutions may do to accounts is told by
``set_reach``. Until then every admin reaches all of them.
"""

from typing import Any, Protocol

import rules
from django.db.models import QuerySet

from campus.accounts.models import User
from portal.errors import NotAllowed
from portal.roles import Role


class Reach(Protocol):
    """What limits admins."""

    def accounts(self, queryset: "QuerySet[User]", actor: Any) -> "QuerySet[User]":
        """The accounts of ``queryset`` that ``actor`` sees."""

    def covers(self, actor: Any, user: User) -> bool:
        """Whether ``actor`` may change ``user``."""

    def is_limited(self, actor: Any) -> bool:
        """Whether ``actor`` is an admin of a part of the portal."""

    def may_be_admin(self, actor: Any, user: User) -> bool:
        """Whether ``actor``, who is limited, may make ``user`` an admin: of no more than their own part."""


class Everything:
    """No limits."""

    def accounts(self, queryset: "QuerySet[User]", actor: Any) -> "QuerySet[User]":
        """All."""
        return queryset

    def covers(self, actor: Any, user: User) -> bool:
        """All."""
        return True

    def is_limited(self, actor: Any) -> bool:
        """Nobody."""
        return False

    def may_be_admin(self, actor: Any, user: User) -> bool:
        """Anybody."""
        return True


_reach: list[Reach] = [Everything()]

# Roles that reach no further than the institution whose admin gives them; an editor writes every page.
OF_A_PART = frozenset(set(Role) - {Role.EDITOR, Role.ADMIN})


def set_reach(reach: Reach) -> None:
    """Say what limits admins; once, in ``AppConfig.ready``."""
    _reach[0] = reach


def accounts_within(queryset: "QuerySet[User]", actor: Any) -> "QuerySet[User]":
    """What of ``queryset`` the admin ``actor`` sees: every list, export and bulk action goes through this."""
    return _reach[0].accounts(queryset, actor)


def is_limited(actor: Any) -> bool:
    """Whether ``actor`` is an admin of a part of the portal."""
    return actor is not None and _reach[0].is_limited(actor)


@rules.predicate
def reaches_all(actor: Any) -> bool:
    """Is not limited to a part of the portal; to be joined with ``is_admin``."""
    return not is_limited(actor)


@rules.predicate
def covers(actor: Any, user: Any) -> bool:
    """The account is one that the admin may change; asked without an object, anyone passes."""
    return not isinstance(user, User) or _reach[0].covers(actor, user)


def require_reach(actor: Any, user: User) -> None:
    """Raise NotAllowed if ``actor`` is an admin who does not reach ``user``; one always reaches oneself."""
    if not is_limited(actor) or actor.pk == user.pk:
        return
    if not _reach[0].covers(actor, user):
        raise NotAllowed


def require_grantable(actor: Any, user: User, given: set[Role]) -> None:
    """Raise NotAllowed if ``actor`` is a limited admin and ``given`` (new roles) would reach further.

    The role admin is theirs to give where the account is an administrator of their institution already.
    """
    if not given or not is_limited(actor):
        return
    if given - OF_A_PART - {Role.ADMIN}:
        raise NotAllowed(param="roles")
    if Role.ADMIN in given and not _reach[0].may_be_admin(actor, user):
        raise NotAllowed(param="roles")
