"""Real processes for tests: a browser's program, and servers on the test's own database."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


def chromium_path() -> str | None:
    """Chromium's program: ``QUAD_CHROMIUM``, else what stands on the path."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("QUAD_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_url() -> str:
    """The address of the test database as another process can open it."""
    facts = connection.settings_dict
    user = quote(facts["USER"] or "", safe="")
    password = f":{quote(facts['PASSWORD'], safe='')}" if facts["PASSWORD"] else ""
    host = quote(facts["HOST"] or "", safe="")
    port = f":{facts['PORT']}" if facts["PORT"] else ""
    return f"postgres://{user}{password}@{host}{port}/{facts['NAME']}"


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process that shares this test's database and Redis."""
    return {
        **os.environ,
        "QUAD_ENV": "development",
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "PYTHONUNBUFFERED": "1",
        **changes,
    }


@contextmanager
def serving(
    log: Path, application: str = "portal.asgi:application", **changes: str
) -> Iterator[str]:
    """The address of a server that runs while the block does; ``log`` gets what it prints."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port)]
    command += ["--ws-per-message-deflate", "false"]  # as in production
    with log.open("ab") as output:
        server = subprocess.Popen(
            [*command, "--log-level", "warning", "--no-access-log"],
            cwd=ROOT,
            env=environment(SITE_URL=address, **changes),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"{address}/health/live", server, log)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
            raise


def wait_for(
    address: str, server: "subprocess.Popen[bytes]", log: Path, *, seconds: float = START_SECONDS
) -> None:
    """Return when ``address`` answers; raises with the server's own words if it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{log.read_text(errors='replace')[-4000:]}")
