"""What happens to writes while parts of the deployment go away: counted before and after.

Each storm is one rush: people ask for a place in a section by the API, with an Idempotency-Key each, and
something breaks in the middle. Afterwards everybody has one place, one notification, one event and one mail.
"""

import asyncio
import json
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.faults.conftest import PEOPLE, Storm, until

pytestmark = pytest.mark.large


def test_redis_stops_and_comes_back_empty(calm: Storm) -> None:
    people, section = (
        calm.portal.do("students", count=PEOPLE),
        calm.portal.do("section", capacity=PEOPLE),
    )

    def disturb() -> None:
        calm.redis.stop()
        time.sleep(2)
        assert calm.redis.start()

    calm.rush(people, section, disturb, at=6)
    calm.pass_time()
    calm.settle()
    calm.holds(people, section)


def test_postgresql_restarts(calm: Storm) -> None:
    people, section = (
        calm.portal.do("students", count=PEOPLE),
        calm.portal.do("section", capacity=PEOPLE),
    )

    def disturb() -> None:
        calm.database.stop()
        time.sleep(1)
        assert calm.database.start()

    calm.rush(people, section, disturb, at=6)
    calm.pass_time(claims=True)
    calm.settle()
    calm.holds(people, section, uncertain=2)
    assert calm.seen["503"], "whoever asked meanwhile was told to wait"


def test_one_of_two_servers_is_replaced_and_then_killed(calm: Storm) -> None:
    people, section = (
        calm.portal.do("students", count=PEOPLE),
        calm.portal.do("section", capacity=PEOPLE),
    )

    def disturb() -> None:
        calm.running["web-1"].terminate()
        assert calm.running["web-1"].wait(30) == 0
        calm.start("web-1")
        until(lambda: calm.is_ready("web-1"), "the new one is ready")
        calm.kill("web-2")

    calm.rush(people, section, disturb, at=4)
    calm.settle()
    calm.holds(people, section)


def test_a_worker_is_killed_while_it_sends_mails(calm: Storm) -> None:
    people, section = (
        calm.portal.do("students", count=PEOPLE),
        calm.portal.do("section", capacity=PEOPLE),
    )
    calm.mail.seconds, before = 0.2, calm.mail.begun

    def disturb() -> None:
        until(lambda: calm.mail.begun - before >= 4, "mails are being sent")
        calm.kill("worker")

    calm.rush(people, section, disturb, at=6)
    calm.pass_time(claims=True)
    calm.settle()
    state = calm.holds(people, section, uncertain=2)
    assert state["mails"]["sent"] >= PEOPLE - 2


def test_the_mail_server_is_away_and_comes_back(calm: Storm) -> None:
    people, section = (
        calm.portal.do("students", count=PEOPLE),
        calm.portal.do("section", capacity=PEOPLE),
    )
    calm.rush(people, section, calm.mail.stop, at=6)
    users = [person["user"] for person in people]
    until(
        lambda: (
            calm.portal.do("state", section=section, users=users)["mails"].get("pending", 0) > 0
        ),
        "mails wait",
    )
    calm.mail.start()

    def all_sent() -> bool:
        calm.pass_time()
        return bool(
            calm.portal.do("state", section=section, users=users)["mails"] == {"sent": PEOPLE}
        )

    until(all_sent, "all mails are sent")
    calm.settle()
    calm.holds(people, section)


def test_a_server_is_killed_under_open_sockets(calm: Storm) -> None:
    people = calm.portal.do("students", count=8)
    users = [person["user"] for person in people]
    calm.start("sockets-2")
    until(lambda: calm.is_ready("sockets-2"), "the second server of sockets is ready")
    got: dict[int, list[int]] = {user: [] for user in users}

    async def follow(person: dict[str, object], done: asyncio.Event) -> None:
        """A client as static/js/live.js: it comes back and says the last number that it has."""
        numbers, turn = got[int(str(person["user"]))], 0
        while not done.is_set():
            name = ("sockets", "sockets-2")[turn % 2]
            turn += 1
            last = numbers[-1] if numbers else 0
            query = f"?token={person['token']}&last={last}"
            try:
                async with connect(
                    f"ws://127.0.0.1:{calm.ports[name]}/ws/notifications/{query}"
                ) as socket:
                    while not done.is_set():
                        frame = json.loads(await asyncio.wait_for(socket.recv(), 0.5))
                        if frame["type"] == "event":
                            numbers.append(frame["n"])
            except TimeoutError:
                continue
            except (OSError, ConnectionClosed):
                await asyncio.sleep(0.1)

    async def scene() -> None:
        done = asyncio.Event()
        clients = [asyncio.create_task(follow(person, done)) for person in people]
        await asyncio.sleep(1)
        await asyncio.to_thread(calm.portal.do, "publish", users=users, count=5)
        await asyncio.to_thread(calm.kill, "sockets")
        await asyncio.to_thread(calm.portal.do, "publish", users=users, count=5)
        await asyncio.to_thread(calm.tend)
        await asyncio.to_thread(calm.portal.do, "publish", users=users, count=5)
        for _ in range(300):
            if all(len(numbers) >= 15 for numbers in got.values()):
                break
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        done.set()
        await asyncio.gather(*clients)

    asyncio.run(scene())
    calm.running.pop("sockets-2").kill()
    assert got == {user: list(range(1, 16)) for user in users}, "each event once and in order"
