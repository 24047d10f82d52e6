"""`backup` and `restore`: what the two commands do, in the order in which nothing can be left half done."""

import tempfile
from contextlib import suppress
from pathlib import Path

import structlog
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import caches
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from portal import pagecache
from portal.backup import archive, database, files
from portal.backup.archive import Manifest
from portal.backup.errors import BackupError, PlaceNotEmpty
from portal.pagecache.marks import EVERYTHING
from portal.realtime import streams

logger = structlog.get_logger(__name__)
STAMP = "%Y%m%dT%H%M%SZ"
PREFIX = "quad-"
SUFFIX = ".tar"


def backup(target: Path) -> Manifest:
    """Write the database and every uploaded file to ``target``, while the portal runs.

    The database comes first: what it names is in the files then, at worst with some that are newer. Raises
    `BackupError`; ``target`` is there afterwards, read once again and whole, or not at all.
    """
    with (
        archive.writing(target) as writer,
        tempfile.TemporaryDirectory(dir=target.parent) as folder,
    ):
        dump = Path(folder) / "database"
        manifest = Manifest(
            made_at=timezone.now().isoformat(),
            engine=connection.vendor,
            release=settings.QUAD_RELEASE,
            migrations=_applied(),
            tables=database.dump(dump),
        )
        with dump.open("rb") as source:
            writer.add(archive.DATABASE, source)
        for alias in files.aliases():
            storage = storages[alias]
            for name in files.names(storage):
                with suppress(FileNotFoundError), storage.open(name) as source:  # deleted meanwhile
                    writer.add(archive.file_member(alias, name), source)
        writer.finish(manifest)
    logger.info("backup_made", archive=str(target), files=len(manifest.files), bytes=manifest.bytes)
    return manifest


def backup_into(folder: Path, *, keep: int = 0) -> tuple[Path, Manifest]:
    """A backup named by the time, in ``folder``; then only the newest ``keep`` stay there (0: all)."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{PREFIX}{timezone.now():{STAMP}}{SUFFIX}"
    manifest = backup(target)
    if keep:
        for old in sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))[:-keep]:
            old.unlink()
    return target, manifest


def restore(source: Path, *, replace: bool = False) -> Manifest:
    """Put the archive ``source`` in place of what is here.

    Every byte is checked first. A place with tables or files in it is refused (`PlaceNotEmpty`) unless
    ``replace`` gives them up. Files are put first and taken back if the database would not be loaded; the
    database is loaded in one transaction. Then it is brought to this code's migrations, streams begin anew
    (a client that is ahead of the backup reloads) and caches are emptied. The portal's processes should be
    stopped. Raises `BackupError`, having changed nothing unless the sentence says so.
    """
    manifest = archive.read_whole(source)
    _refuse_foreign(manifest)
    if not replace and (database.has_tables() or not files.is_empty()):
        raise PlaceNotEmpty(
            "There is a database or a file here already. With --replace they are given up for what "
            "the archive holds."
        )
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        dump = Path(folder) / "database"
        archive.unpack_database(source, manifest, dump)
        database.check(dump, manifest.tables)
        placement = files.Placement(Path(folder))
        try:
            for alias, name, content in archive.files(source, manifest):
                member = manifest.members[archive.file_member(alias, name)]
                placement.put(alias, name, content, member)
            database.load(dump, manifest.tables)
        except BaseException:
            placement.take_back()
            raise
    try:
        removed = placement.remove_others()
        _settle()
    except Exception as error:
        raise BackupError(
            f"All data is restored, but what follows failed ({error}). Run `manage.py migrate` and empty "
            "Redis, or restore again with --replace, before the portal starts."
        ) from error
    logger.info("backup_restored", archive=str(source), files=len(manifest.files), removed=removed)
    return manifest


def _applied() -> dict[str, list[str]]:
    applied: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        applied.setdefault(app, []).append(name)
    return applied


def _refuse_foreign(manifest: Manifest) -> None:
    if manifest.engine != connection.vendor:
        raise BackupError(
            f"The archive is of a database on {manifest.engine}; this one is {connection.vendor}."
        )
    loader = MigrationLoader(connection)
    unknown = [
        f"{app}.{name}"
        for app, names in manifest.migrations.items()
        if app in loader.migrated_apps
        for name in names
        if (app, name) not in loader.disk_migrations
    ]
    if unknown:
        raise BackupError(
            "The archive was made by a newer Quad: this code does not know "
            f"{', '.join(unknown[:3])}. Restore it with the code of its release "
            f"({manifest.release or 'unnamed'})."
        )


def _settle() -> None:
    ContentType.objects.clear_cache()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
    streams.renew_epochs()
    pagecache.touch(EVERYTHING)
    for alias in settings.CACHES:
        caches[alias].clear()
