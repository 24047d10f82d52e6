"""The versions of tags: in Redis, or in the database where there is none.

Three rules make a kept page never stale, whichever holds the versions:

1. Versions come from one growing row of numbers over all tags.
2. A page takes the number as it stood *before* anything was rendered (``begin``); a tag with a
   greater number at the end was touched meanwhile, and the page is not kept (``seal``).
3. A kept page is sent only if its tags still have the numbers of its seal (``holds``).
"""

import logging
import os
import secrets
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction

logger = logging.getLogger(__name__)

TABLE = "pagecache_tag"
_NEXT = f"(SELECT COALESCE(MAX(version), 0) + 1 FROM {TABLE})"  # noqa: S608 (a constant)


class VersionsUnavailable(Exception):
    """The versions cannot be read: nothing is sent from the cache until they can."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the row of numbers stood. ``epoch`` changes when the numbers began again."""

    epoch: bytes
    number: int


@dataclass(slots=True)
class Seal:
    """The tags of a kept page and what their versions were, as the store compares them.

    ``seen`` is the last moment of which the store knows that the seal held.
    """

    tags: tuple[str, ...]
    state: Any
    command: bytes = b""
    seen: Moment | None = None


class Versions(ABC):
    """Where versions live."""

    #: Whether a touch is a row in the caller's transaction (else it follows the commit).
    transactional = False

    @abstractmethod
    def begin(self) -> Moment:
        """Where the numbers stand now; taken before rendering."""

    @abstractmethod
    def seal(self, moment: Moment, tags: Collection[str]) -> Seal | None:
        """The seal of what was rendered since ``moment``, or None if a tag was touched meanwhile."""

    @abstractmethod
    def holds(self, seal: Seal) -> bool:
        """Whether no tag of ``seal`` was touched since."""

    @abstractmethod
    def touch(self, tags: Collection[str]) -> None:
        """Give all of ``tags`` the next number."""


class RedisVersions(Versions):
    """Versions in one Redis hash, for any number of processes on any number of machines.

    One hash, so that losing it (a restart, an eviction) loses the epoch with it, and every kept page
    of every process ends at once.

    To ask Redis for each hit would cost many times the rest of it: a thread that goes to sleep and is
    woken. So where the row of numbers stands is good for ``LEASE`` seconds from the asking, for all
    hits of the process, and ``touch`` returns only when that time has passed everywhere. As long as the
    row has not moved since a seal was last looked at, no tag of it was touched.
    """

    KEY = "quad:pagecache"
    LEASE = 0.001
    TOUCH = """
    local number = redis.call('HINCRBY', KEYS[1], ':number', 1)
    for _, tag in ipairs(ARGV) do redis.call('HSET', KEYS[1], tag, number) end
    return number
    """
    PAUSE = 1.0  # seconds without a try after Redis failed

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}
        self._client = redis.Redis.from_url(url, **options)
        self._script = self._client.register_script(self.TOUCH)
        self._pool = redis.ConnectionPool.from_url(url, protocol=2, **options)
        self._local = threading.local()
        self._where = self._hmget([])
        self._stood: tuple[float, Moment] | None = None  # until when it is good, and what it was
        self._down_until = 0.0
        self._owed: set[str] = set()
        self._owed_lock = threading.Lock()

    def _hmget(self, fields: Iterable[str]) -> bytes:
        """The command that reads where the row stands and the versions of ``fields``, packed.

        redis-py's client spends more on packing and pooling than a look-up takes.
        """
        names = (self.KEY, ":epoch", ":number", *fields)
        parts = [b"HMGET", *(name.encode() for name in names)]
        words = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        return b"*%d\r\n%s" % (len(parts), words)

    def _connection(self, *, fresh: bool) -> Any:
        held = getattr(self._local, "connection", None)
        if held is None or self._local.pid != os.getpid():
            held = self._local.connection = self._pool.make_connection()
            self._local.pid = os.getpid()
        elif fresh:
            held.disconnect()
        return held

    def _ask(self, command: bytes) -> list[bytes | None]:
        if self._owed:
            self._pay()
        if time.monotonic() < self._down_until:
            raise VersionsUnavailable
        for fresh in (False, True):  # the server may have closed a connection that was idle
            held = self._connection(fresh=fresh)
            try:
                held.send_packed_command([command], check_health=False)
                answer: list[bytes | None] = held.read_response(disable_decoding=True)
                return answer
            except (redis.RedisError, OSError) as error:
                held.disconnect()
                failure: Exception = error
        self._down_until = time.monotonic() + self.PAUSE
        logger.warning("Page cache off for %s s: Redis failed (%s).", self.PAUSE, failure)
        raise VersionsUnavailable from failure

    def _look(self, command: bytes) -> tuple[Moment, list[bytes | None]]:
        """Where the row stands and the versions asked for by ``command``, of one and the same instant."""
        asked = time.monotonic()
        epoch, number, *state = self._ask(command)
        moment = Moment(epoch or b"", int(number or 0))
        self._stood = (asked + self.LEASE, moment)
        return moment, state

    def _moment(self) -> Moment:
        """Where the row stands, as it was asked for at most ``LEASE`` seconds ago."""
        if self._owed:
            self._pay()
        stood = self._stood
        if stood is not None and time.monotonic() < stood[0]:
            return stood[1]
        return self._look(self._where)[0]

    def begin(self) -> Moment:
        moment = self._moment()
        if not moment.epoch:
            try:
                self._client.hsetnx(self.KEY, ":epoch", secrets.token_hex(8))
            except redis.RedisError as error:
                raise VersionsUnavailable from error
            moment, _ = self._look(self._where)
        return moment

    def seal(self, moment: Moment, tags: Collection[str]) -> Seal | None:
        ordered = tuple(sorted(tags))
        command = self._hmget(ordered)
        now, state = self._look(command)
        touched = any(version and int(version) > moment.number for version in state)
        if touched or not now.epoch or now.epoch != moment.epoch:
            return None
        return Seal(ordered, state, command, now)

    def holds(self, seal: Seal) -> bool:
        now = self._moment()
        if now == seal.seen:
            return True
        before = seal.seen
        now, state = self._look(seal.command)
        if before is None or now.epoch != before.epoch or state != seal.state:
            return False
        seal.seen = now
        return True

    def touch(self, tags: Collection[str]) -> None:
        """As declared; returns when no process relies on an answer of before.

        If Redis is away the tags stay owed and are paid with the next call. Until then other
        processes may send what they kept, for as long as a page lives at most.
        """
        with self._owed_lock:
            self._owed.update(tags)
        self._pay()
        time.sleep(self.LEASE)

    def _pay(self) -> None:
        with self._owed_lock:
            owed = sorted(self._owed)
            if not owed:
                return
            try:
                self._script(keys=[self.KEY], args=owed)
            except redis.RedisError:
                logger.exception("Page cache: Redis is away, touches of %s are owed.", owed)
                raise VersionsUnavailable from None
            self._owed.clear()
            self._stood = None


class DatabaseVersions(Versions):
    """Versions in the database, asked for with one query a hit (PostgreSQL without Redis)."""

    def begin(self) -> Moment:
        rows = self._query(f"SELECT COALESCE(MAX(version), 0) FROM {TABLE}", ())  # noqa: S608
        return Moment(b"database", int(rows[0][0]))

    def seal(self, moment: Moment, tags: Collection[str]) -> Seal | None:
        ordered = tuple(sorted(tags))
        state = self._read(ordered)
        if any(version > moment.number for version in state.values()):
            return None
        return Seal(ordered, state)

    def holds(self, seal: Seal) -> bool:
        return self._read(seal.tags) == seal.state

    def touch(self, tags: Collection[str]) -> None:
        for tag in sorted(tags):
            # Its own statement in autocommit: no lock outlives it, however long a transaction is.
            self._write(tag)

    def _read(self, tags: tuple[str, ...]) -> dict[str, int]:
        marks = ", ".join(["%s"] * len(tags))
        sql = f"SELECT name, version FROM {TABLE} WHERE name IN ({marks})"  # noqa: S608
        return dict(self._query(sql, tags))

    def _query(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        try:
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall()
        except DatabaseError as error:
            raise VersionsUnavailable from error

    def _write(self, tag: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE} (name, version) VALUES (%s, {_NEXT}) "  # noqa: S608
                "ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                [tag],
            )


class SqliteMemoryVersions(DatabaseVersions):
    """For SQLite without a file (tests): rows in the caller's transaction."""

    transactional = True

    def _write(self, tag: str) -> None:
        _write_sqlite(tag)


class SqliteVersions(Versions):
    """Versions in SQLite's file, mirrored in memory: the embedded default.

    ``PRAGMA data_version`` on a connection of our own says in microseconds whether any process or
    thread committed since; only then the numbers that are new are read. A touch is a row in the
    transaction of the change, so nothing is stale in any process from the commit on.
    """

    transactional = True

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._seen: int | None = None
        self._versions: dict[str, int] = {}
        self._number = 0
        self._epoch = 0

    def _refresh(self) -> None:
        """Bring the mirror up to date; with the lock held."""
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    f"{self._path.resolve().as_uri()}?mode=rw",
                    uri=True,
                    timeout=5,
                    isolation_level=None,
                    check_same_thread=False,
                )
            seen = self._connection.execute("PRAGMA data_version").fetchone()[0]
            if seen == self._seen:
                return
            number = self._connection.execute(
                f"SELECT COALESCE(MAX(version), 0) FROM {TABLE}"  # noqa: S608 (a constant)
            ).fetchone()[0]
            if number < self._number:  # a backup was restored
                self._versions, self._number = {}, 0
                self._epoch += 1
            if number > self._number:
                rows = self._connection.execute(
                    f"SELECT name, version FROM {TABLE} WHERE version > ?",  # noqa: S608
                    (self._number,),
                ).fetchall()
                self._versions.update(rows)
                self._number = max(version for _, version in rows)
            self._seen = seen
        except sqlite3.Error as error:
            if self._connection is not None:
                self._connection.close()
            self._connection = self._seen = None
            raise VersionsUnavailable from error

    def begin(self) -> Moment:
        with self._lock:
            self._refresh()
            return Moment(b"%d" % self._epoch, self._number)

    def _state(self, tags: tuple[str, ...]) -> tuple[int, ...]:
        get = self._versions.get
        return (self._epoch, *[get(tag, 0) for tag in tags])

    def seal(self, moment: Moment, tags: Collection[str]) -> Seal | None:
        ordered = tuple(sorted(tags))
        with self._lock:
            self._refresh()
            state = self._state(ordered)
        if b"%d" % state[0] != moment.epoch or max(state[1:], default=0) > moment.number:
            return None
        return Seal(ordered, state)

    def holds(self, seal: Seal) -> bool:
        with self._lock:
            self._refresh()
            return self._state(seal.tags) == seal.state

    def touch(self, tags: Collection[str]) -> None:
        for tag in sorted(tags):
            _write_sqlite(tag)


def _write_sqlite(tag: str) -> None:
    """Write a touch inside Django's transaction, past its cursor.

    It is part of the cache's machinery and not of the service's work: past the cursor it does not
    count among the queries that a test allows, which then are the same on both databases.
    """
    connection.ensure_connection()
    if connection.needs_rollback:
        return  # nothing of this transaction will be seen
    connection.connection.execute(
        f"INSERT INTO {TABLE} (name, version) VALUES (?, {_NEXT}) "  # noqa: S608 (constants)
        "ON CONFLICT (name) DO UPDATE SET version = excluded.version",
        (tag,),
    )


@cache
def versions() -> Versions:
    """Where this process reads and writes versions, by the settings."""
    if settings.REDIS_URL:
        return RedisVersions(settings.REDIS_URL)
    if connection.vendor != "sqlite":
        return DatabaseVersions()
    name = str(connection.settings_dict["NAME"])
    if name == ":memory:" or "mode=memory" in name:
        return SqliteMemoryVersions()
    return SqliteVersions(name)


class _AfterCommit:
    """The touches of one transaction, sent in one go after its commit."""

    def __init__(self, tags: Iterable[str]) -> None:
        self.tags = set(tags)

    def __call__(self) -> None:
        try:
            versions().touch(self.tags)
        except VersionsUnavailable:
            pass  # told in the log, and owed
        except DatabaseError:
            logger.exception("Page cache: touches of %s were lost.", sorted(self.tags))


def touch(*tags: str) -> None:
    """Say that what ``tags`` stand for has changed: no page made of it is sent from now on.

    Call it inside the transaction of the change (services do, once for a whole import). With Redis
    it takes effect after the commit and not at all after a rollback; on SQLite it is a row of the
    same transaction. Outside a transaction it takes effect at once. Never raises for a cache that
    is away. Safe in any process and thread.
    """
    if not tags:
        return
    store = versions()
    if store.transactional:
        store.touch(tags)
        return
    here = set(connection.savepoint_ids)
    for savepoints, function, *_ in reversed(connection.run_on_commit):
        # Those of an outer savepoint stay if this one is rolled back: one touch too many at worst.
        if isinstance(function, _AfterCommit) and savepoints <= here:
            function.tags.update(tags)
            return
    transaction.on_commit(_AfterCommit(tags), robust=True)
