"""Small things that every page asks for again, kept as long as nobody changed them."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection

from portal.pagecache.entries import Recent
from portal.pagecache.marks import EVERYTHING
from portal.pagecache.versions import Seal, VersionsUnavailable, versions

T = TypeVar("T")

MOST = 5000

_values: Recent[tuple[Seal, Any]] = Recent(MOST)


def remember(key: Hashable, make: Callable[[], T], *tags: str) -> T:
    """What ``make`` returned for ``key`` before, unless ``site`` or one of ``tags`` was touched since.

    For reads that do not depend on who asks: the pages in the menu, the choices of a filter. The
    value is shared by threads and requests: give back something that nobody changes. It costs one
    look at the versions, a tenth of a query through the ORM. Inside a transaction nothing is kept
    or taken, for what is read there may be rolled back.
    """
    if not usable():
        return make()
    store = versions()
    try:
        known = _values.get(key)
        if known is not None and store.holds(known[0]):
            return known[1]
        moment = store.begin()
    except VersionsUnavailable:
        return make()
    value = make()
    try:
        seal = store.seal(moment, {EVERYTHING, *tags})
    except VersionsUnavailable:
        return value
    if seal is not None:
        _values.put(key, (seal, value))
    return value


def usable() -> bool:
    """Whether what is read now may be kept."""
    return settings.PAGE_CACHE and not connection.in_atomic_block


def forget() -> None:
    """Forget all values of this process."""
    _values.clear()
