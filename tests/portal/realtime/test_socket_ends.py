"""How sockets end, end to end: with the session, the password, the token, the server."""

import asyncio
import signal
import time
from typing import Any

from websockets.asyncio.client import connect

from tests.portal.realtime.conftest import Server, Site
from tests.portal.realtime.listening import (
    close_code,
    events,
    frame,
    numbers,
    run,
    told,
)


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
