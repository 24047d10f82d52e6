"""PostgreSQL, Redis and Chromium for the tests: what runs, else private ones, else installed ones.

Nothing that runs already is changed: databases have throwaway names and are dropped again, a Redis
that is not ours is used only through an empty database number. Private servers live in a temporary
folder and end with the run.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
import redis
from psycopg import sql

WORKERS = 2
START_SECONDS = 30
POSTGRES_MINIMUM = 140000  # Django 5.2
APT_PACKAGES = {
    "PostgreSQL": ["postgresql"],
    "Redis": ["redis-server"],
    "Chromium": ["chromium", "fonts-noto-core"],
    "PDFs": [
        *("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fontconfig"),
        *("fonts-noto-core", "fonts-noto-cjk"),
    ],
}


def say(line: str) -> None:
    """Print at once, also into a pipe."""
    print(line, flush=True)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]") -> bool:
    """Whether ``ready`` came true while ``process`` lived, within ``START_SECONDS``."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return True
        time.sleep(0.1)
    return False


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a server that we started."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def install(name: str) -> bool:
    """Whether ``name`` could be installed by apt, which only root may."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        return False
    packages = APT_PACKAGES[name]
    say(f"{name}: none here; installing {', '.join(packages)} with apt …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = [
        [apt, "update", "-qq"],
        [apt, "install", "-qq", "-y", "--no-install-recommends", *packages],
    ]
    for command in commands:
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=900, check=False
            )
        except subprocess.TimeoutExpired:
            say(f"{name}: apt took too long.")
            return False
        if done.returncode and "install" in command:
            say(f"{name}: apt refused: {done.stderr.strip().splitlines()[-1:]}")
            return False
    return True


# --- PostgreSQL ---------------------------------------------------------------------------------


def postgres_program(name: str) -> str | None:
    """A program of PostgreSQL, from the path or from where distributions put it."""
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/usr").glob("pgsql-*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql*/bin"),
        *Path("/usr/local/opt").glob("postgresql*/bin"),
    ]
    newest_first = sorted(folders, key=lambda folder: str(folder).zfill(80), reverse=True)
    found = shutil.which(name)
    return found or next((str(f / name) for f in newest_first if (f / name).exists()), None)


def running_postgres() -> str | None:
    """The address of a server on the usual port that lets us make databases."""
    for host, user in [("127.0.0.1", "postgres"), ("/var/run/postgresql", None), ("/tmp", None)]:
        try:
            with psycopg.connect(
                host=host, port=5432, user=user, dbname="postgres", connect_timeout=3
            ) as link:
                row = link.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
                if row and row[0] and link.info.server_version >= POSTGRES_MINIMUM:
                    place = host.replace("/", "%2F")
                    return f"postgres://{link.info.user}@{place}:5432"
        except psycopg.Error:
            continue
    return None


class PrivatePostgres:
    """A server of our own in a temporary folder, fast rather than safe: its data is worth nothing.

    Its port stays the same over `stop` and `start`, so that a restart can be tried out.
    """

    LOCALES = ("C.UTF-8", "en_US.UTF-8", "C")
    OPTIONS = {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",  # the path of a temporary folder may be too long for one
        "max_connections": "200",
    }

    def __init__(self, initdb: str, server: str, folder: Path, owner: str | None) -> None:
        self.initdb, self.server, self.folder = initdb, server, folder
        self.owner = {"user": owner} if owner else {}
        # The language of whoever calls may not be installed, at which initdb would give up.
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))
        }
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def make(self) -> bool:
        """Whether the folder could be filled."""
        command = [self.initdb, "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust"]
        error = b""
        for locale in self.LOCALES:
            done = subprocess.run(
                [*command, "-E", "UTF8", "--locale", locale, "--no-sync"],
                capture_output=True,
                cwd=self.folder,
                env=self.environment,
                check=False,
                **self.owner,
            )
            if done.returncode == 0:
                return True
            error = done.stderr
        say(f"PostgreSQL: initdb failed: {error.decode(errors='replace').strip()}")
        return False

    def start(self) -> bool:
        """Whether it answers now."""
        settings = [
            part for key, value in self.OPTIONS.items() for part in ("-c", f"{key}={value}")
        ]
        log = self.folder / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [self.server, "-D", str(self.folder / "data"), "-p", str(self.port), *settings],
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env=self.environment,
                **self.owner,
            )
        if wait_until(self.answers, self.process):
            return True
        say(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}")
        return False

    def answers(self) -> bool:
        """Whether a connection can be made."""
        try:
            psycopg.connect(f"{self.url}/postgres", connect_timeout=3).close()
        except psycopg.Error:
            return False
        return True

    def stop(self) -> None:
        """End it at once, whoever is connected (PostgreSQL's "fast" way)."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            stop(self.process)
            self.process = None


def private_postgres_server(stack: ExitStack) -> PrivatePostgres | None:
    """Start a server of our own, which ends with ``stack``; None where the programs are missing."""
    initdb, server = postgres_program("initdb"), postgres_program("postgres")
    if initdb is None or server is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="quad-pg-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    owner = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = next((n for n in ("postgres", "nobody") if _is_user(n)), None)
        if owner is None:
            return None
        shutil.chown(folder, owner)
    private = PrivatePostgres(initdb, server, folder, owner)
    stack.callback(private.stop)
    return private if private.make() and private.start() else None


def private_postgres(stack: ExitStack) -> str | None:
    """The address of a server of our own, or None (see `private_postgres_server`)."""
    private = private_postgres_server(stack)
    return private.url if private else None


def _is_user(name: str) -> bool:
    done = subprocess.run(["id", "-u", name], capture_output=True, check=False)
    return done.returncode == 0


def drop_databases(server: str, prefix: str) -> None:
    """Drop every database of ours, those of pytest and its workers included."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as link:
        rows = link.execute(
            "SELECT datname FROM pg_database WHERE strpos(datname, %s) > 0", [prefix]
        )
        for (name,) in rows.fetchall():
            link.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def postgres(stack: ExitStack) -> str | None:
    """``DATABASE_URL`` for the tests, or None where PostgreSQL cannot be had."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        say("PostgreSQL: the one in DATABASE_URL.")
        return given
    server = running_postgres()
    if server:
        say("PostgreSQL: the one that runs here, in throwaway databases.")
    else:
        server = private_postgres(stack)
        if server is None and install("PostgreSQL"):
            server = running_postgres() or private_postgres(stack)
        if server is None:
            return None
        say("PostgreSQL: a private server.")
    name = f"quad_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    stack.callback(drop_databases, server, name)
    return f"{server}/{name}"


def template(stack: ExitStack, url: str, manage: list[str], root: Path) -> str:
    """The name of a migrated database beside the one at ``url``: tests copy it instead of migrating.

    It is dropped with ``stack``.
    """
    server, _slash, base = url.partition("?")[0].rpartition("/")
    name = f"{base}_template_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    stack.callback(drop_databases, server, name)
    with tempfile.TemporaryDirectory(prefix="quad-template-") as var:
        changes = {"DATABASE_URL": f"{server}/{name}", "QUAD_ENV": "test", "QUAD_VAR": var}
        subprocess.run(
            [*manage, "migrate", "--verbosity", "0"],
            cwd=root,
            env={**os.environ, **changes, "REDIS_URL": ""},
            check=True,
        )
    return name


# --- Redis --------------------------------------------------------------------------------------


class PrivateRedis:
    """A server of our own that keeps nothing; its port stays the same over `stop` and `start`."""

    def __init__(self, program: str, folder: str) -> None:
        self.program, self.folder, self.port = program, folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Whether it answers now; it begins empty."""
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*command, "--dir", self.folder, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return wait_until(lambda: _answers(self.url), self.process)

    def stop(self) -> None:
        """End it, and with it all it held."""
        if self.process is not None:
            stop(self.process)
            self.process = None


def private_redis_server(stack: ExitStack) -> PrivateRedis | None:
    """Start a server of our own, which ends with ``stack``; None where the program is missing."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        return None
    folder = tempfile.mkdtemp(prefix="quad-redis-")
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    private = PrivateRedis(program, folder)
    stack.callback(private.stop)
    return private if private.start() else None


def private_redis(stack: ExitStack) -> str | None:
    """The address of a server of our own, or None (see `private_redis_server`)."""
    private = private_redis_server(stack)
    return private.url if private else None


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as link:
            return bool(link.ping())
    except redis.RedisError:
        return False


def running_redis() -> str | None:
    """An empty database number of a server on the usual port."""
    for number in range(15, 0, -1):
        url = f"redis://127.0.0.1:6379/{number}"
        try:
            with redis.Redis.from_url(url, socket_timeout=2) as link:
                if link.dbsize() == 0:
                    return url
        except redis.RedisError:
            continue
    return None


def redises(stack: ExitStack) -> list[str]:
    """``REDIS_URL`` for each worker; one alone where it is not ours, or none.

    Workers cannot share one: publish/subscribe knows no database numbers.
    """
    given = os.environ.get("REDIS_URL", "")
    if given:
        say("Redis: the one in REDIS_URL.")
        return [given]
    private = [url for _ in range(WORKERS) if (url := private_redis(stack))]
    if not private and (url := running_redis()):
        say("Redis: the one that runs here, in an empty database of it.")
        return [url]
    if not private and install("Redis"):
        private = [url for _ in range(WORKERS) if (url := private_redis(stack))]
    if private:
        say(f"Redis: {len(private)} private servers.")
    return private


# --- Chromium -----------------------------------------------------------------------------------


def chromium() -> str | None:
    """The program of a browser for the tests, or None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

    def find() -> str | None:
        return os.environ.get("QUAD_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)

    found = find()
    if found is None and install("Chromium"):
        found = find()
    if found:
        say(f"Chromium: {found}")
    return found


# --- PDFs of certificates -----------------------------------------------------------------------

ASK = (
    "from campus.certificates.rendering import fonts as f\n"
    "raise SystemExit(bool(f.missing_packages() or f.missing_scripts()))"
)


def pdfs(root: Path) -> bool:
    """Whether libraries and fonts for PDFs are on this machine."""

    def are_there() -> bool:
        asked = subprocess.run(
            [sys.executable, "-c", ASK], cwd=root, capture_output=True, check=False
        )
        return asked.returncode == 0

    return are_there() or (install("PDFs") and are_there())
