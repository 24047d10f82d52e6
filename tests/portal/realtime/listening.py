"""A client of sockets for tests: frames, events, how it was closed."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.portal.realtime.conftest import Site

SOON = 6.0


async def frame(ws: ClientConnection, within: float = SOON) -> dict[str, Any]:
    """The next frame that is not a heartbeat."""
    async with asyncio.timeout(within):
        while True:
            received: dict[str, Any] = json.loads(await ws.recv())
            if received["type"] != "heartbeat":
                return received


async def events(ws: ClientConnection, count: int, within: float = SOON) -> list[dict[str, Any]]:
    """The next ``count`` events; frames of other kinds must not come between."""
    received: list[dict[str, Any]] = []
    while len(received) < count:
        got = await frame(ws, within)
        assert got["type"] in {"event", "events"}, got
        received += got["events"] if got["type"] == "events" else [got]
    return received


async def close_code(ws: ClientConnection, within: float = SOON) -> int | None:
    """Read until the server closes; the code."""
    try:
        async with asyncio.timeout(within):
            while True:
                await ws.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


async def silent(ws: ClientConnection, seconds: float = 1.2) -> bool:
    """Whether nothing comes for a while."""
    try:
        await frame(ws, seconds)
    except TimeoutError:
        return True
    return False


async def told(site: Site, what: str, **arguments: Any) -> Any:
    """`Site.do` beside the loop."""
    return await asyncio.to_thread(site.do, what, **arguments)


def numbers(received: list[dict[str, Any]]) -> list[int]:
    return [event["n"] for event in received]


def run(test: Callable[[], Awaitable[None]]) -> None:
    """Run a test's own coroutine to its end."""
    asyncio.run(test())  # type: ignore[arg-type]
