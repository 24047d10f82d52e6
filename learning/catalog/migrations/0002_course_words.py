"""What the list of courses searches on PostgreSQL: a column that the database keeps, and its index.

It is no field of the model: SQLite has no such type, and nothing reads or writes it but the condition in
``learning/catalog/text_search.py``. The parts of the vector are weighted apart: A code and title, B the
same without English endings taken off (for how words begin), D the description.
"""

from typing import Any

from django.db import migrations

CODE_AND_TITLE = "translate(code || ' ' || title, '-/', '  ')"
MAKE = (
    f"""
ALTER TABLE catalog_course ADD COLUMN words tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', {CODE_AND_TITLE}), 'A')
    || setweight(to_tsvector('simple', {CODE_AND_TITLE}), 'B')
    || to_tsvector('english', translate(description, '-/', '  '))
) STORED
""",
    "CREATE INDEX catalog_course_words ON catalog_course USING gin (words)",
)


def make(apps: Any, schema_editor: Any) -> None:
    """Make column and index; SQLite keeps to Wagtail's index."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in MAKE:
            schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    """Drop the column, and the index with it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE catalog_course DROP COLUMN words")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunPython(make, drop)]
