"""Every check and every test of Quad: ``make test``.

First what needs no server: style, types, import contracts, migrations, the API's description, the
settings of production. Then the tests on the embedded default (SQLite, all in one process), then all
of them on PostgreSQL and Redis, with real parallel transactions and broken connections; those with a
browser in a process of their own, because Playwright keeps an event loop running in the thread of the
tests.

Where a server or the browser cannot be had, what needs it is left out and named; with ``CI=true``
that is a failure.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import services  # noqa: E402 (the clone is no package that is installed)
from scripts.services import say  # noqa: E402

BIN = Path(sys.executable).parent
SUMMARY = re.compile(r"^\S*.*\b\d+ (passed|failed|error|skipped|deselected)\b.* in [\d.]+s")
EMBEDDED = "not postgres and not redis and not large and not browser"
NO_TESTS = 5  # pytest's exit code where nothing was selected

# What production asks for, with values that protect nothing.
PRODUCTION = {
    "QUAD_ENV": "production",
    "SECRET_KEY": "check-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "quad.example",
    "SITE_URL": "https://quad.example",
    "FIELD_ENCRYPTION_KEYS": "Y2hlY2stb25seS1jaGVjay1vbmx5LWNoZWNrLW9ubHk=",
}

MANAGE = [sys.executable, "manage.py"]
CHECKS: list[tuple[str, list[str]]] = [
    ("types", [str(BIN / "mypy")]),  # the longest first: the others run beside it
    ("style", [str(BIN / "ruff"), "check", "."]),
    ("format", [str(BIN / "ruff"), "format", "--check", "."]),
    ("import contracts", [str(BIN / "lint-imports")]),
    ("missing migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
    (
        "API description",
        [*MANAGE, "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull],
    ),
    ("production settings", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"]),
]


def pytest(
    arguments: list[str], changes: dict[str, str], output: "int | IO[str]"
) -> "subprocess.Popen[str]":
    """Start pytest with an environment that is ours but for ``changes`` (empty: not set)."""
    environment = {
        key: value
        for key, value in {**os.environ, **changes, "PYTHONUNBUFFERED": "1"}.items()
        if value or key not in changes
    }
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "--create-db", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


class Run:
    """What was done and how it went."""

    def __init__(self, narrowed: list[str] | None = None) -> None:
        self.narrowed = narrowed or []  # pytest's arguments of whoever wants only some tests
        self.failed: list[str] = []
        self.left_out: list[str] = []
        self.summaries: list[str] = []

    def check(self, title: str, command: list[str], environment: dict[str, str]) -> None:
        """Run one check; its output is shown only where it fails."""
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - started
        words = [f"{'ok  ' if done.returncode == 0 else 'FAIL'}  {title} ({seconds:.0f} s)"]
        if done.returncode:
            self.failed.append(title)
            words.append((done.stdout + done.stderr).rstrip())
        say("\n".join(words))

    def tests(self, title: str, arguments: list[str], changes: dict[str, str]) -> None:
        """Run pytest, shown as it goes; keeps its last line."""
        say(f"\n== {title}")
        with pytest([*arguments, *self.narrowed], changes, subprocess.PIPE) as process:
            self._judge(title, process, process.stdout or [])

    def _judge(self, title: str, process: "subprocess.Popen[str]", lines: Iterable[str]) -> None:
        summary = "no summary"
        for line in lines:
            print(line, end="", flush=True)
            if SUMMARY.match(line):
                summary = line.strip()
        self.summaries.append(f"{title}: {summary}")
        code = process.wait()
        if code and not (code == NO_TESTS and self.narrowed):
            self.failed.append(title)

    def leave_out(self, what: str) -> None:
        """Note what could not be done here."""
        say(f"LEFT OUT: {what}")
        self.left_out.append(what)

    def finish(self) -> int:
        """Say how it went; the exit code."""
        if not self.summaries:
            say(
                "\nChecks failed: " + ", ".join(self.failed)
                if self.failed
                else "\nAll checks passed."
            )
            return bool(self.failed)
        say("\n== Result")
        for what in self.left_out:
            say(f"Left out: {what}")
        in_ci = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
        if in_ci and self.left_out:
            self.failed.append("something was left out, which CI does not accept")
        for what in self.failed:
            say(f"Failed: {what}")
        for line in self.summaries:
            say(line)
        return bool(self.failed)


def checks(run: Run) -> None:
    """What needs no server. The environment of whoever calls it changes nothing."""
    foreign = ("DATABASE_URL", "REDIS_URL", "QUAD_ENV", "DEBUG")
    plain = {key: value for key, value in os.environ.items() if key not in foreign}
    key = subprocess.run(
        [sys.executable, "-c", MAKE_KEY], capture_output=True, text=True, check=True
    ).stdout

    def check(title: str, command: list[str]) -> None:
        production = {**PRODUCTION, "JWT_PRIVATE_KEY": key} if "production" in title else {}
        run.check(title, command, {**plain, **production})

    with ThreadPoolExecutor(services.WORKERS) as pool:
        for done in [pool.submit(check, *each) for each in CHECKS]:
            done.result()


MAKE_KEY = """
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
print(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode())
"""


def large(run: Run) -> None:
    """The whole suite on PostgreSQL and Redis."""
    with ExitStack() as stack:
        say("")
        database = services.postgres(stack)
        redis_urls = services.redises(stack) if database else []
        browser = services.chromium() if database else None
        if database is None:
            run.leave_out(
                "everything on PostgreSQL and Redis (concurrency, faults, browser): no server runs "
                "here, none is installed, and only root can install one. Set DATABASE_URL and "
                "REDIS_URL, or install postgresql and redis-server."
            )
            return
        mark = "not browser and not large"
        if not redis_urls:
            run.leave_out("tests on Redis: none runs here and redis-server is not installed.")
            mark += " and not redis"
        if browser is None:
            run.leave_out("browser tests: Chromium is not installed.")
        # A Redis for each process that tests at once: publish/subscribe knows no database numbers.
        workers = services.WORKERS if len(redis_urls) != 1 else 0
        alone = {
            "DATABASE_URL": database,
            "REDIS_URL": (redis_urls or [""])[0],
            "QUAD_TEST_REDIS_URLS": "",
            "QUAD_CHROMIUM": browser or "",
            "QUAD_TEST_TEMPLATE": services.template(stack, database, MANAGE, ROOT),
        }
        together = alone | {"QUAD_TEST_REDIS_URLS": " ".join(redis_urls)}
        run.tests("PostgreSQL and Redis", ["-m", mark, "-n", str(workers)], together)
        # What starts whole deployments has the machine for itself: it waits for answers by the clock.
        if redis_urls:
            run.tests("Whole deployments and storms", ["-m", "large"], alone)
        if browser:
            run.tests("In the browser", ["-m", "browser", "-n", str(workers)], together)


def main() -> int:
    """Check, test, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--checks-only", action="store_true", help="no tests")
    parser.add_argument("--no-checks", action="store_true", help="tests alone")
    options, arguments = parser.parse_known_args()
    run = Run(arguments)
    if not options.no_checks:
        say("== Checks")
        checks(run)
    if not options.checks_only:
        if not services.pdfs(ROOT):
            run.leave_out("tests that draw PDFs: their libraries and fonts are not installed.")
        run.tests(
            "Embedded default (SQLite)",
            ["-m", EMBEDDED, "-n", str(services.WORKERS)],
            {"DATABASE_URL": "", "REDIS_URL": "", "QUAD_TEST_REDIS_URLS": ""},
        )
        large(run)
    return run.finish()


if __name__ == "__main__":
    sys.exit(main())
