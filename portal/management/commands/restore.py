"""Put an archive of `backup` in place of what is here (O4)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.backup import archive, operations
from portal.backup.errors import BackupError


class Command(BaseCommand):
    """``manage.py restore FILE``, with the portal's processes stopped."""

    help = __doc__
    requires_system_checks: list[str] = []  # there may be no database yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From where, and whether what is here may go."""
        parser.add_argument("archive", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="give up the database and the files that are here",
        )
        parser.add_argument(
            "--check", action="store_true", help="only read the archive and compare every checksum"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, or check, and say what the archive holds."""
        try:
            if options["check"]:
                manifest = archive.read_whole(options["archive"])
            else:
                manifest = operations.restore(options["archive"], replace=options["replace"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest.tables.values())
        self.stdout.write(
            f"{'Whole' if options['check'] else 'Restored'}: {rows:,} rows, {len(manifest.files):,} "
            f"files, {manifest.bytes:,} bytes of {manifest.made_at}."
        )
