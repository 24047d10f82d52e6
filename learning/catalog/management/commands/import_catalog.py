"""Take a catalog in: ``manage.py import_catalog FILE [--institution SLUG] [--year YYYY]`` (L1)."""

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from campus.institutions.models import Institution
from campus.institutions.queries import default_institution
from learning.catalog.imports import import_catalog
from portal.errors import DomainError


class Command(BaseCommand):
    """Import a catalog; running it again with the same file changes nothing."""

    help = (
        "Imports a catalog of courses, sections, meetings, instructors and rooms from a CSV file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE, and for whom and when it is."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--institution", help="Slug of the institution; without it the portal's first one."
        )
        parser.add_argument("--year", type=int, help="Hold the file's terms in this year.")
        parser.add_argument("--as", dest="actor", help="E-mail of who does it, for the log.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, then tell what was done and what was not taken as it stood."""
        institution = default_institution()
        if options["institution"]:
            try:
                institution = Institution.objects.get(slug=options["institution"])
            except Institution.DoesNotExist:
                raise CommandError(f"No institution '{options['institution']}'.") from None
        actor = None
        if options["actor"]:
            actor = get_user_model().objects.filter(email__iexact=options["actor"]).first()
            if actor is None:
                raise CommandError(f"No account '{options['actor']}'.")
        try:
            report = import_catalog(
                path=options["file"], institution=institution, actor=actor, year=options["year"]
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        for title, issues in (
            ("Rows left out", report.bad_rows),
            ("Taken in without a part", report.notices),
            ("Room clashes", report.clashes),
        ):
            if issues:
                self.stdout.write(f"{title}: {len(issues)}")
                for issue in issues:
                    self.stdout.write(f"  {issue}")
        self.stdout.write(
            f"{report.rows} rows: {report.courses} courses, {report.sections} sections."
        )
        for title, counts in (("Made", report.created), ("Changed", report.changed)):
            if counts:
                told = ", ".join(f"{count} {name}" for name, count in counts.items())
                self.stdout.write(f"{title}: {told}.")
        if not report.changes:
            self.stdout.write("Nothing to change.")
