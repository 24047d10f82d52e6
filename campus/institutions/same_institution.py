"""A guard of the database: what points to a part of an institution is of that institution itself.

Django knows no foreign key of two columns. PostgreSQL does; SQLite gets triggers that refuse the same,
which a later migration has to put back if it makes the table anew (SQLite's way to alter one).
"""

from typing import Any

from django.db.migrations import RunPython


def same_institution(*, table: str, column: str, target: str) -> RunPython:
    """The operation: ``table``'s ``column`` points to a row of ``target`` with an equal ``institution_id``.

    ``target`` needs a unique constraint on ``id`` and ``institution``.
    """
    name = f"{table}_{column.removesuffix('_id')}_same_institution"

    def forwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} "
                f"FOREIGN KEY ({column}, institution_id) REFERENCES {target} (id, institution_id) "
                "DEFERRABLE INITIALLY IMMEDIATE"
            )
            return
        crossing = (
            f"NEW.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {target} "
            f"WHERE id = NEW.{column} AND institution_id = NEW.institution_id)"
        )
        refuse = f"BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: {name}'); END"
        schema_editor.execute(
            f"CREATE TRIGGER {name}_on_insert BEFORE INSERT ON {table} WHEN {crossing} {refuse}"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name}_on_update BEFORE UPDATE OF {column}, institution_id ON {table} "
            f"WHEN {crossing} {refuse}"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name}_on_target BEFORE UPDATE OF institution_id ON {target} "
            f"WHEN NEW.institution_id <> OLD.institution_id AND EXISTS "
            f"(SELECT 1 FROM {table} WHERE {column} = NEW.id) {refuse}"
        )

    def backwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            return
        for ending in ("insert", "update", "target"):
            schema_editor.execute(f"DROP TRIGGER {name}_on_{ending}")

    return RunPython(forwards, backwards)
