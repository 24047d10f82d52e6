"""An index for searching all fields at once, which Wagtail's own indexes on PostgreSQL do not serve.

It looks words up in title and body put together; its indexes are on either alone.
"""

from typing import Any

from django.db import migrations

MAKE = """
CREATE INDEX IF NOT EXISTS search_words ON wagtailsearch_indexentry USING gin ((title || body))
"""


def make(apps: Any, schema_editor: Any) -> None:
    """Make the index; SQLite keeps its own."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(MAKE)


def drop(apps: Any, schema_editor: Any) -> None:
    """Drop it again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS search_words")


class Migration(migrations.Migration):
    dependencies = [("wagtailsearch", "0010_add_text_fields")]

    operations = [migrations.RunPython(make, drop)]
