"""The database itself refuses to change what is frozen, and to delete what was issued (C6)."""

from django.db import migrations

FROZEN, KEPT, USED = "certificates_frozen", "certificates_kept", "certificates_used_version_frozen"
FACTS = [
    *("number", "hash", "institution_id", "student_id", "user_id", "reason", "name", "title", "hours"),
    *("date", "institution_name", "version_id", "issued_at", "issued_by_id"),
]
LOOK = [
    *("template_id", "number", "html", "css", "background", "page_size", "direction", "language"),
    "used_at",
]


def changed(columns, operator):
    return " OR ".join(f'OLD."{name}" {operator} NEW."{name}"' for name in columns)


def conditions(operator):
    once = f"(OLD.pdf <> '' AND ({changed(['pdf', 'sha256', 'rendered_at'], operator)}))"
    ended = f"(OLD.state <> 'valid' AND ({changed(['state', 'ended_at', 'superseded_by_id'], operator)}))"
    return (
        f"{changed(FACTS, operator)} OR {once} OR {ended}",
        f"OLD.used_at IS NOT NULL AND ({changed(LOOK, operator)})",
    )


ISSUED, LOOKS = conditions("IS DISTINCT FROM")
POSTGRESQL = f"""
CREATE FUNCTION certificates_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = 'What was issued is never changed: ' || TG_NAME,
        ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER {FROZEN} BEFORE UPDATE ON certificates_certificate
    FOR EACH ROW WHEN ({ISSUED}) EXECUTE FUNCTION certificates_refuse();
CREATE TRIGGER {KEPT} BEFORE DELETE ON certificates_certificate
    FOR EACH ROW EXECUTE FUNCTION certificates_refuse();
CREATE TRIGGER {USED} BEFORE UPDATE ON certificates_templateversion
    FOR EACH ROW WHEN ({LOOKS}) EXECUTE FUNCTION certificates_refuse();
"""
POSTGRESQL_BACK = f"""
DROP TRIGGER {FROZEN} ON certificates_certificate;
DROP TRIGGER {KEPT} ON certificates_certificate;
DROP TRIGGER {USED} ON certificates_templateversion;
DROP FUNCTION certificates_refuse();
"""
# SQLite empties tables by DELETE, which the tests do; who deletes there is stopped by the application alone.
ISSUED_HERE, LOOKS_HERE = conditions("IS NOT")
SQLITE = [
    f"""CREATE TRIGGER {FROZEN} BEFORE UPDATE ON certificates_certificate WHEN {ISSUED_HERE}
BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: {FROZEN}'); END;""",
    f"""CREATE TRIGGER {USED} BEFORE UPDATE ON certificates_templateversion WHEN {LOOKS_HERE}
BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: {USED}'); END;""",
]
SQLITE_BACK = [f"DROP TRIGGER {FROZEN};", f"DROP TRIGGER {USED};"]


def run(postgresql, sqlite):
    def operation(apps, schema_editor):
        for statement in [postgresql] if schema_editor.connection.vendor == "postgresql" else sqlite:
            schema_editor.execute(statement)

    return operation


class Migration(migrations.Migration):
    dependencies = [("certificates", "0001_initial")]

    operations = [
        migrations.RunPython(run(POSTGRESQL, SQLITE), run(POSTGRESQL_BACK, SQLITE_BACK)),
    ]
