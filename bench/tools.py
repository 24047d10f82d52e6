"""What benchmarks share: private databases, servers, load, alternating runs.

A benchmark takes its surroundings from here and gives back ``Figure`` objects::

    def run() -> list[Figure]:
        with surroundings() as env:          # private PostgreSQL database and Redis, migrated
            manage(env, "import_catalog", ...)
            with start_server(env) as ours, start_server(env, target="bench.bare:application") as bare:
                samples = alternate(
                    {
                        "ours": lambda: load(ours.url + "/en/courses/").per_second,
                        "bare": lambda: load(bare.url + "/").per_second,
                    }
                )

``BENCH_SECONDS`` (default 4) and ``BENCH_ROUNDS`` (default 5) shorten runs while developing, and
``BENCH_MIGRATED``, the URL of a database that is migrated and empty, saves making one.
"""

import atexit
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
POSTGRES = os.environ.get("BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
FIRST_PORT = int(os.environ.get("BENCH_PORT", "8170"))

Env = dict[str, str]


# --- surroundings -------------------------------------------------------------------------------
def free_port() -> int:
    """A port nobody listens on, from ``BENCH_PORT`` (8170) upwards."""
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise RuntimeError(f"No free port from {FIRST_PORT} on.")


@contextlib.contextmanager
def database(*, template: str = "") -> Iterator[str]:
    """A PostgreSQL database of this run's own; yields its URL and drops it at the end.

    It is empty, or a copy of the database at the URL ``template``, which nobody may be connected to.
    ``BENCH_POSTGRES`` is the URL of a role that may create databases.
    """
    name = f"quad_bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        source = f' TEMPLATE "{template.rsplit("/", 1)[1]}"' if template else ""
        admin.execute(f'CREATE DATABASE "{name}"{source}')
    try:
        yield POSTGRES.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(POSTGRES, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis of this run's own (the program ``redis-server`` on a free port); yields its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("The benchmarks need redis-server on the path.")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        cwd="/tmp",
    )
    try:
        wait_for_port(port, process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def environment(database_url: str, redis_url: str) -> Env:
    """The variables of a large deployment on these two, production rules aside."""
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "QUAD_ENV": "development",
        "DEBUG": "0",
        "ALLOWED_HOSTS": "*",
        "JWT_ACCESS_SECONDS": "7200",  # tokens that were made before the load outlive it
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PYTHONPATH": str(ROOT),
    }


@contextlib.contextmanager
def surroundings(*, migrate: bool = True) -> Iterator[Env]:
    """A private database and Redis, migrated; yields the variables that lead to them."""
    with redis() as redis_url:
        template = _migrated(redis_url) if migrate else ""
        with database(template=template) as database_url:
            yield environment(database_url, redis_url)


_migrated_once: list[str] = []


def _migrated(redis_url: str) -> str:
    """The URL of a migrated database to copy, made by the first benchmark of a run for all of them."""
    if "BENCH_MIGRATED" in os.environ:
        return os.environ["BENCH_MIGRATED"]
    if not _migrated_once:
        kept = contextlib.ExitStack()
        atexit.register(kept.close)
        url = kept.enter_context(database())
        manage(environment(url, redis_url), "migrate", "--verbosity", "0")
        _migrated_once.append(url)
    return _migrated_once[0]


def manage(env: Mapping[str, str], *arguments: str) -> str:
    """Run ``manage.py`` with ``arguments``; returns what it printed, raises if it failed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def python(env: Mapping[str, str], code: str) -> str:
    """Run Python ``code`` with Django set up in these surroundings; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()\n" + code],
        cwd=ROOT,
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


# --- servers ------------------------------------------------------------------------------------
def wait_for_port(port: int, process: subprocess.Popen, seconds: float = 60) -> None:
    """Return when ``port`` accepts connections; raises if ``process`` ended or time ran out."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}.")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} did not listen on {port} within {seconds} s.")


@dataclass
class Server:
    """A server this run started; ``url`` has no slash at its end."""

    name: str
    port: int
    process: subprocess.Popen

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def pids(self) -> list[int]:
        """The process and all that descend from it."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                todo.extend(int(child) for child in task.read_text().split())
        return found

    def cpu_seconds(self) -> float:
        """Processor time (user and system) that it and its children have used so far."""
        ticks = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_kb(self) -> int:
        """Proportional set size (PSS) of it and its children: shared pages counted once."""
        total = 0
        for pid in self.pids():
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            match = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
            total += int(match.group(1)) if match else 0
        return total

    def stop(self) -> None:
        """Ask it to end, and make it end after ten seconds."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


@contextlib.contextmanager
def start_server(
    env: Mapping[str, str],
    *,
    target: str = "portal.wsgi:application",
    kind: str = "granian",
    workers: int = 1,
    threads: int = 1,
) -> Iterator[Server]:
    """Start ``target`` and stop it at the end.

    ``kind`` is ``granian`` (WSGI, ``workers`` processes with ``threads`` blocking threads each) or
    ``uvicorn`` (ASGI, one process), as the deployment uses them.
    """
    port = free_port()
    binaries = Path(sys.executable).parent
    if kind == "granian":
        command = [
            *(str(binaries / "granian"), "--interface", "wsgi", "--host", "127.0.0.1"),
            *("--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads)),
            *("--log-level", "warning", target),
        ]
    elif kind == "uvicorn":
        command = [
            *(str(binaries / "uvicorn"), "--host", "127.0.0.1", "--port", str(port)),
            *("--log-level", "warning", "--no-access-log", target),
        ]
    else:
        raise ValueError(f"Unknown kind of server: {kind}")
    log = Path(os.environ.get("BENCH_LOG", "/tmp")) / f"quad-bench-{port}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(env), stdout=output, stderr=subprocess.STDOUT
        )
    server = Server(kind, port, process)
    try:
        try:
            wait_for_port(port, process)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{log.read_text()[-4000:]}") from error
        yield server
    finally:
        server.stop()
        log.unlink(missing_ok=True)


# --- load ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Load:
    """What one run of load saw. Latencies are in milliseconds."""

    per_second: float
    requests: int
    p50: float
    p99: float
    failed: int


def generator() -> str:
    """The load generator that is used on this machine."""
    return "wrk" if shutil.which("wrk") else "bench.loader (asyncio, Python)"


def load(
    url: str,
    *,
    seconds: float | None = None,
    connections: int = 8,
    headers: Mapping[str, str] | None = None,
) -> Load:
    """Ask for ``url`` over ``connections`` kept-alive connections for ``seconds``.

    Uses wrk with one thread where it is installed, else ``bench/loader.py``. An answer that is not
    2xx or 3xx counts as failed; a run in which any failed raises, for its figure would mean nothing.
    """
    seconds = SECONDS if seconds is None else seconds
    arguments = [
        part for name, value in (headers or {}).items() for part in ("-H", f"{name}: {value}")
    ]
    program = shutil.which("wrk")
    command = (
        [program, "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", *arguments, url]
        if program
        else [
            *(sys.executable, "-m", "bench.loader", f"-c{connections}", f"-d{seconds:g}s"),
            *arguments,
            url,
        ]
    )
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    result = _read_wrk(done.stdout)
    if result.failed or not result.requests:
        raise RuntimeError(f"{url}: {result.failed} answers failed.\n{done.stdout}")
    return result


_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


def _read_wrk(text: str) -> Load:
    """The numbers in what wrk prints."""

    def number(pattern: str) -> float:
        match = re.search(pattern, text)
        return float(match.group(1)) if match else 0.0

    def milliseconds(share: str) -> float:
        match = re.search(rf"^\s*{share}%\s+([\d.]+)(us|ms|s|m)\b", text, re.MULTILINE)
        return float(match.group(1)) * _UNITS[match.group(2)] if match else 0.0

    failed = number(r"Non-2xx or 3xx responses: (\d+)")
    errors = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text
    )
    failed += sum(int(count) for count in errors.groups()) if errors else 0
    return Load(
        per_second=number(r"Requests/sec:\s+([\d.]+)"),
        requests=int(number(r"(\d+) requests in")),
        p50=milliseconds("50"),
        p99=milliseconds("99"),
        failed=int(failed),
    )


def fetch(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    """One GET: status, headers (names in lower case) and body. Redirects are not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: object, **kwargs: object) -> None:
            return None

    opener = urllib.request.build_opener(Stay)
    try:
        answer = opener.open(urllib.request.Request(url, headers=dict(headers or {})), timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return (
            answer.status or 0,
            {name.lower(): value for name, value in answer.headers.items()},
            answer.read(),
        )


# --- samples ------------------------------------------------------------------------------------
def alternate(
    runs: Mapping[str, Callable[[], float]], *, rounds: int | None = None, warm: bool = True
) -> dict[str, list[float]]:
    """Call every run in turn, ``rounds`` times over, so that a change of the machine hits all alike.

    The order is turned round every second time. With ``warm`` each is called once before, uncounted.
    """
    if warm:
        for call in runs.values():
            call()
    samples: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(ROUNDS if rounds is None else rounds):
        names = list(runs) if number % 2 == 0 else list(reversed(runs))
        for name in names:
            samples[name].append(runs[name]())
    return samples


def cpu_per_request(server: Server, url: str, *, requests: int, **options: object) -> float:
    """Milliseconds of processor time that ``server`` spends on one GET of ``url``."""
    headers = options.get("headers")
    assert headers is None or isinstance(headers, Mapping)
    before = server.cpu_seconds()
    for _ in range(requests):
        status, _, _ = fetch(url, headers)
        if status != 200:
            raise RuntimeError(f"{url} answered {status}.")
    return (server.cpu_seconds() - before) * 1000 / requests
