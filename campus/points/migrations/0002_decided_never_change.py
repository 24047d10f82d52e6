"""The database itself refuses to change points that were decided (A2)."""

from django.db import migrations

NAME = "points_decided_never_change"

POSTGRESQL = f"""
CREATE FUNCTION points_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Decided points are never changed.'
        USING ERRCODE = 'check_violation', CONSTRAINT = '{NAME}';
END $$;
CREATE TRIGGER {NAME} BEFORE UPDATE OR DELETE ON points_pointtransaction
    FOR EACH ROW WHEN (OLD.state <> 'pending') EXECUTE FUNCTION points_refuse_change();
"""
POSTGRESQL_BACK = f"""
DROP TRIGGER {NAME} ON points_pointtransaction;
DROP FUNCTION points_refuse_change();
"""
# SQLite empties tables by DELETE, which the tests do; who deletes there is stopped by the application alone.
SQLITE = f"""
CREATE TRIGGER {NAME} BEFORE UPDATE ON points_pointtransaction WHEN OLD.state <> 'pending'
BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: {NAME}'); END;
"""
SQLITE_BACK = f"DROP TRIGGER {NAME};"


def run(postgresql, sqlite):
    def operation(apps, schema_editor):
        schema_editor.execute(postgresql if schema_editor.connection.vendor == "postgresql" else sqlite)

    return operation


class Migration(migrations.Migration):
    dependencies = [("points", "0001_initial")]

    operations = [
        migrations.RunPython(run(POSTGRESQL, SQLITE), run(POSTGRESQL_BACK, SQLITE_BACK)),
    ]
