"""The load of ``bench.sockets``: many sockets in one process, counting each event on each of them.

It speaks just enough of RFC 6455 to read what a server sends, because a full client library would cost
more than the server under test. Frames are byte for byte the same for all sockets, so each is decoded
once; what is counted (in order, lost, doubled, how late) is counted for every socket.

``python -m bench.socket_load PORT PATH KIND SOCKETS SECONDS WINDOW RATE`` prints one line of JSON. With
``RATE`` 0 events are published as fast as the window allows: at most ``WINDOW`` events of which not all
deliveries have come. Else ``RATE`` a second, whatever comes back.
"""

import asyncio
import base64
import json
import os
import resource
import sys
import time
from array import array
from dataclasses import dataclass, field

import orjson
import uvloop
from channels_redis.pubsub import RedisPubSubChannelLayer

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
DRAIN_SECONDS = 30
PAD = "x" * 120


@dataclass
class Counts:
    """What all sockets saw."""

    deliveries: int = 0
    lost: int = 0
    doubled: int = 0
    closed: int = 0
    frames: int = 0
    lateness: array = field(default_factory=lambda: array("d"))
    decoded: dict[bytes, list[tuple[int, float]]] = field(default_factory=dict)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def events(self, payload: bytes) -> list[tuple[int, float]]:
        """Numbers and times of the events in a frame; decoded once for all sockets."""
        found = self.decoded.get(payload)
        if found is None:
            if len(self.decoded) > 2_000:
                self.decoded.clear()
            frame = orjson.loads(payload)
            several = frame["events"] if frame["type"] == "events" else [frame]
            found = self.decoded[payload] = [
                (each["n"], each["data"]["t"]) for each in several if each["type"] == "event"
            ]
        return found


class Client(asyncio.Protocol):
    """One socket."""

    def __init__(self, counts: Counts, path: str, port: int, joined: asyncio.Future) -> None:
        self.counts, self.path, self.port, self.joined = counts, path, port, joined
        self.buffer = b""
        self.shaken = False
        self.last = -1

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Ask for the upgrade."""
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(HANDSHAKE.format(path=self.path, port=self.port, key=key).encode())

    def data_received(self, data: bytes) -> None:
        """Take frames out of what came."""
        buffer = self.buffer + data if self.buffer else data
        if not self.shaken:
            head, found, buffer = buffer.partition(b"\r\n\r\n")
            if not found:
                self.buffer = head
                return
            if b" 101 " not in head[:20]:
                self.joined.set_exception(ConnectionError(head[:200].decode()))
                return
            self.shaken = True
        at, end = 0, len(buffer)
        while end - at >= 2:
            length, start = buffer[at + 1], at + 2
            if length == 126:
                if end - at < 4:
                    break
                length, start = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                if end - at < 10:
                    break
                length, start = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if end - start < length:
                break
            self.frame(buffer[at] & 15, buffer[start : start + length])
            at = start + length
        self.buffer = buffer[at:]

    def frame(self, opcode: int, payload: bytes) -> None:
        """Count one frame."""
        counts = self.counts
        if opcode == 9:
            self.transport.write(b"\x8a\x80\0\0\0\0" if not payload else pong(payload))
            return
        if opcode != 1:
            return
        if not self.joined.done():
            self.last = orjson.loads(payload)["head"]
            self.joined.set_result(self.last)
            return
        now = time.perf_counter()
        counts.frames += 1
        for number, sent in counts.events(payload):
            if number == self.last + 1:
                self.last = number
            elif number <= self.last:
                counts.doubled += 1
                continue
            else:
                counts.lost += number - self.last - 1
                self.last = number
            counts.deliveries += 1
            counts.lateness.append(now - sent)
        if not counts.moved.is_set():
            counts.moved.set()

    def connection_lost(self, error: Exception | None) -> None:
        """A server that closes is counted."""
        self.counts.closed += 1
        if not self.joined.done():
            self.joined.set_exception(ConnectionError("closed"))


def pong(payload: bytes) -> bytes:
    """A pong with the mask that clients must use (all zero: it changes nothing)."""
    return bytes([0x8A, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


def text_frame(text: bytes) -> bytes:
    """A masked text frame of a client."""
    head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else b"\x81\xfe"
    size = b"" if len(text) < 126 else len(text).to_bytes(2, "big")
    return head + size + b"\0\0\0\0" + text


class Publisher:
    """Publishes events the way each kind is published to, from this process."""

    def __init__(self, kind: str, port: int) -> None:
        self.kind, self.port = kind, port
        self.layer = RedisPubSubChannelLayer(hosts=[os.environ["REDIS_URL"]])
        self.raw: Client | None = None

    async def open(self) -> None:
        """Connect what is needed."""
        if self.kind == "raw":
            self.raw = await connect(Counts(), "/", self.port)

    async def publish(self, number: int) -> None:
        """One event with the time of now."""
        event = {
            "type": "event",
            "stream": "bench:0",
            "n": number,
            "event": "bench.sent",
            "data": {"t": time.perf_counter(), "text": PAD},
            "at": "2026-01-01T00:00:00+00:00",
        }
        if self.kind == "ours":
            # As portal.realtime.carrier sends it after the commit.
            text = orjson.dumps(event).decode()
            message = {"type": "quad.events", "stream": "bench:0", "events": [(number, text)]}
            await self.layer.group_send("quad.stream.bench.0", message)
        elif self.kind == "plain":
            await self.layer.group_send("bench", {"type": "bench.event", "event": event})
        else:
            assert self.raw
            self.raw.transport.write(text_frame(orjson.dumps(event)))
            await asyncio.sleep(0)


async def connect(counts: Counts, path: str, port: int) -> Client:
    """One socket, joined."""
    loop = asyncio.get_running_loop()
    joined = loop.create_future()
    _transport, client = await loop.create_connection(
        lambda: Client(counts, path, port, joined), "127.0.0.1", port
    )
    await asyncio.wait_for(joined, 30)
    return client


async def many(counts: Counts, paths: list[str], port: int) -> list[Client]:
    """Sockets on ``paths``, fifty at a time."""
    clients: list[Client] = []
    for start in range(0, len(paths), 50):
        part = paths[start : start + 50]
        clients += await asyncio.gather(*(connect(counts, path, port) for path in part))
    return clients


async def run(
    port: int, path: str, kind: str, sockets: int, seconds: float, window: int, rate: float
) -> dict:
    """Publish for ``seconds`` and count until all has come."""
    counts = Counts()
    clients = await many(counts, [path] * sockets, port)
    publisher = Publisher(kind, port)
    await publisher.open()
    await asyncio.sleep(1.2)  # past the time in which a client may resume
    first = number = clients[0].last + 1
    began = time.perf_counter()
    end = began + seconds
    while (now := time.perf_counter()) < end:
        if rate:
            ahead = began + (number - first) / rate - now
            if ahead > 0:
                await asyncio.sleep(ahead)
        else:
            while (number - first - window) * sockets >= counts.deliveries + counts.lost:
                counts.moved.clear()
                try:
                    await asyncio.wait_for(counts.moved.wait(), 5)
                except TimeoutError:
                    break
        await publisher.publish(number)
        number += 1
    published = number - first
    last = counts.deliveries
    deadline = time.perf_counter() + DRAIN_SECONDS
    finished = time.perf_counter()
    while counts.deliveries + counts.lost < published * sockets:
        await asyncio.sleep(0.02)
        if counts.deliveries != last:
            last, finished = counts.deliveries, time.perf_counter()
        elif time.perf_counter() > min(deadline, finished + 8):
            break
    lateness = sorted(counts.lateness)
    for client in clients:
        client.transport.abort()
    return {
        "published": published,
        "deliveries": counts.deliveries,
        "missing": published * sockets - counts.deliveries,
        "doubled": counts.doubled,
        "closed": counts.closed,
        "frames": counts.frames,
        "per_second": counts.deliveries / (max(finished, end) - began),
        "p50": lateness[len(lateness) // 2] * 1000 if lateness else 0.0,
        "p99": lateness[int(len(lateness) * 0.99)] * 1000 if lateness else 0.0,
    }


async def idle(port: int, path: str, sockets: int) -> None:
    """Hold idle sockets, each at an address of its own, until the standard input ends."""
    await many(Counts(), [f"{path}{number}/" for number in range(1, sockets + 1)], port)
    await asyncio.sleep(2)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Read the arguments (see the module)."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    port, path, kind, sockets = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    if kind == "idle":
        uvloop.run(idle(port, path, sockets))
        return
    seconds, window, rate = float(sys.argv[5]), int(sys.argv[6]), float(sys.argv[7])
    print(json.dumps(uvloop.run(run(port, path, kind, sockets, seconds, window, rate))))


if __name__ == "__main__":
    main()
