"""Real processes for the tests of sockets: servers, another process that writes, a private Redis."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests import processes, templates

START_SECONDS = 60


class Redis:
    """A Redis of this test's own that can be stopped and started again."""

    def __init__(self) -> None:
        self.port = processes.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("needs the program redis-server")
        command = [program, "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd="/tmp")
        for _ in range(100):
            with (
                contextlib.suppress(OSError),
                processes.socket.create_connection(("127.0.0.1", self.port), 1),
            ):
                return
            time.sleep(0.05)
        raise RuntimeError("Redis did not start.")

    def stop(self) -> None:
        """Stop it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


class Site:
    """A portal with a database of its own: servers can be started, and another process told to write."""

    driver = "tests.portal.realtime.driver"

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self.env = env
        self.folder = folder
        self._driver: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def do(self, what: str, **arguments: Any) -> Any:
        """Have the other process do something (see ``driver.py``)."""
        with self._lock:
            if self._driver is None:
                self._driver = subprocess.Popen(
                    [sys.executable, "-m", self.driver],
                    **{"cwd": processes.ROOT, "env": self.env, "text": True},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            driver = self._driver
            assert driver.stdin and driver.stdout
            driver.stdin.write(json.dumps({"do": what, **arguments}) + "\n")
            driver.stdin.flush()
            answer = driver.stdout.readline()
        assert answer, f"{what} failed in the other process"
        return json.loads(answer)["answer"]

    @contextlib.contextmanager
    def serving(self) -> Iterator["Server"]:
        """A uvicorn process of the portal."""
        port = processes.free_port()
        log = self.folder / f"server-{port}.log"
        command = [sys.executable, "-m", "uvicorn", "portal.asgi:application", "--port", str(port)]
        command += ["--ws-per-message-deflate", "false"]  # as it is run: see docs/realtime.md
        with log.open("ab") as output:
            process = subprocess.Popen(
                command, cwd=processes.ROOT, env=self.env, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            for _ in range(START_SECONDS * 20):
                if process.poll() is not None:
                    raise RuntimeError(log.read_text())
                with (
                    contextlib.suppress(OSError),
                    processes.socket.create_connection(("127.0.0.1", port), 1),
                ):
                    break
                time.sleep(0.05)
            yield Server(port, log, process)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise

    def close(self) -> None:
        """End the other process."""
        if self._driver is not None:
            assert self._driver.stdin and self._driver.stdout
            self._driver.stdin.close()
            self._driver.wait(15)
            self._driver.stdout.close()


class Server:
    """A running server."""

    def __init__(self, port: int, log: Path, process: "subprocess.Popen[bytes]") -> None:
        self.port, self.log, self.process = port, log, process

    @property
    def origin(self) -> str:
        """Its own origin."""
        return f"http://127.0.0.1:{self.port}"

    def address(self, query: str = "") -> str:
        """The address of the bell's socket."""
        return f"ws://127.0.0.1:{self.port}/ws/notifications/{query}"


@contextlib.contextmanager
def own_database(folder: Path, config: pytest.Config) -> Iterator[str]:
    """The address of a migrated database that several processes can use."""
    if connection.vendor == "sqlite":
        path = folder / "quad.sqlite3"
        shutil.copyfile(templates.on_sqlite(config), path)
        yield f"sqlite:///{path}"
        return
    name = f"realtime_{uuid.uuid4().hex[:12]}"
    url = processes.database_url().rsplit("/", 1)[0]
    with psycopg.connect(f"{url}/postgres", autocommit=True) as admin:
        templates.make_on_postgres(admin.execute, name, f"{url}/{name}")
    try:
        yield f"{url}/{name}"
    finally:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def migrated(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[dict[str, str]]:
    """The environment of processes on one migrated database, without Redis."""
    folder = tmp_path_factory.mktemp("site")
    with own_database(folder, pytestconfig) as url:
        yield {
            **os.environ,
            "DATABASE_URL": url,
            "REDIS_URL": "",
            "QUAD_VAR": str(folder),
            "QUAD_ENV": "development",
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PYTHONPATH": str(processes.ROOT),
            "PYTHONUNBUFFERED": "1",
        }


@pytest.fixture(scope="session")
def redis(migrated: dict[str, str]) -> Iterator[Redis]:
    """A private Redis."""
    if not settings.REDIS_URL:
        pytest.skip("needs Redis: set REDIS_URL")
    server = Redis()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def embedded(migrated: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal without Redis: the only way in from other processes is the database."""
    site = Site(migrated, tmp_path_factory.mktemp("embedded"))
    yield site
    site.close()


@pytest.fixture(scope="session")
def large(
    migrated: dict[str, str], redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A portal with Redis between its processes."""
    # Long after: what arrives in these tests came through Redis, unless a test says otherwise.
    env = {**migrated, "REDIS_URL": redis.url, "REALTIME_RELAY_SECONDS": "30"}
    site = Site(env, tmp_path_factory.mktemp("large"))
    yield site
    site.close()


@pytest.fixture(scope="session")
def server(embedded: Site) -> Iterator[Server]:
    """A server of the embedded portal, shared by tests that do not stop it."""
    with embedded.serving() as running:
        yield running


@pytest.fixture
def person(embedded: Site) -> int:
    """A new user."""
    return int(embedded.do("user"))
