"""Who someone is: the predicates that every app's rules are made of, and this app's permissions."""

from typing import Any

import rules

from campus.accounts.reach import covers
from portal.roles import Role


def _holds(user: Any, *roles: Role) -> bool:
    """Whether ``user`` is signed in, active and holds any of ``roles``."""
    return bool(
        user is not None and user.is_authenticated and user.is_active and user.has_role(*roles)
    )


@rules.predicate
def is_signed_in(user: Any) -> bool:
    """Anyone with an account."""
    return bool(user is not None and user.is_authenticated and user.is_active)


@rules.predicate
def is_student(user: Any) -> bool:
    """Holds the role student."""
    return _holds(user, Role.STUDENT)


@rules.predicate
def is_parent(user: Any) -> bool:
    """Holds the role parent."""
    return _holds(user, Role.PARENT)


@rules.predicate
def is_teacher(user: Any) -> bool:
    """Holds the role teacher."""
    return _holds(user, Role.TEACHER)


@rules.predicate
def is_mentor(user: Any) -> bool:
    """Holds the role mentor."""
    return _holds(user, Role.MENTOR)


@rules.predicate
def is_organizer(user: Any) -> bool:
    """Holds the role organizer."""
    return _holds(user, Role.ORGANIZER)


@rules.predicate
def is_editor(user: Any) -> bool:
    """Holds the role editor."""
    return _holds(user, Role.EDITOR)


@rules.predicate
def is_admin(user: Any) -> bool:
    """Holds the role admin; a superuser does."""
    return _holds(user, Role.ADMIN)


@rules.predicate
def is_self(user: Any, other: Any) -> bool:
    """The account is the asker's own; asked without an object, anyone signed in."""
    return other is None or getattr(other, "pk", None) == user.pk


rules.add_perm("accounts.use_profile", is_signed_in & is_self)
rules.add_perm("accounts.manage_users", is_admin & covers)

APPROVE = "accounts.approve_registrations"
"""To decide about registrations: who holds it, the rules of institutions say, which know who manages all."""
TAKE_FACTORS_AWAY = "accounts.take_factors_away"
"""To remove the second factors of others; said there too."""
