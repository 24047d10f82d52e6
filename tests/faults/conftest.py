"""The large deployment under load, with a PostgreSQL, Redis and mail server that can be taken away."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psycopg
import pytest

from scripts import services
from tests import processes
from tests.faults.mailserver import MailServer
from tests.portal.realtime.conftest import Site

PATIENCE = 60.0
PEOPLE = 24


class Portal(Site):
    """Tells the other process of these tests what to do."""

    driver = "tests.faults.driver"


def until(happened: Callable[[], object], what: str, seconds: float = PATIENCE) -> float:
    """Return when ``happened`` says so, with the seconds that took; fails the test if it never does."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() < began + seconds, f"{what}: not within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began


class Storm:
    """A deployment, its supervisor, and what clients saw."""

    def __init__(
        self,
        folder: Path,
        env: dict[str, str],
        database: services.PrivatePostgres,
        redis: services.PrivateRedis,
        mail: MailServer,
    ) -> None:
        self.folder, self.env = folder, env
        self.database, self.redis, self.mail = database, redis, mail
        self.portal = Portal(env, folder)
        self.ports: dict[str, int] = {}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.seen: Counter[str] = Counter()

    # --- processes --------------------------------------------------------------------------------
    def start(self, name: str) -> None:
        """Start a process of deploy/entrypoint; ``web-2`` is a second ``web``, on a port of its own."""
        port = self.ports.setdefault(name, processes.free_port())
        with (self.folder / f"{name}.log").open("ab") as output:
            self.running[name] = subprocess.Popen(
                [processes.ROOT / "deploy" / "entrypoint", name.partition("-")[0]],
                cwd=processes.ROOT,
                env={**self.env, "PORT": str(port), "HOST": "127.0.0.1"},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """End it and all its children at once, as a machine that loses its power does."""
        process = self.running[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def tend(self) -> None:
        """Start again what has ended, as compose does (`restart: unless-stopped`)."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.start(name)

    def is_ready(self, name: str) -> bool:
        """Whether a server says so."""
        try:
            with urlopen(f"http://127.0.0.1:{self.ports[name]}/health/ready", timeout=2):
                return True
        except (URLError, OSError):
            return False

    def stop(self) -> None:
        """End everything."""
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    # --- load -------------------------------------------------------------------------------------
    def enroll(self, person: dict[str, Any], section: int) -> None:
        """Ask for a place until it is answered: again after a 503 when it says, at the next server else.

        Each person keeps one Idempotency-Key, as a client does that does not know what became of it.
        """
        body = json.dumps({"section": section, "student": person["student"]}).encode()
        headers = {
            "Authorization": f"Bearer {person['token']}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        deadline = time.monotonic() + PATIENCE
        webs = [port for name, port in self.ports.items() if name.startswith("web")]
        turn = int(person["user"])
        while time.monotonic() < deadline:
            turn += 1
            address = f"http://127.0.0.1:{webs[turn % len(webs)]}/api/v1/enrollments/"
            try:
                with urlopen(Request(address, body, headers), timeout=30) as answer:
                    self.seen[str(answer.status)] += 1
                    return
            except HTTPError as refused:
                text = refused.read().decode(errors="replace")
                waits = refused.headers.get("Retry-After")
                self.seen[f"{refused.code}{'' if waits else ' without Retry-After'}"] += 1
                if refused.code != 503:
                    raise AssertionError(f"{refused.code}: {text[:500]}") from refused
                time.sleep(min(float(waits or 1), 2))
            except OSError:  # nobody there, or the line broke: the answer is not known
                self.seen["no answer"] += 1
                time.sleep(0.2)
        raise AssertionError("no answer in all that time")

    def rush(
        self, people: list[dict[str, Any]], section: int, disturb: Callable[[], None], *, at: int
    ) -> None:
        """All people ask for a place, six at once; ``disturb`` happens when ``at`` of them have one."""
        self.seen.clear()
        turn = threading.Semaphore(0)

        def one(person: dict[str, Any]) -> None:
            self.enroll(person, section)
            turn.release()
            time.sleep(0.15)

        with ThreadPoolExecutor(6) as pool:
            asking = [pool.submit(one, person) for person in people]
            for _ in range(at):
                assert turn.acquire(timeout=PATIENCE)
            disturb()
            for each in asking:
                each.result()

    # --- afterwards -------------------------------------------------------------------------------
    def pass_time(self, *, claims: bool = False) -> None:
        """A quarter of an hour goes by for jobs that wait; ``claims``: for a killed worker's, too."""
        moved = [
            "due_at = due_at - interval '16 minutes'",
            "sent_at = sent_at - interval '16 minutes'",
        ]
        if claims:
            moved.append("claimed_until = claimed_until - interval '16 minutes'")
        where = "done_at IS NULL AND failed_at IS NULL"
        if not claims:
            where += " AND claimed_until IS NULL"
        with psycopg.connect(self.env["DATABASE_URL"]) as link:
            link.execute(f"UPDATE portal_outboxmessage SET {', '.join(moved)} WHERE {where}")
            if claims:
                link.execute(
                    "UPDATE notifications_notificationdelivery "
                    "SET started_at = started_at - interval '16 minutes' WHERE state = 'sending'"
                )

    def settle(self) -> None:
        """Wait until no job is open, with all processes up; nothing may have failed for good."""

        def settled() -> bool:
            self.tend()
            told = self.portal.do("jobs")
            assert told["failed"] == 0
            return bool(told["open"] == 0)

        until(settled, "all jobs are done")

    def holds(
        self, people: list[dict[str, Any]], section: int, *, uncertain: int = 0
    ) -> dict[str, Any]:
        """Nothing lost, nothing twice: places, notifications, events and mails, one for each person.

        ``uncertain`` mails may stay as *sending*: a worker died in the conversation about them, so
        nobody knows whether they were taken, and they are not sent again (N4).
        """
        count = len(people)
        print(f"answers: {dict(self.seen)}")  # shown by -rP, for docs/reliability.md
        state: dict[str, Any] = self.portal.do(
            "state", section=section, users=[person["user"] for person in people]
        )
        assert self.seen["201"] == count
        assert set(self.seen) <= {"201", "503", "no answer"}, (
            "no error of ours, no success that was none"
        )
        assert (state["active"], state["students"], state["rows"]) == (count, count, count)
        assert state["counter"] == count
        assert state["told"] == [1] * count
        assert state["gaps"] == 0
        sent = state["mails"].get("sent", 0)
        unknown = state["mails"].get("sending", 0)
        assert sent + unknown == count
        assert unknown <= uncertain
        print(f"mails: {state['mails']}")
        taken = {number: self.mail.taken[number] for number in state["mail_ids"]}
        assert max(taken.values()) == 1, "no mail comes twice"
        assert sum(taken.values()) >= sent, "what is called sent was taken"
        return state


@pytest.fixture(scope="session")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storm]:
    """Two web servers, one of sockets, a worker and a scheduler, on PostgreSQL and Redis of their own."""
    folder = tmp_path_factory.mktemp("storm")
    with ExitStack() as stack:
        database = services.private_postgres_server(stack)
        redis = services.private_redis_server(stack)
        if database is None or redis is None:
            pytest.skip("needs the programs of PostgreSQL and Redis")
        with psycopg.connect(f"{database.url}/postgres", autocommit=True) as link:
            link.execute("CREATE DATABASE quad")
        mail = MailServer()
        mail.start()
        stack.callback(mail.stop)
        env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "QUAD_ENV": "development",
            "QUAD_VAR": str(folder),
            "DATABASE_URL": f"{database.url}/quad",
            "REDIS_URL": redis.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{mail.port}",
            "WEB_WORKERS": "1",
            "WORKER_THREADS": "2",
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PYTHONPATH": str(processes.ROOT),
            "PYTHONUNBUFFERED": "1",
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        }
        (folder / "static").mkdir()
        migrate = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(migrate, cwd=processes.ROOT, env=env, check=True)
        made = Storm(folder, env, database, redis, mail)
        stack.callback(made.portal.close)
        stack.callback(made.stop)
        for name in ("web-1", "web-2", "sockets", "worker", "scheduler"):
            made.start(name)
        for name in ("web-1", "web-2", "sockets"):
            until(lambda name=name: made.is_ready(name), f"{name} is ready")
        yield made


@pytest.fixture
def calm(storm: Storm) -> Storm:
    """The deployment with everything up and nothing to do."""
    storm.mail.seconds = 0
    storm.tend()
    for name in ("web-1", "web-2", "sockets"):
        until(lambda name=name: storm.is_ready(name), f"{name} is ready")
    storm.settle()
    return storm
