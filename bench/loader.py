"""A load generator for machines without wrk: kept-alive connections on asyncio and httptools.

It prints what wrk prints, as far as ``bench.tools`` reads it. It shares a processor with the server
and reaches less than wrk does, which the ratios bear and absolute numbers do not.
"""

import argparse
import asyncio
import time
from urllib.parse import urlsplit

import httptools


class Connection(asyncio.Protocol):
    """Asks again as soon as an answer is whole."""

    def __init__(self, request: bytes, tally: "Tally") -> None:
        self.request, self.tally = request, tally

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Send the request with a new parser for its answer."""
        self.parser = httptools.HttpResponseParser(self)
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.tally.latencies.append(time.perf_counter() - self.began)
        if self.parser.get_status_code() >= 400:
            self.tally.failed += 1
        if time.perf_counter() < self.tally.end:
            self.ask()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self.tally.failed += 1
        self.tally.open -= 1
        if not self.tally.open:
            self.tally.done.set()


class Tally:
    """What all connections saw together."""

    def __init__(self, end: float, connections: int) -> None:
        self.end, self.open = end, connections
        self.latencies: list[float] = []
        self.failed = 0
        self.done = asyncio.Event()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", type=int, default=8)
    parser.add_argument("-d", type=lambda text: float(text.rstrip("s")), default=4.0)
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("url")
    options = parser.parse_args()
    address = urlsplit(options.url)
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    lines = [f"GET {target} HTTP/1.1", f"Host: {address.netloc}", *options.H, "", ""]
    began = time.perf_counter()
    tally = Tally(began + options.d, options.c)
    loop = asyncio.get_running_loop()
    for _ in range(options.c):
        await loop.create_connection(
            lambda: Connection("\r\n".join(lines).encode(), tally), address.hostname, address.port
        )
    await tally.done.wait()
    spent = time.perf_counter() - began
    ordered = sorted(tally.latencies)
    for share in (50, 99):
        print(f"  {share}% {ordered[int(len(ordered) * share / 100)] * 1000:.2f}ms")
    print(f"  {len(ordered)} requests in {spent:.2f}s")
    if tally.failed:
        print(f"  Non-2xx or 3xx responses: {tally.failed}")
    print(f"Requests/sec: {len(ordered) / spent:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
