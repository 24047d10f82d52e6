"""What keeps the walks over all routes short enough for every run."""

import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from unittest.mock import patch

from django.db import connection
from wagtail.admin.templatetags import wagtailadmin_tags

T = TypeVar("T")

NUMBERS = re.compile(r"\d+")
WHOLE = os.environ.get("QUAD_STORMS") == "all"
"""Whether every input is tried on every route (``make fuzz``)."""


def turn(inputs: Iterable[T], place: str, of: int = 4) -> list[T]:
    """Those of ``inputs`` whose turn it is at ``place``: one in ``of``, others at other places.

    The parsers and fields behind all routes are the same few: over more than a hundred routes each input
    is tried dozens of times. ``make fuzz`` tries all of them everywhere.
    """
    every, place = list(inputs), NUMBERS.sub("", place)
    return every if WHOLE else every[zlib.crc32(place.encode()) % of :: of]


def part(things: Iterable[T], name: Callable[[T], str]) -> list[T]:
    """Those of ``things`` that a walk takes in here: all on PostgreSQL, one in four on the embedded default.

    ``name`` tells them apart. What a walk asks is the same code on both; the tests of each thing
    itself run on both in whole.
    """
    every = list(things)
    if WHOLE or connection.vendor == "postgresql":
        return every
    return [one for one in every if zlib.crc32(name(one).encode()) % 4 == 0]


@contextmanager
def without_sidebar() -> Iterator[None]:
    """Pages of the admin without the menu beside them: half of what such a page costs.

    For walks that ask what a page itself shows, and to whom.
    """
    with (
        patch.object(wagtailadmin_tags.admin_menu, "render_component", lambda request: []),
        patch.object(
            wagtailadmin_tags.admin_search_areas, "search_items_for_request", lambda request: []
        ),
    ):
        yield
