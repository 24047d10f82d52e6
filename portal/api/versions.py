"""Versions of the API (F4): a version that ends says so in every answer.

The policy stands in ``docs/api-versions.md``. Give a date here and each answer below ``/api/v1/``
carries ``Deprecation`` (RFC 9745) and ``Sunset`` (RFC 8594), and a link to what to do.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.http import http_date


@dataclass(frozen=True)
class Ending:
    """When a version (or one operation) was deprecated, when it is gone, and where that is told."""

    deprecated: dt.datetime
    sunset: dt.datetime
    link: str = ""

    def headers(self) -> dict[str, str]:
        """The headers of every answer until then."""
        told = {
            "Deprecation": f"@{int(self.deprecated.timestamp())}",
            "Sunset": http_date(self.sunset.timestamp()),
        }
        if self.link:
            told["Link"] = f'<{self.link}>; rel="deprecation"'
        return told


# Versions that end, by the first part of their address: {"v1": Ending(…)}.
ENDINGS: dict[str, Ending] = {}


def headers_for(path: str, ending: Ending | None = None) -> dict[str, str]:
    """The headers of an answer at ``path``; ``ending`` is the view's own, if it ends by itself."""
    if ending is None and ENDINGS:
        parts = path.split("/", 3)
        ending = ENDINGS.get(parts[2]) if len(parts) > 2 else None
    return ending.headers() if ending else {}
