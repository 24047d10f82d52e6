"""Sockets of several processes with Redis between them."""

import asyncio
import threading
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.portal.realtime.conftest import Redis, Server, Site
from tests.portal.realtime.listening import (
    close_code,
    events,
    frame,
    numbers,
    silent,
    told,
)


@pytest.mark.large
def test_events_and_sign_outs_reach_all_processes_through_redis(large: Site) -> None:
    """Two servers and a third process that writes; the relay sleeps in this one."""

    async def test(one: Server, two: Server) -> None:
        user = await told(large, "user")
        token = await told(large, "token", user=user)
        async with (
            connect(one.address(f"?token={token}&last=0")) as first,
            connect(two.address(f"?token={token}&last=0")) as second,
        ):
            await frame(first)
            await frame(second)
            await told(large, "publish", user=user, count=50)
            assert numbers(await events(first, 50)) == list(range(1, 51))
            assert numbers(await events(second, 50)) == list(range(1, 51))
            await told(large, "end_sessions", user=user)
            assert await close_code(first) == 4401
            assert await close_code(second) == 4401

    with large.serving() as one, large.serving() as two:
        asyncio.run(test(one, two))


@pytest.mark.large
def test_what_is_published_while_redis_is_away_comes_and_later_events_too(
    migrated: dict[str, str], redis: Redis, tmp_path: Any
) -> None:
    """Redis is stopped and started: nothing is lost or doubled, handshakes go on, then live again."""
    site = Site({**migrated, "REDIS_URL": redis.url, "REALTIME_RELAY_SECONDS": "1"}, tmp_path)

    async def test(running: Server) -> None:
        user = await told(site, "user")
        token = await told(site, "token", user=user)
        address = running.address(f"?token={token}&last=0")
        async with connect(address) as ws:
            await frame(ws)
            await told(site, "publish", user=user, count=3)
            assert numbers(await events(ws, 3)) == [1, 2, 3]
            redis.stop()
            await told(site, "publish", user=user, count=3)
            assert numbers(await events(ws, 3, 15)) == [4, 5, 6]
            async with connect(address) as during:
                assert (await frame(during))["type"] == "hello"
                assert numbers(await events(during, 6)) == [1, 2, 3, 4, 5, 6]
                redis.start()
                await asyncio.sleep(4)
                await told(site, "publish", user=user, count=3)
                assert numbers(await events(ws, 3, 15)) == [7, 8, 9]
                assert numbers(await events(during, 3, 15)) == [7, 8, 9]
                assert await silent(ws)

    try:
        with site.serving() as running:
            asyncio.run(test(running))
    finally:
        site.close()
        if redis.process is None:
            redis.start()


@pytest.mark.large
def test_a_publisher_in_many_threads_reaches_sockets_in_order(large: Site) -> None:
    """Threads of two processes commit to one stream: what comes is in the order of the numbers."""
    second = Site(large.env, large.folder)

    async def test(running: Server) -> None:
        user = await told(large, "user")
        token = await told(large, "token", user=user)
        async with connect(running.address(f"?token={token}&last=0&batch=1")) as ws:
            await frame(ws)
            writers = [
                threading.Thread(
                    target=site.do, args=("publish",), kwargs={"user": user, "count": 100}
                )
                for site in (large, second)
            ]
            for writer in writers:
                writer.start()
            assert numbers(await events(ws, 200, 15)) == list(range(1, 201))
            for writer in writers:
                await asyncio.to_thread(writer.join)
            assert await silent(ws)

    try:
        with large.serving() as running:
            asyncio.run(test(running))
    finally:
        second.close()
