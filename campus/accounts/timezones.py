"""The timezone that somebody reads times in (P9, S2)."""

import zoneinfo

from campus.accounts.models import User


def zone_of(user: User | None) -> zoneinfo.ZoneInfo | None:
    """The one that ``user`` chose; None for the portal's own, or for one this machine does not know."""
    name = getattr(user, "timezone", "")
    if not name:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None
