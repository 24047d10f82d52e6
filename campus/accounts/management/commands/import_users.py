"""Take users from a file: ``manage.py import_users FILE --as EMAIL`` (P11)."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campus.accounts.models import User
from portal.errors import DomainError
from portal.imports import services
from portal.imports.files import sentence
from portal.imports.models import Import, ImportRow
from portal.jobs import outbox
from portal.roles import Role

State = Import.State
SHOWN = 50
WAIT_SECONDS = 0.5


class Command(BaseCommand):
    """The same mechanism as in the admin; running it again with the same file changes nothing."""

    help = "Makes and changes users from a CSV or XLSX file, all rows or none."

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE, who does it, and whether only to look."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--as",
            dest="actor",
            help="E-mail of the admin who does it; without it the portal's first superuser.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Check, tell, change nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, tell what is wrong or would be done, and do it."""
        actor = self._actor(options["actor"])
        try:
            with options["file"].open("rb") as file:
                owner = services.upload(
                    kind="users", file=file, name=options["file"].name, actor=actor
                )
            owner = self._work(owner)
            if owner.state != State.READY:
                self._tell_errors(owner)
                raise CommandError(owner.problem or "Nothing was changed: rows have errors.")
            self.stdout.write(
                f"{owner.rows_total} rows: {owner.rows_create} new, {owner.rows_change} changed, "
                f"{owner.rows_same} unchanged."
            )
            if options["dry_run"]:
                services.discard(owner=owner, actor=actor)
                return
            owner = self._work(services.apply(owner=owner, actor=actor))
        except DomainError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        if owner.state != State.DONE:
            raise CommandError(owner.problem)
        told = ", ".join(f"{count} {name}" for name, count in owner.result.items())
        self.stdout.write(f"{told[:1].upper()}{told[1:]}." if told else "Nothing to change.")

    def _actor(self, email: str | None) -> User:
        users = User.objects.filter(is_active=True).order_by("pk")
        if email:
            found = users.filter(email__iexact=email).first()
        else:
            found = (
                users.filter(is_superuser=True).first()
                or users.filter(groups__name=Role.ADMIN.value).first()
            )
        if found is None:
            raise CommandError(f"No account '{email}'." if email else "There is no admin yet.")
        return found

    def _work(self, owner: Import) -> Import:
        """Run the pass here, or wait for the worker that was faster."""
        while True:
            owner.refresh_from_db()
            if not owner.is_busy:
                return owner
            if not outbox.run(owner.job_id or 0):
                time.sleep(WAIT_SECONDS)

    def _tell_errors(self, owner: Import) -> None:
        rows = owner.rows.filter(outcome=ImportRow.Outcome.WRONG)
        for row in rows[:SHOWN]:
            self.stderr.write(f"line {row.number}: {sentence(row)}")
        if owner.rows_wrong > SHOWN:
            self.stderr.write(f"… and {owner.rows_wrong - SHOWN} more.")
