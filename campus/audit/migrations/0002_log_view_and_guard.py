"""The view that shows both logs as one, and the guard that no entry is changed or taken out."""

from django.db import migrations

TABLES = ("wagtailcore_modellogentry", "wagtailcore_pagelogentry")

VIEW = """
CREATE VIEW audit_entry AS
    SELECT 'o' || id AS id, content_type_id, object_id, label, action, data, timestamp, uuid, user_id
      FROM wagtailcore_modellogentry
    UNION ALL
    SELECT 'p' || id AS id, content_type_id, CAST(page_id AS varchar(255)) AS object_id, label, action,
           data, timestamp, uuid, user_id
      FROM wagtailcore_pagelogentry
"""

# Let through: writing a row as it is (loading a backup does), and emptying content_type, as Django does
# where a model is gone from the code.
POSTGRES_FUNCTION = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.content_type_id IS NULL THEN
            OLD.content_type_id := NULL;
        END IF;
        -- What was written out as JSON comes back without its microseconds: the row keeps its own.
        IF date_trunc('milliseconds', NEW.timestamp) = date_trunc('milliseconds', OLD.timestamp) THEN
            NEW.timestamp := OLD.timestamp;
        END IF;
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Entries of the audit log are not changed or deleted.'
        USING ERRCODE = 'restrict_violation';
END
$$
"""


def forwards(apps, schema_editor):
    """Make the view and the first triggers; campus.audit.triggers adds the others after every migrate."""
    schema_editor.execute(VIEW)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_FUNCTION, params=None)
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER audit_immutable BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()"
            )
    else:
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER audit_immutable_{table} BEFORE UPDATE ON {table} "
                "WHEN NOT ((NEW.content_type_id IS NULL OR NEW.content_type_id = OLD.content_type_id) "
                "AND NEW.label = OLD.label AND NEW.action = OLD.action AND NEW.data = OLD.data "
                "AND substr(NEW.timestamp, 1, 23) = substr(OLD.timestamp, 1, 23) AND NEW.user_id IS OLD.user_id) "
                "BEGIN SELECT RAISE(ABORT, 'Entries of the audit log are not changed.'); END"
            )


def backwards(apps, schema_editor):
    """Take them away again."""
    postgres = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        name = f"audit_immutable ON {table}" if postgres else f"audit_immutable_{table}"
        schema_editor.execute(f"DROP TRIGGER {name}")
    if postgres:
        schema_editor.execute("DROP FUNCTION audit_refuse_change()")
    schema_editor.execute("DROP VIEW audit_entry")


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
