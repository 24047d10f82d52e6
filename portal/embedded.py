"""What the embedded default runs beside the server, in its process: workers and scheduler.

Parts are added in an app's ``ready()`` and run in threads of their own. `portal.asgi` starts them with
the server and stops them before it ends. In the large deployment they are processes (see
docs/architecture.md), and nothing is started here.
"""

import logging
from typing import Protocol

logger = logging.getLogger(__name__)


class Part(Protocol):
    """Something that runs beside the server."""

    def start(self) -> None:
        """Begin, in a thread of its own; returns soon."""

    def stop(self) -> None:
        """Finish what is begun and end; returns when that is done."""


_parts: list[Part] = []


def add(part: Part) -> None:
    """Run ``part`` beside the server from its next start on."""
    _parts.append(part)


def start() -> None:
    """Start all parts, in the order they were added."""
    for part in _parts:
        part.start()


def stop() -> None:
    """Stop all parts, the last first; one that fails does not keep the others from it."""
    for part in reversed(_parts):
        try:
            part.stop()
        except Exception:
            logger.exception("A part beside the server did not stop well")
