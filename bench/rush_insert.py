"""The limit of the rush: one bare INSERT in a transaction of its own, over HTTP and without it."""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg

TABLE = """
CREATE TABLE IF NOT EXISTS bench_enrollment (
    id bigserial PRIMARY KEY, student bigint NOT NULL, section bigint NOT NULL,
    state varchar(10) NOT NULL, since timestamptz NOT NULL DEFAULT now(), UNIQUE (student, section)
)
"""
_local = threading.local()
_next = iter(range(os.getpid() * 10_000_000, (os.getpid() + 1) * 10_000_000))


def connection() -> psycopg.Connection:
    """The connection of this thread, kept open, in autocommit."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    found: psycopg.Connection = _local.connection
    return found


def insert() -> None:
    """Store one row."""
    connection().execute(
        "INSERT INTO bench_enrollment (student, section, state) VALUES (%s, 1, 'active')",
        [next(_next)],
    )


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application that reads the body, inserts and answers 201."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    insert()
    start_response("201 Created", [("Content-Type", "application/json"), ("Content-Length", "2")])
    return [b"{}"]
