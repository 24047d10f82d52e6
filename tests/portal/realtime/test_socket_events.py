"""Events by sockets end to end: real servers, another process that writes, a real client."""

import asyncio
import json
import socket as sockets

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.portal.realtime.conftest import Server, Site
from tests.portal.realtime.listening import (
    events,
    frame,
    numbers,
    run,
    silent,
    told,
)


def test_n1_what_is_stored_by_another_process_comes_live_and_a_rollback_does_not(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        async with connect(server.address(f"?token={token}")) as ws:
            hello = await frame(ws)
            assert (hello["type"], hello["stream"], hello["head"]) == (
                "hello",
                f"user:{person}",
                0,
            )
            await ws.send('{"type":"resume","last":0}')
            await told(embedded, "publish_and_roll_back", user=person)
            await told(embedded, "publish", user=person, count=2)
            received = await events(ws, 2)
            assert numbers(received) == [1, 2]
            assert received[0]["event"] == "notification.created"
            assert received[0]["data"]["title"] == "Title 0"
            assert await silent(ws)

    run(test)


def test_n1_what_was_missed_comes_once_then_live(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        await told(embedded, "publish", user=person, count=5)
        async with connect(server.address(f"?token={token}&last=2")) as ws:
            assert (await frame(ws))["head"] == 5
            assert numbers(await events(ws, 3)) == [3, 4, 5]
            await told(embedded, "publish", user=person)
            assert numbers(await events(ws, 1)) == [6]
            assert await silent(ws)

    run(test)


@pytest.mark.parametrize("batch", ["", "&batch=1"])
def test_resumes_once_and_in_order_while_events_are_published(
    embedded: Site, server: Server, person: int, batch: str
) -> None:
    """Cut again and again at any moment: the numbers that came are 1, 2, 3 … to the last."""
    total = 240

    async def test() -> None:
        token = await told(embedded, "token", user=person)
        writer = asyncio.create_task(
            told(embedded, "publish", user=person, count=total, pause=0.01)
        )
        seen: list[int] = []
        cuts = 0
        while len(seen) < total:
            # Unread frames past a client's limit would hide the answer to its own goodbye for ten seconds.
            address = server.address(f"?token={token}{batch}")
            async with connect(address, max_queue=None) as ws:
                hello = await frame(ws)
                await ws.send(
                    json.dumps({"type": "resume", "last": len(seen), "epoch": hello["epoch"]})
                )
                wanted = min(total - len(seen), 17)
                seen += numbers(await events(ws, wanted))
                cuts += 1
        await writer
        assert seen == list(range(1, total + 1))
        assert cuts > 5

    run(test)


def test_another_persons_event_never_comes(embedded: Site, server: Server, person: int) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        other = await told(embedded, "user")
        async with connect(server.address(f"?token={token}&last=0")) as ws:
            await frame(ws)
            await told(embedded, "publish", user=other, count=3)
            await ws.send(json.dumps({"type": "resume", "stream": f"user:{other}", "last": 0}))
            assert (await frame(ws))["code"] == "unknown_stream"
            await told(embedded, "publish", user=person)
            received = await events(ws, 1)
            assert received[0]["stream"] == f"user:{person}"
            assert await silent(ws)

    run(test)


def test_who_missed_too_much_or_has_another_epoch_is_told_to_reload(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        await told(embedded, "publish", user=person, count=301)
        for query in ("last=0", "last=300&epoch=another", "last=999"):
            async with connect(server.address(f"?token={token}&{query}")) as ws:
                await frame(ws)
                reload = await frame(ws)
                assert (reload["type"], reload["head"]) == ("reload", 301), query
                assert await silent(ws, 0.3), "nothing of what is old follows a reload"
        async with connect(server.address(f"?token={token}&last=1&batch=1")) as ws:
            await frame(ws)
            assert numbers(await events(ws, 300)) == list(range(2, 302))

    run(test)


def test_who_is_older_than_what_is_kept_is_told_to_reload(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        await told(embedded, "publish", user=person, count=10)
        await told(embedded, "forget_events", user=person, up_to=6)
        async with connect(server.address(f"?token={token}&last=3")) as ws:
            await frame(ws)
            assert (await frame(ws))["type"] == "reload"
        async with connect(server.address(f"?token={token}&last=6")) as ws:
            await frame(ws)
            assert numbers(await events(ws, 4)) == [7, 8, 9, 10]

    run(test)


def test_a_new_epoch_reaches_connected_sockets(embedded: Site, server: Server, person: int) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        async with connect(server.address(f"?token={token}&last=0")) as ws:
            hello = await frame(ws)
            await told(embedded, "renew_epochs")
            reload = await frame(ws)
            assert reload["type"] == "reload"
            assert reload["epoch"] != hello["epoch"]

    run(test)


def test_a_slow_reader_is_closed_with_a_code_and_loses_nothing(
    embedded: Site, server: Server, person: int
) -> None:
    count = 60

    async def test() -> None:
        token = await told(embedded, "token", user=person)
        narrow = sockets.socket()
        narrow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 65_536)
        narrow.connect(("127.0.0.1", server.port))
        narrow.setblocking(False)
        other = await told(embedded, "token", user=person)
        async with (
            connect(
                server.address(f"?token={token}&last=0"),
                sock=narrow,
                max_queue=1,
                ping_interval=None,
            ) as slow,
            connect(server.address(f"?token={other}&last=0")) as quick,
        ):
            await frame(slow)
            await frame(quick)
            writer = asyncio.create_task(
                told(embedded, "publish", user=person, count=count, size=200_000, pause=0.1)
            )
            assert numbers(await events(quick, count, 20)) == list(range(1, count + 1))
            await writer
            seen: list[int] = []
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    seen += numbers(await events(slow, 1))
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4408
        assert len(seen) < count
        async with connect(server.address(f"?token={token}&last={len(seen)}")) as again:
            await frame(again)
            seen += numbers(await events(again, count - len(seen)))
        assert seen == list(range(1, count + 1))

    run(test)
