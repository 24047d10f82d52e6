"""Migrated databases to copy: to migrate takes a quarter of a minute, to copy takes none.

On SQLite a file in pytest's own cache, migrated again whenever the code changes (from what is there, as a
portal in use is), and made anew whenever a migration or a requirement does. On PostgreSQL
the database ``QUAD_TEST_TEMPLATE``, which ``make test`` makes for its run and drops again; without it tests
migrate, once (``--reuse-db``).
"""

import fcntl
import hashlib
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("portal", "campus", "bookings", "learning", "home", "search")
OURS = re.compile(rf"^(?:from|import) ((?:{'|'.join(ROOMS)})[.\w]*)", re.MULTILINE)
MODULES = (".py", "/__init__.py")
NAME = os.environ.get("QUAD_TEST_TEMPLATE", "")


def migrate(url: str, **changes: str) -> None:
    """Migrate the empty database at ``url``, in a process of its own."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "REDIS_URL": "", **changes},
        check=True,
    )


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size} ".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def of_code() -> tuple[str, str]:
    """What changes whenever a migration does, or ours that one imports; and whenever any code does."""
    files = {path for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    migrations = {path for path in files if path.parent.name == "migrations"}
    named = {name for path in migrations for name in OURS.findall(path.read_text())}
    imported = {ROOT / f"{name.replace('.', '/')}{end}" for name in named for end in MODULES}
    requirements = ROOT / "requirements.txt"
    return (
        _digest({requirements, *migrations, *(imported & files)}),
        _digest({requirements, *files}),
    )


def on_sqlite(config: pytest.Config) -> Path:
    """A migrated file; the first process that asks makes it, the others wait."""
    assert config.cache is not None
    folder = config.cache.mkdir("quad-databases")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        migrations, code = of_code()
        template = folder / f"{migrations}-{code}.sqlite3"
        if not template.exists():
            unfinished = template.with_suffix(".sqlite3-unfinished")
            unfinished.unlink(missing_ok=True)
            for old in folder.glob(f"{migrations}-*.sqlite3"):
                old.rename(unfinished)
            for old in folder.glob("*.sqlite3*"):
                if old != unfinished:
                    old.unlink()
            migrate(f"sqlite:///{unfinished}")
            with closing(sqlite3.connect(unfinished)) as link:
                link.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
            unfinished.rename(template)
    return template


def use(config: pytest.Config) -> None:
    """Have the test database of this process begin as a copy."""
    if connection.vendor == "postgresql":
        if NAME:
            connection.settings_dict["TEST"]["TEMPLATE"] = NAME
        return
    template, make = on_sqlite(config), connection.creation._create_test_db

    def copied(*arguments: Any, **named: Any) -> str:
        name: str = make(*arguments, **named)
        # Open for as long as this process lives, as the database in memory would end with it.
        copied.link = link = sqlite3.connect(name, uri=True, check_same_thread=False)
        with closing(sqlite3.connect(template)) as source:
            source.backup(link)
        return name

    copied: Any
    connection.creation._create_test_db = copied


Execute = Callable[[str], Any]


def make_on_postgres(execute: Execute, name: str, url: str) -> None:
    """Make the database ``name`` (its address: ``url``), migrated; ``execute`` speaks to its server."""
    if NAME:
        execute(f'CREATE DATABASE "{name}" TEMPLATE "{NAME}"')
    else:
        execute(f'CREATE DATABASE "{name}"')
        migrate(url, QUAD_ENV="development")
