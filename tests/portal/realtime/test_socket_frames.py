"""The way in to a socket, and what may be said there: real servers, a real client."""

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.portal.realtime.conftest import Server, Site
from tests.portal.realtime.listening import close_code, events, frame, numbers, run, told


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
