"""A portal of its own, as a new user has it: an empty place, one command, the demo data."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests import processes


@dataclass(frozen=True)
class Portal:
    """A running portal: its address, and the environment that reaches its database."""

    address: str
    environment: dict[str, str]
    log: Path

    def run(self, code: str) -> str:
        """What ``code`` prints in ``manage.py shell`` on this portal's database."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v0", "-c", code],
            cwd=processes.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def empty_database() -> Iterator[str]:
    """The address of an empty database beside the one of this run: ``""`` for embedded SQLite."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield ""
        return
    parts = urlsplit(given)
    name = f"quad_journey_{uuid.uuid4().hex[:8]}"
    server = urlunsplit(parts._replace(scheme="postgresql", path="/postgres"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def command(
    arguments: list[str], environment: dict[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """``manage.py`` with ``arguments`` while the block runs; stopped as Ctrl+C stops it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=processes.ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


@pytest.fixture(scope="package")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal served from an empty place by ``manage.py serve --demo``."""
    place = tmp_path_factory.mktemp("portal")
    port = processes.free_port()
    address = f"http://localhost:{port}"
    log = place / "server.log"
    with empty_database() as database:
        environment = {
            **os.environ,
            "QUAD_ENV": "development",
            "QUAD_VAR": str(place / "var"),
            "SITE_URL": address,
            "PYTHONUNBUFFERED": "1",
        }
        environment.pop("DATABASE_URL", None)
        if database:
            environment["DATABASE_URL"] = database
        else:
            environment.pop("REDIS_URL", None)
        serve = ["serve", "--demo", "--port", str(port)]
        with command(serve, environment, log) as server:
            processes.wait_for(f"{address}/health/live", server, log, seconds=180)
            with ExitStack() as beside:
                if environment.get("REDIS_URL"):  # the embedded server has its workers inside
                    work = ["rundramatiq", "--processes", "1", "--threads", "2"]
                    beside.enter_context(command(work, environment, place / "worker.log"))
                yield Portal(address, environment, log)
    text = log.read_text(errors="replace")
    assert "Traceback" not in text, text[-6000:]
