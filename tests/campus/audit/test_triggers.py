"""Audit: entries cannot be changed, replaced, deleted or truncated by the role that the application has."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from wagtail.log_actions import log
from wagtail.log_actions import registry as log_registry
from wagtail.models import ModelLogEntry, Page, PageLogEntry

from campus.audit import triggers
from portal.audit import record
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
TABLES = {"wagtailcore_modellogentry": ModelLogEntry, "wagtailcore_pagelogentry": PageLogEntry}


@pytest.fixture
def guarded() -> None:
    """The triggers as a migrated portal has them, in this test's transaction; an entry in each log."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DROP TRIGGER {triggers.TRUNCATE} ON {table}")
    triggers.ensure_triggers()
    log(instance=Page.objects.get(depth=1), action="wagtail.edit", user=None)
    record(action="wagtail.edit", instance=factories.course(), actor=None)


def refused(statement: str) -> bool:
    connection.check_constraints()  # what waits for the commit would stop a TRUNCATE before its trigger
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        assert "not changed or deleted" in str(error)
        return True
    return False


def test_wagtail_has_no_other_log() -> None:
    assert set(log_registry.get_log_entry_models()) == set(triggers.LOGS)
    assert set(triggers.log_tables()) == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_no_statement_changes_or_deletes_an_entry(table: str, guarded: None) -> None:
    before = list(TABLES[table].objects.order_by("pk").values())
    assert before
    statements = [
        f"DELETE FROM {table}",
        f"UPDATE {table} SET user_id = 4711",
        f"UPDATE {table} SET uuid = NULL, deleted = NOT deleted",
        f"UPDATE {table} SET content_type_id = NULL, label = 'x'",
        f"UPDATE {table} SET action = 'x'",
    ]
    if connection.vendor == "postgresql":
        statements += [f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE"]
    else:
        every = ", ".join(column.column for column in triggers.log_tables()[table])
        statements.append(f"INSERT OR REPLACE INTO {table} ({every}) SELECT {every} FROM {table}")
    assert [s for s in statements if not refused(s)] == []
    assert list(TABLES[table].objects.order_by("pk").values()) == before


@pytest.mark.parametrize("table", TABLES)
def test_a_row_written_as_it_is_passes(table: str, guarded: None) -> None:
    """Loading a backup over the same rows does that."""
    assert not refused(f"UPDATE {table} SET label = label, timestamp = timestamp")
    assert not refused(f"UPDATE {table} SET content_type_id = NULL")


def test_control_without_the_triggers_the_same_statements_pass() -> None:
    """What the tests' own set-up took away is really what refuses."""
    log(instance=Page.objects.get(depth=1), action="wagtail.edit", user=None)
    statement = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"
    assert not refused(f"{statement} wagtailcore_pagelogentry")


def test_missing_triggers_come_back_and_twice_is_once(guarded: None) -> None:
    triggers.ensure_triggers()
    table = "wagtailcore_pagelogentry"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER {triggers.TRUNCATE} ON {table}")
        else:
            cursor.execute(f"DROP TRIGGER {triggers.sqlite_trigger(table, 'delete')}")
    triggers.ensure_triggers()
    assert refused(f"{'TRUNCATE' if connection.vendor == 'postgresql' else 'DELETE FROM'} {table}")


def test_what_wagtails_admin_writes_carries_address_and_request_id() -> None:
    admin = factories.user(Role.ADMIN)
    browser = Client(REMOTE_ADDR="192.0.2.7")
    browser.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.post("/admin/category/new/", {"name": "Fine arts", "slug": "fine-arts"})
    assert answer.status_code == 302
    entry = ModelLogEntry.objects.get(action="wagtail.create", label="Fine arts")
    assert entry.data["address"] == "192.0.2.7"
    assert entry.data["request_id"] == answer["X-Request-ID"]
    page = Page.objects.get(depth=1).add_child(instance=Page(title="Draft", slug="draft"))
    answer = browser.post(f"/admin/pages/{page.pk}/delete/")
    assert answer.status_code == 302
    gone = PageLogEntry.objects.get(action="wagtail.delete", page_id=page.pk)
    assert gone.data["request_id"] == answer["X-Request-ID"]
    assert gone.user_id == admin.pk
