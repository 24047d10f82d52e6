"""The relay: looks again and again whether the database knows of events that did not come.

It is how another process on SQLite (a management command) reaches the sockets of this one, and what
heals the losses of a channel layer that was away: the heads of the followed streams are compared with
where the hub is. On SQLite a look costs a few microseconds while nobody writes (``data_version``).
"""

import asyncio
import contextlib
import logging
import sqlite3
from pathlib import Path

from django.conf import settings
from django.db import connection

from portal.realtime import carrier
from portal.realtime.hub import Hub
from portal.realtime.streams import heads

logger = logging.getLogger(__name__)

SQLITE_SECONDS = 0.2
SHARED_LAYER_SECONDS = 2.0
ALONE_SECONDS = 0.5
RETRY_SECONDS = 2.0


def default_interval() -> float:
    """Seconds between two looks: short where the database is the only way in."""
    if carrier.layer_is_shared():
        return SHARED_LAYER_SECONDS
    return SQLITE_SECONDS if connection.vendor == "sqlite" else ALONE_SECONDS


class DataVersion:
    """SQLite's own counter of commits by others, on a connection kept for it."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(
            f"{Path(path).absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
        )
        self._last = -1

    def changed(self) -> bool:
        """Whether anybody committed since the last call."""
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        changed, self._last = version != self._last, version
        return bool(changed)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Relay:
    """Heals ``hub`` every ``interval`` seconds."""

    def __init__(self, hub: Hub, *, interval: float | None = None) -> None:
        self.hub = hub
        self.interval = interval
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="realtime-relay")

    async def stop(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        interval = self.interval or settings.REALTIME_RELAY_SECONDS or default_interval()
        name = str(connection.settings_dict["NAME"])
        by_version = connection.vendor == "sqlite" and Path(name).is_file()
        version = DataVersion(name) if by_version else None
        try:
            while True:
                await asyncio.sleep(interval)
                try:
                    if carrier.layer_is_shared():
                        await self.hub.subscribe_again()
                    if version is None or await self.hub.database(version.changed):
                        await self.look()
                except Exception as error:
                    logger.warning("The relay could not look: %s", type(error).__name__)
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            if version is not None:
                version.close()

    async def look(self) -> None:
        """Compare once: one query for each 500 streams that are followed."""
        names = self.hub.followed()
        if names:
            self.hub.compare(await self.hub.database(heads, names), names)
