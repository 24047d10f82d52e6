"""Indexes for the admin's list of users: its orders, and parts of names, e-mails and phones.

Parts of words need PostgreSQL's extension ``pg_trgm``, which it ships and trusts its owners of databases
with. Where the role may not add it, the search works as well and reads the whole table.
"""

from typing import Any

from django.db import migrations, models

MAY = """
SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')
    OR (has_database_privilege(current_database(), 'CREATE')
        AND EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'))
"""
SEARCHED = ("full_name", "email", "phone")


def make(apps: Any, schema_editor: Any) -> None:
    """Make one index for each field, of the expression that ``icontains`` compares."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(MAY)
        if not cursor.fetchone()[0]:
            return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for field in SEARCHED:
        schema_editor.execute(
            f"CREATE INDEX accounts_user_part_of_{field} ON accounts_user "
            f"USING gin ((UPPER({field}::text)) gin_trgm_ops)"
        )


def drop(apps: Any, schema_editor: Any) -> None:
    """Drop the indexes; the extension stays, for who else may use it."""
    if schema_editor.connection.vendor == "postgresql":
        for field in SEARCHED:
            schema_editor.execute(f"DROP INDEX IF EXISTS accounts_user_part_of_{field}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_approval")]

    operations = [
        migrations.AddIndex(
            "user", models.Index(fields=["full_name"], name="accounts_user_by_name")
        ),
        migrations.AddIndex(
            "user", models.Index(fields=["last_login"], name="accounts_user_by_sign_in")
        ),
        migrations.RunPython(make, drop),
    ]
