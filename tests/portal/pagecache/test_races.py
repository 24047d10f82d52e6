"""Writes beside renderings, in threads and in other processes: nothing stale after the commit."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from unittest import mock

import pytest
import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction

from portal.pagecache import PageCache, touch
from portal.pagecache.versions import (
    DatabaseVersions,
    RedisVersions,
    SqliteVersions,
    Versions,
    VersionsUnavailable,
)
from tests.portal.pagecache import urls
from tests.portal.pagecache.browser import Visitor
from tests.processes import ROOT, free_port

TABLE = "CREATE TABLE pagecache_tag (name TEXT PRIMARY KEY, version BIGINT NOT NULL)"


class _SqliteFile(SqliteVersions):
    """As in the embedded default, on a file of the test's own; it writes by itself."""

    def touch(self, tags: object) -> None:
        _touch_file(self._path, *tags)  # type: ignore[misc]


def _touch_file(path: Path, *tags: str) -> None:
    with sqlite3.connect(path, isolation_level=None) as other:
        for tag in tags:
            other.execute(
                "INSERT INTO pagecache_tag VALUES (?, (SELECT COALESCE(MAX(version), 0) + 1"
                " FROM pagecache_tag)) ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                (tag,),
            )
    other.close()


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Versions:
    """Versions as each of the two ways to run holds them."""
    if request.param == "redis":
        return RedisVersions(request.getfixturevalue("redis_url"))
    path = tmp_path / "versions.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute(TABLE)
    made.close()
    return _SqliteFile(path)


def test_a_seal_holds_until_one_of_its_tags_is_touched(store: Versions) -> None:
    seal = store.seal(store.begin(), {"site", "courses"})
    assert seal is not None
    assert store.holds(seal)
    store.touch({"other"})
    assert store.holds(seal)
    store.touch({"courses", "more"})
    assert not store.holds(seal)


def test_a_touch_during_the_rendering_leaves_nothing_to_keep(store: Versions) -> None:
    moment = store.begin()
    store.touch({"courses"})
    assert store.seal(moment, {"site", "courses"}) is None
    assert store.seal(moment, {"site"}) is not None, "another tag was not touched"
    assert store.seal(store.begin(), {"courses"}) is not None


@pytest.mark.django_db
def test_a_page_rendered_while_it_changes_is_not_kept(site: PageCache, store: Versions) -> None:
    """The race itself: the old word was read, then the write commits, then the page is done."""
    site._versions = store
    visitor = Visitor(site)

    def write() -> None:
        urls.meanwhile.clear()
        urls.shown["word"] = "second"
        thread = threading.Thread(target=store.touch, args=({"courses"},))
        thread.start()
        thread.join()

    urls.meanwhile.append(write)
    racing = visitor.get("/en/page/")
    assert " first " in racing.text
    assert racing.cache == "", "it went to the one who asked and was not kept"
    assert " second " in visitor.get("/en/page/").text
    assert visitor.get("/en/page/").cache == "hit"


@pytest.mark.django_db
def test_control_a_seal_taken_after_the_rendering_keeps_the_stale_page(
    site: PageCache, store: Versions
) -> None:
    """What taking the moment before the rendering guards: taken after it, the old page stays."""
    site._versions = store
    visitor = Visitor(site)

    def write() -> None:
        urls.meanwhile.clear()
        urls.shown["word"] = "second"
        store.touch({"courses"})

    urls.meanwhile.append(write)
    sealed = store.seal
    with mock.patch.object(store, "seal", lambda moment, tags: sealed(store.begin(), tags)):
        visitor.get("/en/page/")
    assert " first " in visitor.get("/en/page/").text


def test_many_writers_and_readers_never_see_the_past(store: Versions) -> None:
    """Each reader remembers what was committed before it asked, and must not get less."""
    state = {"committed": 0}
    kept: dict[str, object] = {}
    stale: list[tuple[int, int]] = []
    stop = time.monotonic() + 1.5

    def write() -> None:
        while time.monotonic() < stop:
            state["committed"] += 1
            store.touch({"courses"})
            state["told"] = state["committed"]  # from here on nobody may get less
            time.sleep(0.002)

    def read() -> None:
        while time.monotonic() < stop:
            known = state.get("told", 0)
            entry = kept.get("page")
            if entry is not None and store.holds(entry[0]):  # type: ignore[index]
                value = entry[1]  # type: ignore[index]
            else:
                moment = store.begin()
                value = state["committed"]
                time.sleep(0.001)
                seal = store.seal(moment, {"courses"})
                if seal is not None:
                    kept["page"] = (seal, value)
            if value < known:
                stale.append((value, known))

    threads = [threading.Thread(target=write), *[threading.Thread(target=read) for _ in range(3)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state["committed"] > 20
    assert not stale


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_write_ends_no_page_and_a_commit_does(site: PageCache) -> None:
    visitor = Visitor(site)
    visitor.get("/en/stored/")

    def write() -> None:
        get_user_model().objects.create_user(f"{uuid.uuid4()}@quad.example", full_name="Nour")
        touch("people")

    with pytest.raises(RuntimeError), transaction.atomic():
        write()
        raise RuntimeError
    assert visitor.get("/en/stored/").cache == "hit"
    with transaction.atomic():
        write()
        with pytest.raises(RuntimeError), transaction.atomic():
            touch("people")
            raise RuntimeError  # the savepoint takes its own touch back, not the outer one
    assert "Nour" in visitor.get("/en/stored/").text


@pytest.mark.django_db(transaction=True)
@pytest.mark.redis
def test_touches_of_one_transaction_are_sent_once_after_it(site: PageCache) -> None:
    with mock.patch.object(RedisVersions, "touch") as sent:
        with transaction.atomic():
            for number in range(100):
                touch("courses", f"course:{number % 3}")
            assert not sent.called
        sent.assert_called_once_with({"courses", "course:0", "course:1", "course:2"})


@pytest.mark.django_db(transaction=True)
def test_versions_in_the_database_itself() -> None:
    """PostgreSQL without Redis, or SQLite in memory: one query a hit."""
    store = DatabaseVersions()
    seal = store.seal(store.begin(), {"courses"})
    assert seal is not None
    assert store.holds(seal)
    store.touch({"courses"})
    assert not store.holds(seal)
    moment = store.begin()
    store.touch({"courses"})
    assert store.seal(moment, {"courses"}) is None


def test_sqlite_asks_for_nothing_while_nobody_commits(store: Versions) -> None:
    if not isinstance(store, SqliteVersions):
        pytest.skip("for SQLite")
    seal = store.seal(store.begin(), {"courses"})
    assert seal is not None
    statements: list[str] = []
    assert store._connection is not None
    store._connection.set_trace_callback(statements.append)
    assert store.holds(seal)
    assert statements == ["PRAGMA data_version"]


def test_sqlite_begins_anew_after_a_restored_backup(store: Versions) -> None:
    if not isinstance(store, SqliteVersions):
        pytest.skip("for SQLite")
    store.touch({"courses"})
    store.touch({"courses"})
    seal = store.seal(store.begin(), {"courses"})
    assert seal is not None
    with sqlite3.connect(store._path) as other:
        other.execute("DELETE FROM pagecache_tag")
    other.close()
    assert not store.holds(seal)
    store.touch({"courses"})
    store.touch({"courses"})
    assert not store.holds(seal), "the same numbers, counted again"


def test_a_redis_that_lost_its_memory_ends_every_page(redis_url: str) -> None:
    store = RedisVersions(redis_url)
    seal = store.seal(store.begin(), {"courses"})
    assert seal is not None
    redis.Redis.from_url(redis_url).delete(RedisVersions.KEY)
    time.sleep(store.LEASE)
    assert not store.holds(seal)
    store.begin()
    assert not store.holds(seal), "nor after it began again"


@pytest.mark.django_db
def test_without_redis_pages_are_rendered_and_touches_are_owed(site: PageCache) -> None:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs the program redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--save", ""]
    store = RedisVersions(f"redis://127.0.0.1:{port}/0")
    site._versions = store
    visitor = Visitor(site)

    def started() -> "subprocess.Popen[bytes]":
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(100):
            try:
                store._client.ping()
                break
            except redis.RedisError:
                time.sleep(0.05)
        store._down_until = 0
        return server

    server = started()
    visitor.get("/en/page/")
    assert visitor.get("/en/page/").cache == "hit"
    server.terminate()
    server.wait(10)
    urls.shown["word"] = "second"
    with pytest.raises(VersionsUnavailable):
        store.touch({"courses"})
    assert " second " in visitor.get("/en/page/").text
    assert visitor.get("/en/page/").cache == "", "not from the cache while it cannot be checked"
    server = started()
    try:
        assert " second " in visitor.get("/en/page/").text
        assert store._owed == set(), "paid"
        assert visitor.get("/en/page/").cache == "hit"
    finally:
        server.terminate()
        server.wait(10)


def test_an_idle_connection_that_redis_closed_is_opened_again(redis_url: str) -> None:
    store = RedisVersions(redis_url)
    seal = store.seal(store.begin(), {"courses"})
    assert seal is not None
    redis.Redis.from_url(redis_url).client_kill_filter(_type="normal", skipme=True)
    time.sleep(store.LEASE)
    with mock.patch.object(store, "_ask", wraps=store._ask) as asked:
        assert store.holds(seal)
    assert asked.call_count == 1


def test_a_command_in_another_process_ends_a_page_of_this_one(
    store: Versions, tmp_path: Path
) -> None:
    """``touch`` as a management command calls it, in a process of its own, inside a transaction."""
    seal = store.seal(store.begin(), {"courses"})
    assert seal is not None
    if isinstance(store, SqliteVersions):
        changes = {"DATABASE_URL": f"sqlite:///{store._path}", "REDIS_URL": ""}
    else:
        facts = store._client.get_connection_kwargs()
        address = f"redis://{facts['host']}:{facts['port']}/0"
        changes = {"DATABASE_URL": f"sqlite:///{tmp_path / 'any'}", "REDIS_URL": address}
    code = (
        "import django; django.setup()\n"
        "from django.db import transaction\n"
        "from portal.pagecache import touch\n"
        "with transaction.atomic():\n"
        "    touch('courses')\n"
        "    print('before', flush=True); input()\n"
        "print('after', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings", **changes},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    assert process.stdout.readline() == "before\n"
    assert store.holds(seal), "nothing is seen before the commit"
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "after\n"
    assert not store.holds(seal), "nothing is stale after it"
    process.wait(10)
    process.stdin.close()
    process.stdout.close()


@pytest.mark.django_db
def test_two_processes_share_what_was_touched(site: PageCache, redis_url: str) -> None:
    """Two caches with connections of their own, as two web workers are."""
    one, two = Visitor(site), Visitor(PageCache(WSGIHandler(), versions=RedisVersions(redis_url)))
    site._versions = RedisVersions(redis_url)
    for visitor in (one, two):
        visitor.get("/en/page/")
        assert visitor.get("/en/page/").cache == "hit"
    urls.shown["word"] = "second"
    RedisVersions(redis_url).touch({"course:1"})
    assert " second " in one.get("/en/page/").text
    assert " second " in two.get("/en/page/").text


def test_the_store_is_chosen_by_the_settings() -> None:
    from portal.pagecache.versions import versions  # noqa: PLC0415 (the cached one is cleared)

    versions.cache_clear()
    expected = "RedisVersions" if settings.REDIS_URL else "SqliteMemoryVersions"
    if connection.vendor == "postgresql" and not settings.REDIS_URL:
        expected = "DatabaseVersions"
    assert type(versions()).__name__ == expected
    versions.cache_clear()
