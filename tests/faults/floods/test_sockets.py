"""Sockets that lie: closed with a code that says why, while those of others live on."""

import json
import os
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.floods.conftest import Server
from tests.faults.floods.raw import PING, TEXT, Line, frame
from tests.portal.realtime.conftest import Site

pytestmark = pytest.mark.large
MB = 2**20
PINGS = b'{"type":"ping"}'
COMPRESSED = 64


@pytest.fixture(scope="session")
def people(site: Site) -> tuple[int, int]:
    """One who lies and one who does not."""
    return site.do("user"), site.do("user")


@pytest.fixture
def liar(socket_server: Server, site: Site, people: tuple[int, int]) -> Iterator[Line]:
    """An open socket; beside it another one that is unharmed afterwards."""
    with unharmed(socket_server, site, people[1]), socket_server.connect(40) as line:
        yield line.upgrade(site.do("token", user=people[0]))


@contextmanager
def unharmed(server: Server, site: Site, person: int) -> Iterator[None]:
    """Somebody's socket, which answers and hears its events after the block as before, memory bounded."""
    before = server.forget_peak()
    with server.connect() as other:
        other.upgrade(site.do("token", user=person))
        other.send(frame(PINGS))
        assert other.frame() == (TEXT, b'{"type":"pong"}')
        yield
        other.send(frame(PINGS))
        began = time.monotonic()
        while other.frame() != (TEXT, b'{"type":"pong"}'):
            assert time.monotonic() - began < 20
        site.do("publish", user=person)
        while True:
            opcode, words = other.frame()
            assert opcode != -1
            if opcode == TEXT and json.loads(words)["type"] == "event":
                break
    assert server.peak() - before < 16 * MB


LIES = {
    "a length of 1 GB": (frame(b"a" * 1000, length=2**30), {1009}),
    "a length of 2⁶³": (frame(b"a" * 1000, length=2**63 - 1), {1009, 1002}),
    "a frame of 1 MB": (frame(b"a" * MB), {1009}),
    "bytes of 1 MB": (frame(b"a" * MB, 2), {1009}),
    "bad UTF-8": (frame(b"\xff\xfe{}"), {1007}),
    "half a character": (frame('"ن"'.encode()[:2]), {1007}),
    "a surrogate": (frame(b"\xed\xa0\x80"), {1007}),
    "no mask": (frame(PINGS, masked=False), {1002}),
    "an unknown opcode": (frame(PINGS, 5), {1002}),
    "a reserved bit": (frame(PINGS, reserved=32), {1002}),
    "compressed, which was not agreed": (frame(PINGS, reserved=COMPRESSED), {1002}),
    "a bomb of 100 MB": (
        frame(zlib.compress(b"\0" * 100 * MB)[2:-4], reserved=COMPRESSED),
        {1002, 1009},
    ),
    "a ping of 1 KB": (frame(b"a" * 1000, PING), {1002}),
    "a ping in parts": (frame(b"a", PING, fin=False), {1002}),
    "a part of nothing": (frame(b"a", 0), {1002}),
    "a message in a message": (frame(b"a", fin=False) + frame(b"a"), {1002}),
    "a close with half a code": (frame(b"\x03", 8), {1002}),
    "a close with a forged code": (frame(b"\x03\xee", 8), {1002}),
}


@pytest.mark.parametrize("what", LIES)
def test_m9_a_lie_ends_the_socket_with_a_code(liar: Line, what: str) -> None:
    data, codes = LIES[what]
    for at in range(0, len(data), 65536):
        liar.flood(data[at : at + 65536], 1)
    assert liar.close_code() in codes


def test_m9_compression_is_not_agreed_to(
    socket_server: Server, site: Site, people: tuple[int, int]
) -> None:
    with socket_server.connect() as line:
        line.upgrade(site.do("token", user=people[0]), extensions="permessage-deflate")
        assert b"permessage-deflate" not in line.answer.lower()


@pytest.mark.parametrize("part", [b"", b"a", b"a" * 125])
def test_m9_fragments_without_end_are_cut(liar: Line, part: bytes) -> None:
    liar.send(frame(b"a", fin=False))
    liar.flood(frame(part, 0, fin=False) * 1000, 20_000)
    assert liar.sent < 16 * MB
    assert liar.close_code() == 1009


def test_m8_a_flood_of_messages_is_closed_with_4429(liar: Line) -> None:
    for _ in range(2000):
        if not liar.send(frame(PINGS)):
            break
    assert liar.close_code() == 4429


def test_m8_a_flood_of_messages_in_one_packet(liar: Line) -> None:
    liar.send(frame(PINGS) * 50_000)
    assert liar.close_code() == 4429


def test_m8_answers_to_pings_that_nobody_reads_are_not_kept(liar: Line) -> None:
    """Up to 200 MB of answers, if all were kept."""
    liar.socket.settimeout(10)
    packet = frame(os.urandom(125), PING) * 500
    for _ in range(3000):
        if not liar.send(packet):
            break
    assert liar.sent < 3000 * len(packet), "the server stopped to listen, or hung up"


def test_m8_a_connection_that_only_begins_is_cut(socket_server: Server) -> None:
    """A handshake that never ends is a head that never ends; one with a lie in it is refused."""
    for key in (b"", b"Sec-WebSocket-Key: short\r\n"):
        with socket_server.connect() as line:
            line.send(
                b"GET /ws/notifications/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" + key + b"\r\n"
            )
            assert line.status() == "400"
