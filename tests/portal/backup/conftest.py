"""A portal with rows and files worth keeping, and ways to look at all of it."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection, transaction
from django.test import Client

from campus.people.models import Student
from portal.backup import archive, database, files
from portal.models import Stream
from portal.realtime import streams
from tests import factories

SESSIONS = "django_session"
Rows = dict[str, list[str]]

FILES = {
    ("default", "images/logo.png"): b"\x89PNG" + bytes(range(256)) * 40,
    ("default", "documents/\u062f\u0644\u064a\u0644 2026.pdf"): b"%PDF-1.7 guide",
    ("default", "empty.txt"): b"",
    ("private", "courses/1/notes.pdf"): b"for students alone" * 5000,
}


def rows(link: Any = connection) -> Rows:
    """Every row of every table, as text; but for what is not kept: sign-ins, and epochs, made anew."""
    found = {}
    with link.cursor() as cursor:
        for table in link.introspection.table_names(cursor):
            if table == SESSIONS:
                continue
            fields = [info.name for info in link.introspection.get_table_description(cursor, table)]
            if table == Stream._meta.db_table:
                fields.remove("epoch")
            names = ", ".join(map(link.ops.quote_name, fields))
            cursor.execute(f"SELECT {names} FROM {link.ops.quote_name(table)}")
            found[table] = sorted(repr(tuple(row)) for row in cursor.fetchall())
    return found


def contents() -> dict[tuple[str, str], bytes]:
    """Every file of every storage."""
    return {
        (alias, name): storages[alias].open(name).read()
        for alias in files.aliases()
        for name in files.names(storages[alias])
    }


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Student]:
    """Students, a section, live events, a sign-in; files of both storages, odd names among them."""
    settings.VAR_DIR = tmp_path
    disk = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {"BACKEND": disk, "OPTIONS": {"location": tmp_path / "private"}},
    }
    student = factories.student()
    factories.section(course=factories.course(), season=factories.season(), capacity=2)
    with transaction.atomic():
        streams.publish(streams.user_stream(student.user_id), "notification.read", {"unread": 0})
    client = Client()
    client.force_login(student.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    for (alias, name), content in FILES.items():
        assert storages[alias].save(name, ContentFile(content)) == name
    yield student
    # A restore empties the process's memory of content types. What puts the migrations' rows back after this
    # test would make them anew by asking for one, under numbers that the rows themselves have.
    ContentType.objects.get_for_models(*apps.get_models(include_auto_created=True))


@contextmanager
def unchanged() -> Iterator[None]:
    """What happens inside must leave every row and every file as it was."""
    before = rows(), contents()
    yield
    assert (rows(), contents()) == before


def forged(path: Path, *extra: tuple[str, bytes], **facts: Any) -> Path:
    """The archive ``path`` with more members and other facts, its checksums right all the same."""
    manifest = archive.read_whole(path)
    for name, value in facts.items():
        setattr(manifest, name, value)
    forgery = path.with_name("forged.tar")
    with tarfile.open(path) as old, tarfile.open(forgery, "w") as new:
        writer = archive.Writer(new)
        for name in manifest.members:
            held = old.extractfile(name)
            assert held
            writer.add(name, held)
        for name, content in extra:
            writer.add(name, ContentFile(content))
        writer.finish(manifest)
    return forgery


@pytest.fixture
def company() -> None:
    """For a test in which the portal is meant to be connected elsewhere, too."""


@pytest.fixture(autouse=True)
def _alone(
    request: pytest.FixtureRequest, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads of earlier tests leave connections behind, or connect again, which a restore rightly refuses.

    They are ended when a restore looks, but in a test that asks for ``company``.
    """
    if connection.vendor != "postgresql" or "company" in request.fixturenames:
        return
    refuse = database._refuse_company

    def without_leftovers() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        refuse()

    monkeypatch.setattr(database, "_refuse_company", without_leftovers)
