"""Many who ask at one moment: over HTTP from asyncio, or from helper processes of many threads."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bench import tools
from bench.figures import Figure, median


class Helper:
    """A process that does without HTTP what it is told, a JSON object a line (``bench/service.py``)."""

    def __init__(self, env: tools.Env, module: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=tools.ROOT,
            env=env,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def tell(self, do: str, **facts: Any) -> None:
        """One line there; :meth:`hear` must follow."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": do, **facts}) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        """The line that comes back. Raises RuntimeError with what went wrong there."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("The helper ended.")
        answer = json.loads(line)
        if "broken" in answer:
            raise RuntimeError(answer["broken"])
        return answer["done"]

    def ask(self, do: str, **facts: Any) -> Any:
        """One line there, one line back."""
        self.tell(do, **facts)
        return self.hear()


@contextlib.contextmanager
def helpers(env: tools.Env, module: str, number: int = 1) -> Iterator[list[Helper]]:
    """Helpers that end with the block."""
    made = [Helper(env, module) for _ in range(number)]
    try:
        yield made
    finally:
        for one in made:
            one.process.kill()
        for one in made:
            one.process.wait(10)


def all_at_once(crowd: Sequence[Helper], do: str, **facts: Any) -> list[Any]:
    """Have every helper do the same from one moment on, a little ahead (``at``, seconds of the clock)."""
    at = time.time() + 0.05
    for one in crowd:
        one.tell(do, at=at, **facts)
    return [one.hear() for one in crowd]


async def _one(port: int, start: asyncio.Event, ready: asyncio.Semaphore, request: bytes) -> int:
    """Connect, wait for the start, ask, read the answer; gives its status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ready.release()
    await start.wait()
    writer.write(request)
    status = await read_answer(reader)
    writer.close()
    return status


async def read_answer(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end; gives its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = next(
        int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length")
    )
    await reader.readexactly(length)
    return int(lines[0].split()[1])


async def _parallel(port: int, requests: list[bytes]) -> tuple[float, Counter[int]]:
    start, ready = asyncio.Event(), asyncio.Semaphore(0)
    tasks = [asyncio.create_task(_one(port, start, ready, request)) for request in requests]
    for _ in requests:
        await ready.acquire()
    began = time.perf_counter()
    start.set()
    statuses = await asyncio.gather(*tasks)
    return time.perf_counter() - began, Counter(statuses)


def parallel(port: int, requests: list[bytes]) -> tuple[float, Counter[int]]:
    """All requests at once, each on a connection of its own: seconds until the last answer, and statuses."""
    return asyncio.run(_parallel(port, requests))


async def _devices(port: int, queues: list[list[bytes]]) -> tuple[float, Counter[int]]:
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in queues]
    seen: Counter[int] = Counter()

    async def work(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, queue: list[bytes]
    ) -> None:
        for request in queue:
            writer.write(request)
            seen[await read_answer(reader)] += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(
        *(work(*pair, queue) for pair, queue in zip(connections, queues, strict=True))
    )
    return time.perf_counter() - began, seen


def devices(port: int, queues: list[list[bytes]]) -> tuple[float, Counter[int]]:
    """Each queue on a kept connection of its own, one request after the other: seconds, and statuses."""
    return asyncio.run(_devices(port, queues))


def hold(state: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Raise unless a rush ended as it must."""
    found = {name: state[name] for name in wanted}
    if found != wanted:
        raise RuntimeError(f"The rush ended with {found}, not {wanted}.")


def overbooked(found: list[int], places: int, run: str) -> Figure:
    """The figure of the control: how many came into so many ``places`` without the lock."""
    return Figure(
        name="Control: the lock taken away",
        value=median(found),
        unit=f"in {places} places",
        limit_name="with the lock",
        limit_value=places,
        ratio=median(found) / places,
        target="over-booked, which the lock keeps from happening",
        met=median(found) > places,
        run=run,
    )


def post(path: str, token: str, body: bytes) -> bytes:
    """One POST of JSON."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
