"""Heads of requests that flood, never end or come drop by drop: answered by 4xx or cut, and others served."""

import time

import pytest

from portal import front
from tests.faults.floods.conftest import Server
from tests.faults.floods.raw import CLOSED

pytestmark = pytest.mark.large
BEGIN = b"GET /en/account/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
MOST = 24 * 1024 * 1024
REFUSED = {"400", "414", "431", CLOSED}

WHOLE = {
    "1,000 headers": BEGIN + b"".join(b"X-%d: a\r\n" % n for n in range(1000)) + b"\r\n",
    "100,000 headers": BEGIN + b"X: a\r\n" * 100_000 + b"\r\n",
    "a header of 1 MB": BEGIN + b"X: " + b"a" * 2**20 + b"\r\n\r\n",
    "a name of 1 MB": BEGIN + b"X" * 2**20 + b": a\r\n\r\n",
    "a cookie of 1 MB": BEGIN + b"Cookie: sessionid=" + b"a" * 2**20 + b"\r\n\r\n",
    "20,000 cookies": BEGIN + b"Cookie: " + b"a=b; " * 200_000 + b"\r\n\r\n",
    "an address of 1 MB": BEGIN.replace(b"login/", b"login/" + b"a" * 2**20) + b"\r\n",
    "a query of 1 MB": BEGIN.replace(b"login/", b"login/?" + b"a" * 2**20) + b"\r\n",
    "a method of 1 MB": b"G" * 2**20 + BEGIN + b"\r\n",
    "no HTTP": b"\x16\x03\x01" + b"a" * 2**20,
}
"""Heads that are whole, and too large."""

ENDLESS = {
    "headers without end": (BEGIN, b"X-Header: aaaaaaaa\r\n" * 1000),
    "a value without end": (BEGIN + b"X: ", b"a" * 20_000),
    "an address without end": (b"GET /", b"a" * 20_000),
    "empty lines without end": (b"", b"\r\n" * 10_000),
}


@pytest.mark.parametrize("what", WHOLE)
def test_a_head_that_is_too_large_is_refused(server: Server, what: str) -> None:
    with server.connect() as line:
        line.flood(WHOLE[what][:4096], 1)
        for at in range(4096, len(WHOLE[what]), 65536):
            line.flood(WHOLE[what][at : at + 65536], 1)
        assert line.status() in REFUSED


@pytest.mark.parametrize("what", ENDLESS)
def test_a_head_without_end_is_cut_and_not_kept(server: Server, what: str) -> None:
    first, more = ENDLESS[what]
    before = server.forget_peak()
    with server.connect() as line:
        line.send(first)
        line.flood(more, MOST // len(more))
        assert line.sent < MOST, "it was refused before its end"
        assert line.status() in REFUSED
    assert server.peak() - before < 8 * 2**20


def test_heads_drop_by_drop_are_cut_and_hold_nobody_up(server: Server) -> None:
    """More of them than the server has threads; meanwhile others are served at once."""
    began = time.monotonic()
    slow = [server.connect(60) for _ in range(60)]
    for line in slow[:50]:
        line.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
    server.serves()
    while time.monotonic() - began < front.HEAD_SECONDS - 4:
        for line in slow[:50]:
            line.send(b"a")
        time.sleep(1)
    asked = time.monotonic()
    server.serves()
    assert time.monotonic() - asked < 5
    for line in slow[:50]:
        assert line.status() in {"408", CLOSED}
        line.seconds_until_end()
    lasted = time.monotonic() - began
    assert lasted < front.HEAD_SECONDS + 15, "granian waits as long, by deploy/entrypoint"
    for line in slow:
        line.socket.close()


def test_control_a_head_within_the_bounds_is_served(server: Server) -> None:
    """Some 40 headers and 12 KB of cookies, in pieces: what a browser behind proxies may send."""
    with server.connect() as line:
        line.send(BEGIN[:30])
        time.sleep(0.3)
        line.send(BEGIN[30:])
        line.send(b"".join(b"X-%d: %s\r\n" % (n, b"a" * 100) for n in range(40)))
        line.send(b"Cookie: " + b"; ".join(b"c%d=%s" % (n, b"a" * 1000) for n in range(12)))
        line.send(b"\r\n\r\n")
        assert line.status() == "200"
