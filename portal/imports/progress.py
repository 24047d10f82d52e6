"""How far an import is: in the cache for whoever asks, and live on the stream of who brought it.

While a file is applied, all that is written is invisible to others until the commit. Numbers of rows
go to the cache, and on PostgreSQL to the stream over a connection of their own; SQLite lets nobody else
write meanwhile, so there pages ask.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from django.core.cache import cache
from django.db import connection, connections, transaction

from portal.imports.models import Import
from portal.imports.streams import IMPORT_PROGRESSED
from portal.realtime import streams

EVERY = 0.5
KEPT = 3600
logger = structlog.get_logger(__name__)


def _key(pk: Any) -> str:
    return f"imports:progress:{pk}"


def of(owner: Import) -> tuple[int, int]:
    """Rows done and rows in all, as far as they are known."""
    if not owner.is_busy:
        return owner.rows_total, owner.rows_total
    done, total = cache.get(_key(owner.pk), (0, 0))
    return done, total or owner.rows_total


def forget(owner: Import) -> None:
    """Drop what the cache holds."""
    cache.delete(_key(owner.pk))


def tell_state(owner: Import) -> None:
    """Publish the state that ``owner`` has now, in the caller's transaction, as its last act."""
    if owner.actor_id is not None:
        done, total = of(owner)
        _publish(owner.actor_id, _payload(owner, done, total))


def _payload(owner: Import, done: int, total: int) -> dict[str, Any]:
    return {
        "id": str(owner.pk),
        "kind": owner.kind,
        "state": owner.state,
        "done": done,
        "total": max(done, total),
    }


def _publish(user_id: int, payload: dict[str, Any]) -> None:
    streams.publish(streams.user_stream(user_id), IMPORT_PROGRESSED.name, payload)


class Progress:
    """Counts rows of one pass. Made before the pass opens its transaction."""

    def __init__(self, owner: Import, total: int) -> None:
        self.owner, self.total, self.done = owner, total, 0
        self.told = 0.0
        self.alone = not connection.in_atomic_block
        self.helper: ThreadPoolExecutor | None = None

    def __enter__(self) -> "Progress":
        self._remember()
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for what the helper still sends."""
        if self.helper is not None:
            self.helper.submit(connections.close_all)
            self.helper.shutdown()
            self.helper = None

    def step(self, rows: int) -> None:
        """Some rows more are done."""
        self.done += rows
        self._remember()
        now = time.monotonic()
        if now - self.told < EVERY or self.owner.actor_id is None or not self.alone:
            return
        self.told = now
        payload = _payload(self.owner, self.done, self.total)
        if not connection.in_atomic_block:
            _send(self.owner.actor_id, payload)
        elif connection.vendor == "postgresql":
            self.helper = self.helper or ThreadPoolExecutor(1, "import-progress")
            self.helper.submit(_send, self.owner.actor_id, payload)

    def _remember(self) -> None:
        cache.set(_key(self.owner.pk), (self.done, self.total), KEPT)


def _send(user_id: int, payload: dict[str, Any]) -> None:
    """Publish in a transaction of its own, without ever waiting long for it."""
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '1s'")
            _publish(user_id, payload)
    except Exception:  # a hint only: the page asks by itself
        logger.warning("import_progress_not_told", exc_info=True)
