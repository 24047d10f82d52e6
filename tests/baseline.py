"""What migrations stored, put back after each test that commits.

Django empties every table (TRUNCATE of all, well over a hundred) and loads what was there through the
models, a second for each such test. A test writes to few tables: one statement finds those that are not
as they were, and only these are emptied and filled again, by COPY where there is one.
"""

import functools
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.test import TransactionTestCase

Rows = list[tuple[Any, ...]]


class Baseline:
    """The rows of all tables at one moment, of one database (subclasses: one for each kind)."""

    def __init__(self) -> None:
        self.tables = sorted(self._names())

    def _names(self) -> Iterable[str]:
        return connection.introspection.django_table_names(only_existing=True, include_views=False)

    def restore(self) -> None:
        """Put back what was there; whoever writes at this moment is waited for."""
        raise NotImplementedError


class OnPostgres(Baseline):
    """Compares by a checksum that the server makes."""

    def __init__(self) -> None:
        super().__init__()
        quoted = {table: connection.ops.quote_name(table) for table in self.tables}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, string_agg(quote_ident(column_name), ', ') "
                "FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND is_generated = 'NEVER' GROUP BY 1"
            )
            self.copies = {
                table: f"{quoted[table]} ({columns})"
                for table, columns in cursor.fetchall()
                if table in quoted
            }
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            [self.may_switch_triggers_off] = cursor.fetchone()
            self.kept = {}
            for table in self.tables:
                cursor.execute(f"SELECT EXISTS (SELECT FROM {quoted[table]})")
                if cursor.fetchone()[0]:
                    with cursor.copy(f"COPY {self.copies[table]} TO STDOUT") as copy:
                        self.kept[table] = b"".join(bytes(part) for part in copy)
            sums = {}
            for table in self.kept:
                cursor.execute(f"SELECT {self._sum(quoted[table])}")
                [sums[table]] = cursor.fetchone()
        changed = ", ".join(
            f"CASE WHEN {self._sum(quoted[table])} <> '{sums[table]}' THEN '{table}' END"
            if table in sums
            else f"CASE WHEN EXISTS (SELECT FROM {quoted[table]}) THEN '{table}' END"
            for table in self.tables
        )
        self.lock = f"LOCK TABLE {', '.join(quoted.values())} IN EXCLUSIVE MODE"
        self.changed = f"SELECT array_remove(ARRAY[{changed}], NULL)"
        self.quoted = quoted

    @staticmethod
    def _sum(table: str) -> str:
        return (
            "(SELECT count(*) || ':' || coalesce(sum(hashtextextended(r::text, 0)), 0) "
            f"FROM {table} r)"
        )

    def restore(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                self._restore(cursor)
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise

    def _restore(self, cursor: Any) -> None:
        cursor.execute(self.lock)
        cursor.execute(self.changed)
        changed = cursor.fetchone()[0]
        if not changed:
            return
        if self.may_switch_triggers_off:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {self.quoted[table]}" for table in changed))
        else:  # foreign keys ask for all tables at once
            cursor.execute(f"TRUNCATE {', '.join(self.quoted.values())}")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            changed = list(self.kept)
        for table in changed:
            if table in self.kept:
                with cursor.copy(f"COPY {self.copies[table]} FROM STDIN") as copy:
                    copy.write(self.kept[table])


class OnSQLite(Baseline):
    """Compares the rows themselves: the database lies in this process's memory."""

    def __init__(self) -> None:
        super().__init__()
        self.quoted = {table: connection.ops.quote_name(table) for table in self.tables}
        with connection.cursor() as cursor:
            self.columns = {table: self._columns(cursor, table) for table in self.tables}
            self.kept = {
                table: rows for table in self.tables if (rows := self._rows(cursor, table))
            }
        self.filled = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {self.quoted[table]})"
            for table in self.tables
            if table not in self.kept
        )

    def _names(self) -> Iterable[str]:
        # The indexes of full-text search follow their tables by triggers.
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL %'")
            virtual = {name for (name,) in cursor.fetchall()}
        return set(super()._names()) - virtual

    def _columns(self, cursor: Any, table: str) -> list[str]:
        cursor.execute(f"PRAGMA table_xinfo({self.quoted[table]})")
        return [connection.ops.quote_name(name) for _, name, *_, hidden in cursor if not hidden]

    def _rows(self, cursor: Any, table: str) -> Rows:
        # As they are stored: the value of an expression is not converted, unlike that of a column.
        values = ", ".join(f"+{column}" for column in self.columns[table])
        cursor.execute(f"SELECT {values} FROM {self.quoted[table]}")
        return cursor.fetchall()  # type: ignore[no-any-return]

    def restore(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute("BEGIN IMMEDIATE")
            try:
                self._restore(cursor)
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            finally:
                cursor.execute("PRAGMA foreign_keys = ON")

    def _restore(self, cursor: Any) -> None:
        cursor.execute(self.filled)
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {self.quoted[table]}")
        for table, rows in self.kept.items():
            if self._rows(cursor, table) != rows:
                columns = self.columns[table]
                marks = ", ".join(["%s"] * len(columns))
                cursor.execute(f"DELETE FROM {self.quoted[table]}")
                cursor.executemany(
                    f"INSERT INTO {self.quoted[table]} ({', '.join(columns)}) VALUES ({marks})",
                    rows,
                )


@functools.cache
def of_this_run() -> Baseline:
    """Taken at the first call: when the database has just been made."""
    return OnPostgres() if connection.vendor == "postgresql" else OnSQLite()


def take_over() -> None:
    """Have tests that commit cleaned up after in this way, instead of Django's."""
    of_this_run()
    TransactionTestCase._fixture_teardown = _put_back  # type: ignore[method-assign]


def _put_back(_test: TransactionTestCase) -> None:
    of_this_run().restore()
