"""The hub by itself: order, holes, threads, bounds. No database: what it reads is given by hand."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from portal.realtime import carrier, codes, frames, sockets
from portal.realtime import hub as hubs
from portal.realtime.hub import Hub
from portal.realtime.sockets import Socket
from portal.realtime.streams import Head, StoredEvent

STREAM = "user:1"


def text(number: int, size: int = 0) -> str:
    return json.dumps({"type": "event", "n": number, "pad": "x" * size})


class Stored:
    """A database in a dictionary."""

    def __init__(self) -> None:
        self.head = 0
        self.pruned = 0
        self.epoch = "one"
        self.reads = 0
        self.opened = 0

    def open_stream(self, name: str) -> Head:
        self.opened += 1
        return Head(self.epoch, self.head)

    def stored_events(self, stream: str, *, after: int, limit: int) -> list[StoredEvent]:
        self.reads += 1
        first = max(after, self.pruned) + 1
        return [StoredEvent(n, text(n)) for n in range(first, self.head + 1)][:limit]


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Stored:
    """What the hub reads instead of the database."""
    database = Stored()
    monkeypatch.setattr(hubs, "open_stream", database.open_stream)
    monkeypatch.setattr(hubs, "stored_events", database.stored_events)
    monkeypatch.setattr(sockets, "stored_events", database.stored_events)
    monkeypatch.setattr(carrier, "layer_is_shared", lambda: False)
    return database


class Reader:
    """The far end of a socket: keeps what comes, and can stand still."""

    def __init__(self, hub: Hub, *, together: bool = False) -> None:
        self.received: list[dict[str, Any]] = []
        self.closed: int | None = None
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.socket = Socket(
            hub=hub, send=self.send, sign_in=None, together=together, recheck=lambda user: True
        )
        self.socket.open(lambda: None)

    async def send(self, message: dict[str, Any]) -> None:
        await self.flowing.wait()
        if message["type"] == "websocket.close":
            self.closed = message["code"]
        else:
            self.received.append(json.loads(message["text"]))

    @property
    def numbers(self) -> list[int]:
        found: list[int] = []
        for frame in self.received:
            if frame["type"] == "event":
                found.append(frame["n"])
            elif frame["type"] == "events":
                found += [each["n"] for each in frame["events"]]
        return found

    def kinds(self) -> list[str]:
        return [frame["type"] for frame in self.received]


async def until(condition: Callable[[], bool], seconds: float = 3) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def run(test: Callable[[Hub], Awaitable[None]]) -> None:
    """Run ``test`` with a started hub."""

    async def whole() -> None:
        hub = Hub()
        await hub.start()
        try:
            await test(hub)
        finally:
            await hub.stop()

    asyncio.run(whole())


def test_one_subscription_for_all_who_come_at_once(stored: Stored) -> None:
    async def test(hub: Hub) -> None:
        topics = await asyncio.gather(*(hub.follow(STREAM) for _ in range(50)))
        assert len({id(topic) for topic in topics}) == 1
        assert stored.opened == 1

    run(test)


def test_doubles_and_wrong_order_are_put_right_without_the_database(stored: Stored) -> None:
    async def test(hub: Hub) -> None:
        reader = Reader(hub)
        reader.socket.join(await hub.follow(STREAM)).release()
        for number in (1, 1, 3, 4, 2, 2, 4, 5):
            hub.receive({STREAM: [(number, text(number))]})
        await until(lambda: len(reader.numbers) >= 5)
        await asyncio.sleep(0.06)
        assert reader.numbers == [1, 2, 3, 4, 5]
        assert stored.reads == 0

    run(test)


def test_a_hole_is_filled_from_the_database(stored: Stored) -> None:
    async def test(hub: Hub) -> None:
        reader = Reader(hub)
        reader.socket.join(await hub.follow(STREAM)).release()
        stored.head = 4
        hub.receive({STREAM: [(4, text(4))]})
        await until(lambda: len(reader.numbers) >= 4)
        assert reader.numbers == [1, 2, 3, 4]
        assert stored.reads == 1

    run(test)


def test_the_relays_comparison_heals_what_never_came(stored: Stored) -> None:
    async def test(hub: Hub) -> None:
        reader = Reader(hub)
        reader.socket.join(await hub.follow(STREAM)).release()
        stored.head = 3
        hub.compare({STREAM: Head("one", 3)}, hub.followed())
        await until(lambda: len(reader.numbers) >= 3)
        hub.compare({STREAM: Head("one", 3)}, hub.followed())
        await asyncio.sleep(0.06)
        assert reader.numbers == [1, 2, 3]
        assert stored.reads == 1, "nothing is read where nothing is missing"

    run(test)


def test_publishing_from_many_threads_is_safe_and_quick(stored: Stored) -> None:
    async def test(hub: Hub) -> None:
        reader = Reader(hub)
        reader.socket.join(await hub.follow(STREAM)).release()
        lock, count = threading.Lock(), 0

        def publish() -> None:
            nonlocal count
            for _ in range(50):
                with lock:  # as the stream's lock does
                    count += 1
                    number = stored.head = count
                carrier.announce({STREAM: [(number, text(number))]})
                time.sleep(0.0005)

        threads = [threading.Thread(target=publish) for _ in range(4)]
        for thread in threads:
            thread.start()
        await until(lambda: len(reader.numbers) >= 200, 10)
        for thread in threads:
            thread.join()
        assert reader.numbers == list(range(1, 201))

        stored.head, began = 201, time.perf_counter()
        threading.Thread(target=carrier.announce, args=({STREAM: [(201, text(201))]},)).start()
        await until(lambda: len(reader.numbers) > 200)
        assert time.perf_counter() - began < 0.5

    run(test)


def test_events_wait_until_the_client_said_where_it_resumes(stored: Stored) -> None:
    async def test(hub: Hub) -> None:
        stored.head = 5
        reader = Reader(hub)
        subscription = reader.socket.join(await hub.follow(STREAM))
        stored.head = 6
        hub.receive({STREAM: [(6, text(6))]})
        await asyncio.sleep(0.03)
        assert reader.kinds() == ["hello"], "the new one must not come before the old ones"
        subscription.seek(2)
        await until(lambda: len(reader.numbers) >= 4)
        assert reader.numbers == [3, 4, 5, 6]

    run(test)


@pytest.mark.parametrize("together", [False, True])
def test_m8_a_slow_reader_is_closed_and_the_others_do_not_wait(
    stored: Stored, together: bool
) -> None:
    async def test(hub: Hub) -> None:
        slow, quick = Reader(hub, together=together), Reader(hub, together=together)
        topic = await hub.follow(STREAM)
        for reader in (slow, quick):
            reader.socket.join(topic).release()
        await until(lambda: slow.received != [])
        slow.flowing.clear()
        for number in range(1, 2 * hubs.QUEUE_LIMIT + 1):
            stored.head = number
            hub.receive({STREAM: [(number, text(number))]})
            if number % 20 == 0:
                await asyncio.sleep(0.001)
        await until(lambda: len(quick.numbers) == 2 * hubs.QUEUE_LIMIT)
        assert slow.socket.closing == codes.TOO_SLOW
        assert slow.socket not in hub.sockets
        slow.flowing.set()
        await until(lambda: slow.closed is not None)
        assert slow.closed == codes.TOO_SLOW
        assert slow.numbers == list(range(1, len(slow.numbers) + 1))
        assert quick.closed is None

    run(test)


def test_several_events_share_a_frame_only_where_asked(stored: Stored) -> None:
    async def test(hub: Hub) -> None:
        one, many = Reader(hub), Reader(hub, together=True)
        topic = await hub.follow(STREAM)
        for reader in (one, many):
            reader.socket.join(topic).release()
        await until(lambda: bool(one.received and many.received))
        hub.receive({STREAM: [(n, text(n)) for n in range(1, 11)]})
        await until(lambda: len(one.numbers) == len(many.numbers) == 10)
        assert one.kinds() == ["hello", *["event"] * 10]
        assert many.kinds() == ["hello", "events"]

    run(test)


def test_a_topic_keeps_a_bounded_number_of_frames(stored: Stored) -> None:
    async def test(hub: Hub) -> None:
        topic = await hub.follow(STREAM)
        hub.receive({STREAM: [(n, text(n)) for n in range(1, 3_001)]})
        assert len(topic.items) == hubs.KEPT_EVENTS
        assert topic.base == 3_001 - hubs.KEPT_EVENTS
        hub.receive({STREAM: [(n, text(n, 50_000)) for n in range(3_001, 3_101)]})
        assert sum(map(len, topic.items)) <= hubs.KEPT_CHARACTERS

    run(test)


def test_a_burst_greater_than_what_is_kept_is_read_or_reloaded_never_skipped(
    stored: Stored,
) -> None:
    async def test(hub: Hub) -> None:
        reader = Reader(hub)
        reader.socket.join(await hub.follow(STREAM)).release()
        await until(lambda: reader.received != [])
        stored.head = 1_000
        hub.receive({STREAM: [(n, text(n)) for n in range(1, 1_001)]})
        await until(lambda: "reload" in reader.kinds())
        assert reader.numbers == []
        stored.head = 1_001
        hub.receive({STREAM: [(1_001, text(1_001))]})
        await until(lambda: reader.numbers == [1_001])

    run(test)


def test_a_new_epoch_and_a_lower_head_mean_reload(stored: Stored) -> None:
    async def test(hub: Hub) -> None:
        stored.head = 9
        reader = Reader(hub)
        reader.socket.join(await hub.follow(STREAM)).release()
        hub.compare({STREAM: Head("two", 4)}, hub.followed())
        await until(lambda: reader.kinds() == ["hello", "reload"])
        assert (reader.received[1]["epoch"], reader.received[1]["head"]) == ("two", 4)

    run(test)


def test_the_heartbeat_carries_the_head_and_only_to_those_who_have_all(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "HEARTBEAT_SECONDS", 0.05)

    async def test(hub: Hub) -> None:
        stored.head = 7
        calm, held = Reader(hub), Reader(hub)
        topic = await hub.follow(STREAM)
        calm.socket.join(topic).release()
        held.socket.join(topic)
        await until(lambda: "heartbeat" in calm.kinds())
        assert calm.received[-1] == json.loads(frames.heartbeat(STREAM, 7))
        assert held.kinds() == ["hello"]

    run(test)


def test_a_topic_without_sockets_is_dropped_after_a_while(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "LINGER_SECONDS", 0.05)

    async def test(hub: Hub) -> None:
        reader = Reader(hub)
        reader.socket.join(await hub.follow(STREAM)).release()
        await asyncio.sleep(0.1)
        assert STREAM in hub.topics
        await reader.socket.ended()
        assert STREAM in hub.topics, "the next page of the same person finds it"
        await until(lambda: STREAM not in hub.topics)
        assert hub.sockets == set()

    run(test)
