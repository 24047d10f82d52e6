"""O4: one archive with database and files; a restore gives back what was kept, or changes nothing."""

import io
import os
import subprocess
import sys
import tarfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import ConnectionHandler

from campus.accounts.models import User
from campus.people.models import Student
from portal.backup import archive, operations
from portal.backup.errors import BackupError, BadArchive, PlaceNotEmpty
from portal.models import Stream
from tests import factories
from tests.portal.backup.conftest import FILES, contents, forged, rows, unchanged
from tests.processes import ROOT, database_url


@pytest.fixture
def kept(world: Student, tmp_path: Path) -> Path:
    """An archive of the world."""
    target = tmp_path / "backup.tar"
    call_command("backup", str(target), stdout=io.StringIO())
    return target


# --- there and back -------------------------------------------------------------------------------
@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The address of an empty database of the same kind, and Django's facts to look into it."""
    facts = {**django_settings.DATABASES["default"], "TEST": {}}
    if connection.vendor == "sqlite":
        path = tmp_path / "elsewhere.sqlite3"
        yield f"sqlite:///{path}", {**facts, "NAME": str(path)}
        return
    name, server = f"restore_{uuid.uuid4().hex[:12]}", database_url().rsplit("/", 1)[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield f"{server}/{name}", {**facts, "NAME": name}
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_o4_an_empty_place_gets_every_row_and_every_byte(
    kept: Path, empty_database: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    address, facts = empty_database
    elsewhere = tmp_path / "elsewhere"
    epochs = set(Stream.objects.values_list("epoch", flat=True))
    changes = {"DATABASE_URL": address, "REDIS_URL": "", "QUAD_VAR": str(elsewhere)}
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", str(kept)],
        cwd=ROOT,
        env={**os.environ, **changes},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    link = ConnectionHandler({"default": facts})["default"]
    found, expected = rows(link), rows()
    assert found.keys() == expected.keys()
    assert sum(map(len, expected.values())) > 300
    # Touched after the restore, so that no process goes on with pages it has kept.
    for table in ("pagecache_tag",):
        found.pop(table), expected.pop(table)
    assert found == expected
    with link.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,), "an archive holds no sign-in"
        cursor.execute("SELECT count(*), count(DISTINCT epoch) FROM portal_stream")
        assert cursor.fetchone() == (len(epochs), len(epochs))
        cursor.execute("SELECT epoch FROM portal_stream")
        now = {uuid.UUID(str(epoch)) for (epoch,) in cursor.fetchall()}
        assert not now & epochs, "streams begin anew"
    link.close()
    assert Session.objects.exists()
    for (alias, name), content in FILES.items():
        folder = elsewhere / ("media" if alias == "default" else "private")
        assert (folder / name).read_bytes() == content
    files = [path for name in ("media", "private") for path in (elsewhere / name).rglob("*")]
    assert len([path for path in files if path.is_file()]) == len(FILES)


def test_o4_replace_brings_back_what_was_and_leaves_nothing_else(
    kept: Path, world: Student
) -> None:
    before = rows()
    factories.student()
    world.user.is_active = False
    world.user.save()
    storages["default"].delete("empty.txt")
    storages["default"].delete("images/logo.png")
    storages["default"].save("images/logo.png", ContentFile(b"another"))
    storages["private"].save("new/secret.txt", ContentFile(b"written since"))
    cache.set("kept", "since")
    assert rows() != before
    call_command("restore", str(kept), "--replace", stdout=io.StringIO())
    after = rows()
    for table in ("pagecache_tag",):
        after.pop(table), before.pop(table)
    assert after == before
    assert contents() == FILES
    assert cache.get("kept") is None
    assert User.objects.get(pk=world.user_id).is_active


def test_o4_a_storage_without_a_disk_is_kept_too(
    world: Student, settings: Any, tmp_path: Path
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    bucket = storages["private"]
    bucket.save("reports/1/list.csv", ContentFile(b"a,b\n"))
    target = tmp_path / "bucket.tar"
    operations.backup(target)
    bucket.delete("reports/1/list.csv")
    bucket.save("later.csv", ContentFile(b"since"))
    operations.restore(target, replace=True)
    assert bucket.open("reports/1/list.csv").read() == b"a,b\n"
    assert not bucket.exists("later.csv")


# --- refused, and nothing changed -----------------------------------------------------------------
def test_o4_a_place_with_something_in_it_is_refused(kept: Path) -> None:
    factories.student()
    with unchanged(), pytest.raises(CommandError, match="--replace"):
        call_command("restore", str(kept))
    with unchanged(), pytest.raises(PlaceNotEmpty):
        operations.restore(kept)


def test_o4_one_changed_byte_is_found(kept: Path) -> None:
    with tarfile.open(kept) as tar:
        members = [member for member in tar.getmembers() if member.size]
    assert len(members) == len(FILES) + 1, "database, manifest and all files but the empty one"
    whole = kept.read_bytes()
    for member in members:
        held = bytearray(whole)
        held[member.offset_data + member.size // 2] ^= 0x20
        kept.write_bytes(held)
        with unchanged(), pytest.raises(BadArchive):
            operations.restore(kept, replace=True)
    with pytest.raises(CommandError):
        call_command("restore", str(kept), "--check")
    kept.write_bytes(whole)
    call_command("restore", str(kept), "--check", stdout=io.StringIO())


def test_o4_an_archive_that_was_cut_off_is_refused(kept: Path) -> None:
    whole = kept.read_bytes()
    for share in (0.0, 0.2, 0.6, 0.95):
        kept.write_bytes(whole[: int(len(whole) * share)])
        with unchanged(), pytest.raises(BadArchive):
            operations.restore(kept, replace=True)


def test_o4_a_name_that_leads_elsewhere_is_refused(kept: Path, tmp_path: Path) -> None:
    for name in (
        "files/default/../../evil.txt",
        "files/default//etc/evil.txt",
        "/tmp/evil.txt",
        "files/../evil.txt",
        "files/default/..",
        "files/default/a\\..\\evil.txt",
        "files/nowhere/evil.txt",
        "evil.txt",
    ):
        forgery = forged(kept, (name, b"evil"))
        with unchanged(), pytest.raises(BadArchive):
            operations.restore(forgery, replace=True)
    assert not list(tmp_path.rglob("*evil*"))
    assert not Path("/tmp/evil.txt").exists()


def test_o4_links_and_folders_are_refused(kept: Path) -> None:
    whole = kept.read_bytes()
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE):
        kept.write_bytes(whole)
        with tarfile.open(kept, "a") as tar:
            info = tarfile.TarInfo("files/default/link")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        with unchanged(), pytest.raises(BadArchive):
            operations.restore(kept, replace=True)


def test_o4_a_database_that_cannot_be_loaded_takes_the_files_back(kept: Path) -> None:
    tables = archive.read_whole(kept).tables
    wrong = {**tables, "accounts_user": tables["accounts_user"] + 1}
    storages["default"].delete("images/logo.png")
    storages["default"].save("images/logo.png", ContentFile(b"since"))
    storages["default"].delete("empty.txt")
    with unchanged(), pytest.raises(BackupError):
        operations.restore(forged(kept, tables=wrong), replace=True)


def test_o4_another_kind_of_database_and_newer_code_are_refused(kept: Path) -> None:
    with unchanged(), pytest.raises(BackupError, match="oracle"):
        operations.restore(forged(kept, engine="oracle"), replace=True)
    newer = {**archive.read_whole(kept).migrations, "portal": ["0001_initial", "0999_later"]}
    with unchanged(), pytest.raises(BackupError, match=r"portal\.0999_later"):
        operations.restore(forged(kept, migrations=newer), replace=True)


@pytest.mark.postgres
def test_o4_a_portal_that_runs_is_not_restored_over(kept: Path, company: None) -> None:
    stop_first = pytest.raises(BackupError, match="Stop all its processes")
    with psycopg.connect(database_url()), unchanged(), stop_first:
        operations.restore(kept, replace=True)


# --- making it ------------------------------------------------------------------------------------
def test_o4_a_backup_that_fails_leaves_nothing(
    world: Student, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    locked = Path(django_settings.MEDIA_ROOT) / "documents"
    monkeypatch.setattr(storages["default"], "open", _away)
    with pytest.raises(BackupError, match="away"):
        operations.backup(folder / "x.tar")
    assert locked.exists()
    assert list(folder.iterdir()) == []


def _away(*_arguments: Any, **_options: Any) -> Any:
    raise OSError("the bucket is away")


def test_o4_an_archive_is_its_owners_alone_and_is_never_written_over(kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    held = kept.read_bytes()
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(kept))
    assert kept.read_bytes() == held


def test_o4_only_the_newest_are_kept(world: Student, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("quad-20260101T000000Z.tar", "quad-20260102T000000Z.tar", "notes.txt"):
        (folder / name).write_text("old")
    target, manifest = operations.backup_into(folder, keep=2)
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["notes.txt", "quad-20260102T000000Z.tar", target.name]
    assert manifest.tables["django_session"] == 0


@pytest.mark.postgres
def test_o4_what_is_written_meanwhile_is_in_it_wholly_or_not_at_all(
    world: Student, tmp_path: Path
) -> None:
    done = threading.Event()
    pairs = 0

    def write() -> None:
        nonlocal pairs
        with psycopg.connect(database_url()) as link:
            while not done.is_set():
                with link.transaction():
                    for _ in range(2):
                        link.execute(
                            "INSERT INTO portal_stream (name, epoch, head) "
                            "VALUES (gen_random_uuid()::text, gen_random_uuid(), 0)"
                        )
                pairs += 1

    count = Stream.objects.count()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        manifest = operations.backup(tmp_path / "busy.tar")
    finally:
        done.set()
        writer.join()
    assert pairs > 1
    assert (manifest.tables["portal_stream"] - count) % 2 == 0
    assert operations.restore(tmp_path / "busy.tar", replace=True).tables == manifest.tables
    assert Stream.objects.count() == manifest.tables["portal_stream"]
