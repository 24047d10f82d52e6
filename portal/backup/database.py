"""The whole database into one file and back: SQLite by its own backup, PostgreSQL by its own programs.

Sign-ins are left out: whoever finds an archive cannot go on with them, and one that was ended (a password
changed, an account disabled) does not come to life again by a restore.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from portal.backup.errors import BackupError, BadArchive

LOCK_SECONDS = 30
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _left_out() -> str:
    return Session._meta.db_table


def has_tables() -> bool:
    """Whether there is anything in the database."""
    with connection.cursor() as cursor:
        return bool(connection.introspection.table_names(cursor))


def dump(target: Path) -> dict[str, int]:
    """Write the database, as it is at one moment, to ``target``; gives the rows of each table.

    The portal may run and write meanwhile.
    """
    return _sqlite_dump(target) if connection.vendor == "sqlite" else _postgres_dump(target)


def check(source: Path, tables: Mapping[str, int]) -> None:
    """Raise `BadArchive` where the dump is none that could be loaded."""
    if connection.vendor == "sqlite":
        _sqlite_check(source, tables)
    else:
        _run("pg_restore", "--list", str(source))
        if not all(PLAIN.fullmatch(table) for table in tables):
            raise BadArchive("The archive names a table that cannot be one.")


def load(source: Path, tables: Mapping[str, int]) -> None:
    """Put the dump in place of all that the database holds, in one transaction: wholly or not at all."""
    if connection.vendor == "sqlite":
        _sqlite_load(source)
    else:
        _postgres_load(source, tables)
    connection.close()


# --- SQLite ---------------------------------------------------------------------------------------
def _sqlite() -> sqlite3.Connection:
    connection.ensure_connection()
    own: sqlite3.Connection = connection.connection
    return own


def _counts(copy: sqlite3.Connection) -> dict[str, int]:
    found = copy.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
    )
    quote = connection.ops.quote_name
    return {
        name: copy.execute(f"SELECT count(*) FROM {quote(name)}").fetchone()[0]  # noqa: S608
        for (name,) in found.fetchall()
    }


def _patiently() -> Any:
    """Ends a copy that waits for a lock too long: SQLite itself would ask for ever."""
    until = time.monotonic() + LOCK_SECONDS

    def asked(status: int, remaining: int, total: int) -> None:
        if time.monotonic() > until and status != sqlite3.SQLITE_DONE:
            raise BackupError("Others keep the database locked. Stop the portal first.")

    return asked


def _sqlite_dump(target: Path) -> dict[str, int]:
    with closing(sqlite3.connect(target)) as copy:
        _sqlite().backup(copy, progress=_patiently())
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA secure_delete = ON")
        with copy:
            copy.execute(f"DELETE FROM {connection.ops.quote_name(_left_out())}")  # noqa: S608
        return _counts(copy)


def _sqlite_check(source: Path, tables: Mapping[str, int]) -> None:
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            [(told,)] = copy.execute("PRAGMA integrity_check(1)").fetchall()
            if told != "ok" or _counts(copy) != tables:
                raise BadArchive("The database in the archive is damaged.")
    except sqlite3.DatabaseError as error:
        raise BadArchive(f"The database in the archive cannot be read: {error}.") from error


def _sqlite_load(source: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            copy.backup(_sqlite(), progress=_patiently())
    except sqlite3.Error as error:
        raise BackupError(f"SQLite would not take the database: {error}.") from error


# --- PostgreSQL -----------------------------------------------------------------------------------
def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        major = connection.get_database_version()[0]
        raise BackupError(
            f"The program {name} is missing: install PostgreSQL's client programs, version {major} "
            "or newer."
        )
    return found


def _where() -> tuple[list[str], dict[str, str]]:
    """Options and environment by which PostgreSQL's programs find the database."""
    arguments, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    name = arguments.pop()
    return [*arguments[1:], "--dbname", name], environment or {}


def _run(name: str, *arguments: str, **changes: str) -> None:
    done = subprocess.run(  # noqa: S603 (PostgreSQL's own programs)
        [_program(name), *arguments],
        env={**os.environ, **changes},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise BackupError(f"{name} failed: {' '.join(words[-3:])}")


@contextmanager
def _snapshot() -> Iterator[tuple[str, dict[str, int]]]:
    """One moment of the database, for our own counting and for pg_dump alike."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [(name,)] = cursor.fetchall()
        tables = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            tables[table] = cursor.fetchone()[0]
        yield name, tables


def _postgres_dump(target: Path) -> dict[str, int]:
    where, environment = _where()
    with _snapshot() as (name, tables):
        options = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments"]
        options += [f"--exclude-table-data={_left_out()}", f"--snapshot={name}"]
        _run("pg_dump", *options, "--file", str(target), *where, **environment)
    return {**tables, _left_out(): 0}


def _refuse_company() -> None:
    """Raise where the portal's own user is connected elsewhere, too: it runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND usename = current_user AND pid <> pg_backend_pid()"
        )
        [(others,)] = cursor.fetchall()
    if others:
        raise BackupError(
            f"The portal is connected to the database ({others} times). Stop all its processes first."
        )


def _postgres_load(source: Path, tables: Mapping[str, int]) -> None:
    _refuse_company()
    where, environment = _where()
    connection.close()
    body, script = source.with_suffix(".body"), source.with_suffix(".sql")
    _run("pg_restore", "--no-owner", "--no-privileges", "--file", str(body), str(source))
    with script.open("wb") as whole, body.open("rb") as statements:
        whole.write(_line(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
        whole.write(_line("DROP SCHEMA IF EXISTS public CASCADE"))
        whole.write(_line("CREATE SCHEMA public"))
        shutil.copyfileobj(statements, whole)
        for table, count in tables.items():
            found = f'SELECT count(*) FROM public."{table}"'  # noqa: S608 (checked by `check`)
            words = f"RAISE EXCEPTION 'rows of {table} are missing'"
            whole.write(
                _line(f"DO $$ BEGIN IF ({found}) <> {int(count)} THEN {words}; END IF; END $$")
            )
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1"]
    _run("psql", *options, "--file", str(script), *where, **environment)


def _line(statement: str) -> bytes:
    return f"{statement};\n".encode()
