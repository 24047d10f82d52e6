"""A socket as the hub sees it: cursors into streams, one writer, and a code to close with."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from django.utils.translation import gettext as _

from portal.realtime import codes, frames
from portal.realtime.hub import BATCH_EVENTS, QUEUE_LIMIT, RESUME_LIMIT, RETRY_SECONDS, Hub, Topic
from portal.realtime.signin import SignIn
from portal.realtime.streams import StoredEvent, stored_events

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]

CLOSE_SECONDS = 20.0
"""How long a reader who stands still may take to make room for the close frame."""
CONTROL_LIMIT = 100
"""Answers that wait for a reader who sends but does not read."""
CATCH_UP_ROUNDS = 10
READ_ATTEMPTS = 5


class Follower(Protocol):
    """What a topic tells those who follow it."""

    def advance(self, head: int) -> None:
        """There are events up to ``head``."""

    def topic_jumped(self, *, renewed: bool) -> None:
        """The topic goes on elsewhere: what lies between is in the database, or ``renewed``, void."""

    def beat(self, text: str) -> None:
        """It is time for a heartbeat."""


class Subscription:
    """One socket in one topic: ``cursor`` is the number of the last event it was given.

    It is *held* until the client said where it wants to resume (or did not, for a second), and
    *catching* up from then until it has reached the head, reading what the topic does not keep from the
    database.
    """

    __slots__ = ("catching", "cursor", "held", "rounds", "socket", "topic")

    def __init__(self, socket: "Socket", topic: Topic) -> None:
        self.socket = socket
        self.topic = topic
        self.cursor = topic.head
        self.held = True
        self.catching = False
        self.rounds = 0

    def advance(self, head: int) -> None:
        """Wake the writer; one who is too far behind is closed instead."""
        waiter = self.socket.waiter
        if waiter is not None:
            if not waiter.done():
                waiter.set_result(None)
        elif not self.held and self.cursor < head and self._too_far_behind(head):
            self.socket.close(codes.TOO_SLOW)

    def _too_far_behind(self, head: int) -> bool:
        behind = head - self.cursor
        if self.catching:
            return behind > RESUME_LIMIT + QUEUE_LIMIT
        return behind > QUEUE_LIMIT or self.cursor + 1 < self.topic.base

    def topic_jumped(self, *, renewed: bool) -> None:
        """Go on where the cursor stands, from the database; or tell the client to reload."""
        if renewed:
            self.reload()
        else:
            self.seek(self.cursor)

    def beat(self, text: str) -> None:
        """Send a heartbeat if nothing is on its way: events are proof of life themselves."""
        if self.socket.waiter is not None and not self.held and self.cursor >= self.topic.head:
            self.socket.push(text)

    def seek(self, number: int) -> None:
        """Go on after ``number``, or reload if that is too long ago."""
        self.held = False
        self.rounds = 0
        if self.topic.head - number > RESUME_LIMIT:
            self.reload()
            return
        self.cursor = number
        self.catching = number < self.topic.head
        self.socket.wake()

    def reload(self) -> None:
        """Tell the client to fetch the state again, and go on at the head."""
        topic = self.topic
        self.held = self.catching = False
        self.cursor = topic.head
        self.socket.push(frames.reload(topic.name, topic.epoch, topic.head))

    def release(self) -> None:
        """The client does not resume: live from where it joined."""
        if self.held:
            self.seek(self.cursor)

    @property
    def due(self) -> bool:
        """Whether there is something to send."""
        return not self.held and self.cursor < self.topic.head


class Socket:
    """One connection: who it is of, what it follows, and the one task that writes to it."""

    __slots__ = (
        "_closing",
        "_controls",
        "_send",
        "_writer",
        "hub",
        "recheck",
        "sign_in",
        "subscriptions",
        "together",
        "waiter",
    )

    def __init__(
        self,
        *,
        hub: Hub,
        send: Send,
        sign_in: SignIn | None,
        together: bool,
        recheck: Callable[[Any], bool],
    ) -> None:
        self.hub = hub
        self.sign_in = sign_in
        self.together = together
        self.recheck = recheck
        """Whether a user (fetched anew) still has the rights this socket lives by; asked in a thread."""
        self.subscriptions: dict[str, Subscription] = {}
        self.waiter: asyncio.Future[None] | None = None
        """Set while the writer has nothing to do."""
        self._send = send
        self._controls: list[str] = []
        self._closing: tuple[int, str] | None = None
        self._writer: asyncio.Task[None] | None = None

    # --- its life ---
    def open(self, on_end: Callable[[], None]) -> None:
        """Start the writer; ``on_end`` is called when it will write no more."""
        self.hub.sockets.add(self)
        self._writer = asyncio.get_running_loop().create_task(self._write())
        self._writer.add_done_callback(lambda _task: on_end())

    def join(self, topic: Topic) -> Subscription:
        """Follow ``topic`` from its head on, held until `Subscription.seek` or ``release``."""
        subscription = self.subscriptions[topic.name] = Subscription(self, topic)
        topic.subscriptions.add(subscription)
        self.push(frames.hello(topic.name, topic.epoch, topic.head))
        return subscription

    def close(self, code: int, message: str = "") -> None:
        """Close with ``code``, told by an error frame if there is a ``message``; once is enough."""
        if self._closing is not None:
            return
        self._closing = (code, message)
        self.detach()
        if self.waiter is not None:
            self.wake()
        elif self._writer is not None:
            self._writer.cancel()  # it waits for a reader who stands still, or for the database

    @property
    def closing(self) -> int | None:
        """The code it is being closed with, if it is."""
        return self._closing[0] if self._closing else None

    def detach(self) -> None:
        """Leave the hub."""
        self.hub.sockets.discard(self)
        for subscription in self.subscriptions.values():
            subscription.topic.subscriptions.discard(subscription)
            self.hub.leave_soon(subscription.topic)

    async def ended(self) -> None:
        """The connection is gone: leave the hub and stop writing."""
        self.detach()
        if self._writer is not None and not self._writer.done():
            self._closing = None
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._writer

    # --- writing ---
    def push(self, text: str) -> None:
        """Send a frame that is not an event, before the events that are due."""
        if self._closing is None:
            self._controls.append(text)
            if len(self._controls) > CONTROL_LIMIT:
                self.close(codes.TOO_MANY)
            else:
                self.wake()

    def wake(self) -> None:
        """Let the writer look again."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    async def _text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def _write(self) -> None:
        try:
            await self._write_on()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closing is None or task is None:
                raise
            task.uncancel()
        except OSError:
            return  # the peer went away
        if self._closing is not None:
            with contextlib.suppress(OSError, TimeoutError, RuntimeError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._say_goodbye(*self._closing)

    async def _say_goodbye(self, code: int, message: str) -> None:
        if message:
            await self._text(frames.error(str(code), message))
        await self._send({"type": "websocket.close", "code": code})

    async def _write_on(self) -> None:
        loop = asyncio.get_running_loop()
        while self._closing is None:
            while self._controls:
                await self._text(self._controls.pop(0))
            busy = False
            for subscription in list(self.subscriptions.values()):
                if subscription.due:
                    busy = True
                    if subscription.cursor + 1 < subscription.topic.base:
                        await self._catch_up(subscription)
                    else:
                        await self._deliver(subscription)
            if not busy and not self._controls and self._closing is None:
                self.waiter = loop.create_future()
                try:
                    await self.waiter
                finally:
                    self.waiter = None

    async def _deliver(self, subscription: Subscription) -> None:
        # The cursor moves first: while the send waits, `seek` may set it anew.
        texts, subscription.cursor = subscription.topic.batch(
            subscription.cursor, together=self.together
        )
        if subscription.cursor >= subscription.topic.head:
            subscription.catching = False
        for text in texts:
            await self._text(text)

    async def _catch_up(self, subscription: Subscription) -> None:
        """Send what the topic no longer keeps, from the database; reload if it is gone there too."""
        topic, after = subscription.topic, subscription.cursor
        if not subscription.catching:
            # It was live, and more came at one stroke than the topic keeps.
            subscription.seek(after)
            return
        rows = await self._read(topic.name, after)
        if rows is None:
            self.close(codes.TRY_LATER)
            return
        if subscription.cursor != after or not subscription.catching:
            return  # the client asked for something else meanwhile
        if not rows or rows[0].number != after + 1:
            subscription.reload()
            return
        subscription.cursor = rows[-1].number
        subscription.catching = subscription.cursor < topic.head
        subscription.rounds += 1
        if subscription.rounds > CATCH_UP_ROUNDS and subscription.catching:
            self.close(codes.TOO_SLOW)
            return
        texts = [row.frame for row in rows]
        if self.together:
            parts = (
                texts[start : start + BATCH_EVENTS] for start in range(0, len(texts), BATCH_EVENTS)
            )
            texts = [frames.events(part) for part in parts]
        for text in texts:
            await self._text(text)

    async def _read(self, stream: str, after: int) -> list[StoredEvent] | None:
        for _attempt in range(READ_ATTEMPTS):
            try:
                return await self.hub.database(
                    stored_events, stream, after=after, limit=RESUME_LIMIT
                )
            except Exception:
                logger.warning("Missed events could not be read; trying again.")
                await asyncio.sleep(RETRY_SECONDS)
        return None


class Allowance:
    """How much a client may send: ``burst`` frames at once, ``rate`` a second on."""

    __slots__ = ("_at", "_left", "burst", "rate")

    def __init__(self, *, burst: float = 20, rate: float = 5) -> None:
        self.burst = burst
        self.rate = rate
        self._left = burst
        self._at = time.monotonic()

    def take(self) -> float:
        """Use one; what is left, below zero when it was too many."""
        now = time.monotonic()
        self._left = min(self.burst, self._left + (now - self._at) * self.rate) - 1
        self._at = now
        return self._left


def message_for(code: int) -> str:
    """The sentence that goes with a close code, in the active language."""
    return {
        codes.SIGNED_OUT: _("You are not signed in, or no longer."),
        codes.RIGHT_LOST: _("You may not follow this, or no longer."),
        codes.TOO_MANY: _("Too many at once. Try again in a minute."),
        codes.TRY_LATER: _("This is not possible now. Try again in a moment."),
    }.get(code, "")
