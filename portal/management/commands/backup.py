"""Keep the database and every uploaded file in one archive (O4)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.backup import operations
from portal.backup.errors import BackupError


class Command(BaseCommand):
    """``manage.py backup FILE`` or ``--folder FOLDER --keep 14``, while the portal runs."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("archive", nargs="?", type=Path, help="the file to make")
        where.add_argument("--folder", type=Path, help="make a file there, named by the time")
        parser.add_argument(
            "--keep", type=int, default=0, help="with --folder: only the newest stay (0: all)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it and say what it holds."""
        try:
            if options["folder"]:
                target, manifest = operations.backup_into(options["folder"], keep=options["keep"])
            else:
                target = options["archive"]
                manifest = operations.backup(target)
        except BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest.tables.values())
        self.stdout.write(
            f"{target}: {rows:,} rows, {len(manifest.files):,} files, {manifest.bytes:,} bytes."
        )
