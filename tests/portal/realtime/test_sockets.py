"""Sockets end to end: real servers, another process that writes, a real client."""

import asyncio
import json
import signal
import socket as sockets
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.portal.realtime.conftest import Redis, Server, Site

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


@pytest.fixture
def person(embedded: Site) -> int:
    """A new user."""
    return int(embedded.do("user"))


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]


# --- events ---------------------------------------------------------------------------------------
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


# --- the way in -----------------------------------------------------------------------------------
def test_m9_a_token_as_subprotocol_is_answered_by_its_scheme(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        async with connect(server.address(), subprotocols=["bearer", token]) as ws:
            assert ws.subprotocol == "bearer"
            assert (await frame(ws))["type"] == "hello"

    run(test)


def test_m9_no_bad_or_ended_sign_in_is_closed_with_4401(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        await told(embedded, "end_sessions", user=person)
        for query in ("", "?token=nonsense", f"?token={token}"):
            async with connect(server.address(query)) as ws:
                assert (await frame(ws))["type"] == "error"
                assert await close_code(ws) == 4401, query

    run(test)


def test_m9_the_sites_session_needs_an_origin_of_its_own(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        cookie = {"Cookie": f"sessionid={await told(embedded, 'session', user=person)}"}
        token = await told(embedded, "token", user=person)
        async with connect(server.address(), additional_headers=cookie, origin=server.origin) as ws:
            assert (await frame(ws))["stream"] == f"user:{person}"
        foreign = (
            "https://elsewhere.example",
            f"http://127.0.0.1:{server.port + 1}",
            "null",
            f"http://127.0.0.1.elsewhere.example:{server.port}",
        )
        for origin in foreign:
            for query in ("", f"?token={token}"):
                with pytest.raises(InvalidStatus) as refused:
                    async with connect(
                        server.address(query), additional_headers=cookie, origin=origin
                    ):
                        pass
                assert refused.value.response.status_code == 403, origin
        async with connect(server.address(), additional_headers=cookie) as ws:
            assert await close_code(ws) == 4401, "a cookie without an origin is refused"

    run(test)


def test_o3_the_token_is_not_in_the_log(embedded: Site, server: Server, person: int) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        async with connect(server.address(f"?token={token}")) as ws:
            await frame(ws)
        log = server.log.read_text()
        assert "/ws/notifications/" in log
        assert token not in log
        assert "token=" not in log

    run(test)


def test_an_unknown_address_is_refused_and_not_an_error(server: Server) -> None:
    async def test() -> None:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://127.0.0.1:{server.port}/ws/nothing/"):
                pass
        assert refused.value.response.status_code == 403
        assert "Traceback" not in server.log.read_text()

    run(test)


def test_bad_frames_are_answered_by_errors_and_do_not_end_the_socket(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        async with connect(server.address(f"?token={token}&last=0")) as ws:
            await frame(ws)
            for bad, code in (
                ("no json", "bad_frame"),
                ("[1]", "bad_frame"),
                ('{"type": 7}', "bad_frame"),
                (b"bytes", "bad_frame"),
                ("x" * 20_000, "bad_frame"),
                ('{"type":"fly"}', "unknown_type"),
                ('{"type":"resume"}', "bad_frame"),
                ('{"type":"resume","last":"x"}', "bad_frame"),
                ('{"type":"resume","last":-1}', "bad_frame"),
                ('{"type":"resume","last":0,"stream":"system:sockets"}', "unknown_stream"),
                ('{"type":"resume","last":0,"stream":["a"]}', "unknown_stream"),
            ):
                await ws.send(bad)
                assert (await frame(ws))["code"] == code, bad
            await ws.send('{"type":"ping"}')
            assert await frame(ws) == {"type": "pong"}
            await told(embedded, "publish", user=person)
            assert numbers(await events(ws, 1)) == [1]

    run(test)


def test_m8_too_many_frames_are_refused_by_errors_and_a_flood_closes(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        async with connect(server.address(f"?token={token}")) as ws:
            await frame(ws)
            for _ in range(40):
                await ws.send('{"type":"ping"}')
            answers = [await frame(ws) for _ in range(40)]
            kinds = [answer["type"] for answer in answers]
            assert kinds[0] == "pong"
            assert kinds[-1] == "error"
            assert answers[-1]["code"] == "too_many"
            for _ in range(150):
                await ws.send('{"type":"ping"}')
            assert await close_code(ws) == 4429

    run(test)


# --- the end --------------------------------------------------------------------------------------
def test_p3_the_end_of_one_session_ends_its_sockets_alone(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        first, second = [await told(embedded, "session", user=person) for _ in range(2)]
        async with (
            connect(
                server.address("?last=0"),
                additional_headers={"Cookie": f"sessionid={first}"},
                origin=server.origin,
            ) as ended,
            connect(
                server.address("?last=0"),
                additional_headers={"Cookie": f"sessionid={second}"},
                origin=server.origin,
            ) as stays,
        ):
            await frame(ended)
            await frame(stays)
            await told(embedded, "end_session", user=person, key=first)
            assert await close_code(ended) == 4401
            await told(embedded, "publish", user=person)
            assert numbers(await events(stays, 1)) == [1]
            await told(embedded, "sign_out", key=second)
            assert await close_code(stays) == 4401

    run(test)


def test_p3_a_password_change_or_a_disabled_account_ends_every_socket(
    embedded: Site, server: Server, person: int
) -> None:
    async def test() -> None:
        token = await told(embedded, "token", user=person)
        key = await told(embedded, "session", user=person)
        stranger = await told(embedded, "user")
        strange = await told(embedded, "token", user=stranger)
        async with (
            connect(server.address(f"?token={token}")) as by_token,
            connect(
                server.address(),
                additional_headers={"Cookie": f"sessionid={key}"},
                origin=server.origin,
            ) as by_session,
            connect(server.address(f"?token={strange}&last=0")) as other,
        ):
            for ws in (by_token, by_session, other):
                await frame(ws)
            await told(embedded, "end_sessions", user=person)
            assert await close_code(by_token) == 4401
            assert await close_code(by_session) == 4401
            await told(embedded, "publish", user=stranger)
            assert numbers(await events(other, 1)) == [1]

    run(test)


def test_m9_the_end_of_the_token_is_the_end_of_the_socket(embedded: Site, tmp_path: Any) -> None:
    brief = Site({**embedded.env, "JWT_ACCESS_SECONDS": "4"}, tmp_path)

    async def test(running: Server) -> None:
        user = await told(brief, "user")
        token = await told(brief, "token", user=user)
        async with connect(running.address(f"?token={token}")) as ws:
            assert (await frame(ws))["type"] == "hello"
            assert await close_code(ws, 8) == 4401

    try:
        with brief.serving() as running:
            asyncio.run(test(running))
    finally:
        brief.close()


def test_o2_a_stopped_server_says_so_and_ends_soon(embedded: Site) -> None:
    async def test(running: Server) -> float:
        user = await told(embedded, "user")
        token = await told(embedded, "token", user=user)
        async with connect(running.address(f"?token={token}")) as ws:
            await frame(ws)
            began = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            assert await close_code(ws) == 1012
            await asyncio.to_thread(running.process.wait, 10)
            return time.monotonic() - began

    with embedded.serving() as running:
        assert asyncio.run(test(running)) < 8
        log = running.log.read_text()
        assert "Application shutdown complete" in log
        assert "Traceback" not in log


# --- Redis ----------------------------------------------------------------------------------------
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
