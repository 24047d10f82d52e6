"""The hub: one in each process that holds sockets; it knows who follows which stream.

A `Topic` is a stream as this process follows it: one subscription in the channel layer, the frames of
its last events (each encoded once, shared by all), and the subscriptions of sockets. A socket has no
queue of frames but a cursor, the number of the last event it was sent; its queue is what lies between
the cursor and the head, and that is bounded: a reader who is further behind is closed with a code, and
comes back to read from the database. So a slow reader costs nobody anything.

Events may come twice (this process and Redis), late, in the wrong order or not at all; the numbers
put them right. What is missing is fetched from the database.

All state is touched on the server's loop only; other threads come in through `portal.realtime.carrier`.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from channels.layers import get_channel_layer
from django.db import close_old_connections

from portal.realtime import carrier, frames
from portal.realtime.streams import Head, open_stream, stored_events

if TYPE_CHECKING:
    from portal.realtime.sockets import Follower, Socket

logger = logging.getLogger(__name__)
T = TypeVar("T")

RESUME_LIMIT = 300
"""At most so many missed events are repeated; who missed more is told to reload."""
QUEUE_LIMIT = 200
"""A socket that falls more events behind than this is closed as too slow: few enough to be resumed."""
KEPT_EVENTS = 512
"""Frames that a topic keeps for those behind its head."""
KEPT_CHARACTERS = 1_000_000
BATCH_EVENTS = 64
"""At most so many events go into one frame for a socket that takes them together."""
PENDING_LIMIT = 1_000
"""Events that came too early are kept to this number; the database has them all."""
REORDER_SECONDS = 0.02
"""How long a missing number may still be on its way before it is fetched."""
LINGER_SECONDS = 20.0
"""How long a topic without sockets is kept: the next page of the same person wants it again."""
HEARTBEAT_SECONDS = 25.0
RETRY_SECONDS = 1.0
DATABASE_THREADS = 4


class Topic:
    """A stream as this process follows it."""

    __slots__ = (
        "_batches",
        "_characters",
        "base",
        "epoch",
        "fill_task",
        "flushing",
        "head",
        "hub",
        "idle",
        "items",
        "known",
        "lock",
        "name",
        "pending",
        "ready",
        "subscribed",
        "subscriptions",
    )

    def __init__(self, hub: "Hub", name: str) -> None:
        self.hub = hub
        self.name = name
        self.lock = asyncio.Lock()
        self.ready = False
        self.subscribed = False
        self.epoch = ""
        self.head = 0
        self.base = 1
        """The number of the first frame that is kept; head + 1 if none is."""
        self.known = 0
        """The highest number heard of."""
        self.items: list[str] = []
        self.pending: dict[int, str] = {}
        self.subscriptions: set[Follower] = set()
        self.flushing = False
        self.fill_task: asyncio.Task[None] | None = None
        self.idle: asyncio.TimerHandle | None = None
        self._characters = 0
        self._batches: dict[tuple[int, int], str] = {}

    # --- taking in ---
    def start(self, head: Head) -> None:
        """Begin at ``head``; what came while it was read is sorted in."""
        self.epoch, self.head, self.base = head.epoch, head.number, head.number + 1
        self.ready = True
        self._take_pending()

    def offer(self, number: int, frame: str) -> None:
        """Take an event from anywhere: the next is kept and sent, an old one is dropped."""
        if self.ready and number == self.head + 1:
            self._append(frame)
            if self.pending:
                self._take_pending()
            self._flush_soon()
        elif not self.ready or number > self.head:
            if len(self.pending) < PENDING_LIMIT:
                self.pending[number] = frame
            if self.ready:
                self.fill_soon(number)

    def _append(self, frame: str) -> None:
        self.head += 1
        self.items.append(frame)
        self._characters += len(frame)
        self._batches.clear()
        while len(self.items) > KEPT_EVENTS or self._characters > KEPT_CHARACTERS:
            # Dropping one by one from a list of 512 is a memmove of 4 KB: cheap, and simple.
            self._characters -= len(self.items.pop(0))
            self.base += 1

    def _take_pending(self) -> None:
        while (frame := self.pending.pop(self.head + 1, None)) is not None:
            self._append(frame)
        for number in [number for number in self.pending if number <= self.head]:
            del self.pending[number]
        if self.pending:
            self.fill_soon(max(self.pending))

    # --- handing out ---
    def batch(self, after: int, *, together: bool) -> tuple[list[str], int]:
        """Frames that follow ``after``, as they are to be sent, and the number of the last.

        ``together``: the socket takes several events in one frame. That frame is encoded once for
        all who are equally far.
        """
        last = min(self.head, after + BATCH_EVENTS)
        items = self.items[after + 1 - self.base : last + 1 - self.base]
        if not together or len(items) == 1:
            return items, last
        text = self._batches.get((after, last))
        if text is None:
            text = self._batches[after, last] = frames.events(items)
        return [text], last

    def _flush_soon(self) -> None:
        if not self.flushing:
            self.flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self.flushing = False
        head = self.head
        for subscription in list(self.subscriptions):
            subscription.advance(head)

    # --- healing ---
    def fill_soon(self, known: int) -> None:
        """Fetch what is missing up to ``known``, unless it comes by itself in a moment."""
        self.known = max(self.known, known)
        if self.fill_task is None or self.fill_task.done():
            self.fill_task = asyncio.get_running_loop().create_task(self._fill())

    async def _fill(self) -> None:
        await asyncio.sleep(REORDER_SECONDS)
        while self.head < self.known:
            after = self.head
            try:
                rows = await self.hub.database(
                    stored_events, self.name, after=after, limit=KEPT_EVENTS
                )
            except Exception:
                logger.warning("Missed events of a stream could not be read; trying again.")
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not rows:
                return
            if rows[0].number > self.head + 1:
                self.jump(Head(self.epoch, rows[0].number - 1))  # what lay between was pruned
            for row in rows:
                self.offer(row.number, row.frame)

    def jump(self, head: Head) -> None:
        """Go on at ``head``: the stream began again, or what lies between is gone.

        Each socket is sent what the database still has, or told to reload.
        """
        renewed = head.epoch != self.epoch
        self.epoch, self.head, self.base = head.epoch, head.number, head.number + 1
        self.known = head.number
        self.items.clear()
        self._batches.clear()
        self.pending.clear()
        self._characters = 0
        for subscription in list(self.subscriptions):
            subscription.topic_jumped(renewed=renewed)

    def compare(self, head: Head) -> None:
        """The relay's look at what the database says: heal what was lost on the way."""
        if not self.ready:
            return
        if head.epoch != self.epoch or head.number < self.head:
            self.jump(head)
        elif head.number > self.head:
            self.fill_soon(head.number)


class Hub:
    """The topics and sockets of this process (see the module)."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}
        self.sockets: set[Socket] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._threads: ThreadPoolExecutor | None = None
        self._channel: str | None = None

    @property
    def running(self) -> bool:
        """Whether it was started."""
        return bool(self._tasks)

    async def start(self) -> None:
        """Begin to take announcements, on the running loop."""
        if self.running:
            return
        self._threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="realtime-db")
        loop = asyncio.get_running_loop()
        carrier.local.bind(loop, self.receive)
        self._tasks = [loop.create_task(self._heartbeats(), name="realtime-heartbeat")]
        if carrier.layer_is_shared():
            self._tasks.append(loop.create_task(self._listen(), name="realtime-listen"))

    async def stop(self) -> None:
        """End all that `start` began; the sockets are closed by the server."""
        carrier.local.release(self.receive)
        pending = [*self._tasks]
        for topic in self.topics.values():
            if topic.idle:
                topic.idle.cancel()
            if topic.fill_task:
                pending.append(topic.fill_task)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        self._tasks = []
        self.topics.clear()
        self._channel = None
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    async def database(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run a function that uses the database, in a thread of the hub's own."""

        def call() -> T:
            close_old_connections()
            try:
                return function(*args, **kwargs)
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    # --- events ---
    def receive(self, announcement: carrier.Announcement) -> None:
        """Take committed events (on the loop); streams that nobody here follows are dropped."""
        for stream, batch in announcement.items():
            topic = self.topics.get(stream)
            if topic is not None:
                for number, frame in batch:
                    topic.offer(number, frame)

    async def _listen(self) -> None:
        """Take what other processes announce through the channel layer."""
        layer = get_channel_layer()
        while True:
            try:
                if self._channel is None:
                    self._channel = await layer.new_channel("quad.hub.")
                    await self.subscribe_again()
                message = await layer.receive(self._channel)
                self.receive({message["stream"]: message["events"]})
            except asyncio.CancelledError:
                raise
            except Exception as error:
                logger.warning("The channel layer is away: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def subscribe_again(self) -> None:
        """Subscribe the topics whose subscription failed while the channel layer was away."""
        for topic in list(self.topics.values()):
            if not topic.subscribed:
                async with topic.lock:
                    await self._subscribe(topic)

    async def _subscribe(self, topic: Topic) -> None:
        if topic.subscribed or self._channel is None:
            return
        try:
            await get_channel_layer().group_add(carrier.group_name(topic.name), self._channel)
        except Exception as error:
            # The socket is served all the same: the relay looks into the database.
            logger.warning("A stream could not be subscribed: %s", type(error).__name__)
        else:
            topic.subscribed = True

    async def follow(self, name: str) -> Topic:
        """The topic of a stream: subscribed first, then its head read, once for all who ask."""
        topic = self.topics.get(name)
        if topic is None:
            topic = self.topics[name] = Topic(self, name)
        if topic.idle is not None:
            topic.idle.cancel()
            topic.idle = None
        async with topic.lock:
            if not topic.ready:
                try:
                    await self._subscribe(topic)
                    topic.start(await self.database(open_stream, name))
                except BaseException:
                    self.leave_soon(topic)
                    raise
        return topic

    def leave_soon(self, topic: Topic) -> None:
        """Drop the topic after a while, if no socket follows it then."""
        if not topic.subscriptions and topic.idle is None and self.running:
            topic.idle = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._drop, topic)

    def _drop(self, topic: Topic) -> None:
        topic.idle = None
        if topic.subscriptions or topic.lock.locked() or self.topics.get(topic.name) is not topic:
            return
        del self.topics[topic.name]
        if topic.subscribed:
            asyncio.get_running_loop().create_task(self._unsubscribe(topic))

    async def _unsubscribe(self, topic: Topic) -> None:
        if topic.name in self.topics or self._channel is None:
            return  # somebody follows it again
        with contextlib.suppress(Exception):
            group = carrier.group_name(topic.name)
            await get_channel_layer().group_discard(group, self._channel)
            if topic.name in self.topics:
                await get_channel_layer().group_add(group, self._channel)

    # --- the relay's part ---
    def followed(self) -> list[str]:
        """The names of the streams that are followed here."""
        return [name for name, topic in self.topics.items() if topic.ready]

    def compare(self, heads: dict[str, Head], asked: Iterable[str]) -> None:
        """Heal every topic of ``asked`` that is not where the database says it should be."""
        for name in asked:
            topic = self.topics.get(name)
            if topic is not None and name in heads:
                topic.compare(heads[name])

    # --- heartbeat ---
    async def _heartbeats(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for count, topic in enumerate(list(self.topics.values())):
                text = frames.heartbeat(topic.name, topic.head)
                for subscription in list(topic.subscriptions):
                    subscription.beat(text)
                if count % 100 == 99:
                    await asyncio.sleep(0)  # let events pass between


hub = Hub()
"""The hub of this process."""
