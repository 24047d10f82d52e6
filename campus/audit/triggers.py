"""What the database itself refuses of the log: that an entry is changed, replaced, deleted or truncated.

The triggers are looked after whenever migrations have run, and made where they are missing: SQLite
drops them silently when a migration of Wagtail's rebuilds a table. Who owns the tables can take
triggers away; it takes a statement that says so.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.db.models import Field
from wagtail.models import ModelLogEntry, PageLogEntry

LOGS = (ModelLogEntry, PageLogEntry)
"""Wagtail's logs; a test asks its registry whether these are all."""
TRUNCATE = "audit_no_truncate"
MESSAGE = "Entries of the audit log are not changed or deleted."


def log_tables() -> dict[str, list[Field]]:
    """Every table of the log with its columns."""
    return {model._meta.db_table: list(model._meta.concrete_fields) for model in LOGS}


def ensure_triggers(using: str = "default", **kwargs: Any) -> None:
    """Make the triggers that are missing (after every ``migrate``)."""
    connection = connections[using]
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table, columns in log_tables().items():
            if table not in there:
                continue  # a part of the apps only
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s",
                    [table, TRUNCATE],
                )
                if not cursor.fetchone()[0]:
                    # Rows have their trigger since the first migration; TRUNCATE goes past it.
                    cursor.execute(
                        f"CREATE TRIGGER {TRUNCATE} BEFORE TRUNCATE ON {table} "
                        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()"
                    )
            else:
                for statement in sqlite_statements(table, columns):
                    cursor.execute(statement)


def sqlite_statements(table: str, columns: list[Field]) -> Iterator[str]:
    """The triggers of one table on SQLite.

    Let through, as on PostgreSQL: writing a row as it is (loading a backup does; its times come back
    without microseconds), and emptying the type of an object whose model is gone from the code.
    """
    same = " AND ".join(_unchanged(str(column.column)) for column in columns)
    rules = {
        "change": f"BEFORE UPDATE ON {table} WHEN NOT ({same})",
        "delete": f"BEFORE DELETE ON {table}",
        # INSERT OR REPLACE deletes the row of that number without a word to the trigger above.
        "replace": f"BEFORE INSERT ON {table} WHEN NEW.id IN (SELECT id FROM {table})",  # noqa: S608
    }
    for name, event in rules.items():
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {sqlite_trigger(table, name)} {event} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )


def sqlite_trigger(table: str, name: str) -> str:
    """The name of a trigger on SQLite, where it is one among all tables'."""
    return f"audit_no_{name}_{table}"


def _unchanged(column: str) -> str:
    if column == "content_type_id":
        return f"(NEW.{column} IS NULL OR NEW.{column} IS OLD.{column})"
    if column == "timestamp":
        return f"substr(NEW.{column}, 1, 23) = substr(OLD.{column}, 1, 23)"
    return f"NEW.{column} IS OLD.{column}"
