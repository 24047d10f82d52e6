"""What the services of certificates share."""

from typing import Any

from portal.errors import NotAllowed


def require(actor: Any, permission: str, thing: Any) -> None:
    """Raise :class:`NotAllowed` where ``actor`` may not; None is the system itself."""
    if actor is not None and not actor.has_perm(permission, thing):
        raise NotAllowed
