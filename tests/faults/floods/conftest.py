"""The servers as they are started: ``manage.py serve``, and what deploy/entrypoint runs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import processes, templates
from tests.faults.floods.raw import Line, honest
from tests.portal.realtime.conftest import Site

START_SECONDS = 240
"""On a machine that has other things to do."""
COMMANDS = {
    "embedded": [sys.executable, "manage.py", "serve", "--port"],
    "web": ["deploy/entrypoint", "web"],
    "sockets": ["deploy/entrypoint", "sockets"],
}


class Server:
    """A running server, with its children."""

    def __init__(self, name: str, env: dict[str, str], log: Path) -> None:
        self.name, self.log, self.port = name, log, processes.free_port()
        command = COMMANDS[name] + ([str(self.port)] if name == "embedded" else [])
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=processes.ROOT,
                env={**env, "PORT": str(self.port), "HOST": "127.0.0.1", **_metrics(name, log)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        address = f"http://127.0.0.1:{self.port}/health/live"
        processes.wait_for(address, self.process, log, seconds=START_SECONDS)
        for _ in range(8):  # each worker has served, and imported what that takes
            self.serves()

    def connect(self, seconds: float = 30) -> Line:
        """A connection to it."""
        return Line(self.port, seconds)

    def serves(self) -> None:
        """Somebody who behaves is answered."""
        assert honest(self.port, "/en/account/login/") == 200

    def peak(self) -> int:
        """The most bytes that its processes have held since `forget_peak`."""
        found = 0
        for pid in self._pids():
            status = Path(f"/proc/{pid}/status").read_text()
            found += int(status.partition("VmHWM:")[2].split()[0]) * 1024
        return found

    def forget_peak(self) -> int:
        """Begin to measure; gives what they hold now."""
        for pid in self._pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        return self.peak()

    def _pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *map(int, children.split())]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def _metrics(name: str, log: Path) -> dict[str, str]:
    """Where the processes of deploy/entrypoint keep their counts."""
    return (
        {} if name == "embedded" else {"PROMETHEUS_MULTIPROC_DIR": str(log.with_suffix(".metrics"))}
    )


@pytest.fixture(scope="session")
def town(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[dict[str, str]]:
    """The environment of servers on one migrated SQLite database: it plays no part in these tests."""
    folder = tmp_path_factory.mktemp("town")
    path = folder / "quad.sqlite3"
    shutil.copyfile(templates.on_sqlite(pytestconfig), path)
    (folder / "static").mkdir()
    yield {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DATABASE_URL": f"sqlite:///{path}",
        "REDIS_URL": "",
        "QUAD_VAR": str(folder),
        "QUAD_ENV": "development",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PYTHONPATH": str(processes.ROOT),
        "PYTHONUNBUFFERED": "1",
        "WEB_WORKERS": "1",
    }


def _running(name: str, env: dict[str, str]) -> Iterator[Server]:
    server = Server(name, env, Path(env["QUAD_VAR"]) / f"{name}.log")
    yield server
    server.stop()


@pytest.fixture(scope="session", params=["embedded", "web", "sockets"])
def server(request: pytest.FixtureRequest, town: dict[str, str]) -> Iterator[Server]:
    """Each server in turn."""
    yield from _running(request.param, town)


@pytest.fixture(scope="session", params=["embedded", "sockets"])
def socket_server(request: pytest.FixtureRequest, town: dict[str, str]) -> Iterator[Server]:
    """Each server that takes sockets."""
    yield from _running(request.param, town)


@pytest.fixture(scope="session")
def site(town: dict[str, str]) -> Iterator[Site]:
    """Makes people and their tokens."""
    made = Site(town, Path(town["QUAD_VAR"]))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _lives(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test the same process still serves, with no error in its log."""
    yield
    name = "server" if "server" in request.fixturenames else "socket_server"
    server: Server = request.getfixturevalue(name)
    assert server.process.poll() is None, server.log.read_text()[-3000:]
    server.serves()
    assert "Traceback" not in server.log.read_text(errors="replace")
