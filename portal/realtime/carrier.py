"""Carrying events from where they were committed to the hubs of this and of other processes.

Publishing happens in any thread of any process: a request's, a worker's, a management command's. This
module marshals it: to the hub of this process, if one runs here, onto its loop; to other processes, if
the channel layer is shared (Redis), through that layer, from one loop of our own. Nobody waits for it and
nothing that fails here matters but for time: the event is in the database, where the relay of each hub
finds it (see `portal.realtime.relay`).
"""

import asyncio
import atexit
import contextlib
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer

logger = logging.getLogger(__name__)

Batch = list[tuple[int, str]]
"""Numbers and frames of one stream, in order."""
Announcement = dict[str, Batch]

MESSAGE_TYPE = "quad.events"
EXIT_SECONDS = 2.0
"""How long the end of a process waits for what it has yet to send."""

Receiver = Callable[[Announcement], None]


class Local:
    """The hub of this process, while one runs: its loop, and where it takes announcements."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.receiver: Receiver | None = None

    def bind(self, loop: asyncio.AbstractEventLoop, receiver: Receiver) -> None:
        """From now on announcements of this process go to ``receiver``, on ``loop``."""
        self.loop, self.receiver = loop, receiver

    def release(self, receiver: Receiver) -> None:
        """Stop it, if ``receiver`` is the one that is bound."""
        if self.receiver == receiver:
            self.loop = self.receiver = None


local = Local()


def group_name(stream: str) -> str:
    """The name of a stream's group in the channel layer (which allows no colons)."""
    return f"quad.stream.{stream.replace(':', '.')}"


def layer_is_shared() -> bool:
    """Whether the channel layer reaches other processes."""
    layer = get_channel_layer()
    return layer is not None and not isinstance(layer, InMemoryChannelLayer)


def announce(announcement: Announcement) -> None:
    """Tell all hubs of committed events; from any thread, at once, without waiting."""
    loop, receiver = local.loop, local.receiver
    if loop is not None and receiver is not None:
        # RuntimeError: the loop was closed a moment ago, with all its sockets.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(receiver, announcement)
    if layer_is_shared():
        _outbound.submit(_send(announcement), loop)


async def _send(announcement: Announcement) -> None:
    layer = get_channel_layer()
    for stream, batch in announcement.items():
        message = {"type": MESSAGE_TYPE, "stream": stream, "events": batch}
        try:
            await layer.group_send(group_name(stream), message)
        except Exception as error:
            # One line, not a trace: while Redis is away this is every event, and the relay heals it.
            logger.warning("A live event was not carried: %s", type(error).__name__)


class Outbound:
    """Runs sends to the channel layer on one loop: the server's, or one thread of our own.

    The layer keeps a connection for each loop, so a loop for each call would mean a connection to
    Redis for each event. The thread is started when first needed, in each process anew after a fork.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0
        self._waiting: set[Future[None]] = set()

    def submit(
        self, work: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop | None
    ) -> None:
        """Run ``work`` on ``loop``, or on our own."""
        try:
            future = asyncio.run_coroutine_threadsafe(work, loop or self._own_loop())
        except RuntimeError:
            work.close()
            return
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)

    def _own_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                self._loop, self._pid = asyncio.new_event_loop(), os.getpid()
                self._waiting = set()
                threading.Thread(
                    target=self._loop.run_forever, name="realtime-outbound", daemon=True
                ).start()
                atexit.register(self.drain)
            return self._loop

    def drain(self, seconds: float = EXIT_SECONDS) -> None:
        """Wait until all is sent, at most ``seconds``; a process that ends does so."""
        for future in list(self._waiting):
            with contextlib.suppress(Exception):
                future.result(timeout=seconds)


_outbound = Outbound()


def drain(seconds: float = EXIT_SECONDS) -> None:
    """Wait until what this process announced is on its way, at most ``seconds`` for each."""
    _outbound.drain(seconds)
