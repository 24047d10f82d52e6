"""Real parallel transactions: threads with connections of their own, let go at one moment."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections

from learning.catalog.models import Section
from learning.enrollments import services

CAPACITY_CHECK = "catalog_section_not_over_capacity"


def in_parallel(calls: Sequence[Callable[[], Any]], *, threads: int = 16) -> list[Any]:
    """What each call gave back or raised, in the order given; at most ``threads`` at once."""
    results: list[Any] = [None] * len(calls)
    positions = iter(range(len(calls)))
    lock, start = threading.Lock(), threading.Barrier(min(threads, len(calls)))

    def work() -> None:
        connections["default"].ensure_connection()
        start.wait(30)
        try:
            while True:
                with lock:
                    position = next(positions, None)
                if position is None:
                    return
                try:
                    results[position] = calls[position]()
                except Exception as error:
                    results[position] = error
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(start.parties)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
        assert not worker.is_alive(), "a transaction never came back"
    return results


@contextmanager
def without_the_locks(
    monkeypatch: pytest.MonkeyPatch, *, section: bool = False, students: bool = False
) -> Iterator[None]:
    """The control: the same services without the lock on the section (and without the database's own
    check of the capacity), or without that on students."""
    with monkeypatch.context() as patch:
        if section:
            patch.setattr(
                services,
                "lock_section",
                lambda pk: Section.objects.select_related("course", "season").get(pk=pk),
            )
        if students:
            patch.setattr(
                services,
                "lock_students",
                lambda ids: list(
                    services.Student.objects.select_related("user")
                    .filter(pk__in=ids)
                    .order_by("pk")
                ),
            )
        with connection.cursor() as cursor:
            if section:
                cursor.execute(
                    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s",
                    [CAPACITY_CHECK],
                )
                [definition] = cursor.fetchone()
                cursor.execute(f"ALTER TABLE catalog_section DROP CONSTRAINT {CAPACITY_CHECK}")
        try:
            yield
        finally:
            if section:
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE catalog_section SET capacity = NULL")
                    cursor.execute(
                        f"ALTER TABLE catalog_section ADD CONSTRAINT {CAPACITY_CHECK} {definition}"
                    )


@contextmanager
def without(*guards: str) -> Iterator[None]:
    """The control: without these constraints or unique indexes of the database.

    What the tables hold is thrown away before they are put back: it may be what they forbid.
    """
    back: list[str] = []
    tables: list[str] = []
    with connection.cursor() as cursor:
        for name in guards:
            cursor.execute(
                "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE conname = %s",
                [name],
            )
            if found := cursor.fetchone():
                table, definition = found
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
                back.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            else:
                cursor.execute(
                    "SELECT tablename, indexdef FROM pg_indexes WHERE indexname = %s", [name]
                )
                table, definition = cursor.fetchone()
                cursor.execute(f"DROP INDEX {name}")
                back.append(definition)
            tables.append(table)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
            for statement in back:
                cursor.execute(statement)
