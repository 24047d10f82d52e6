"""Eight halls to begin with: ``manage.py seed_halls [--institution SLUG]``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campus.institutions.models import Institution
from campus.institutions.queries import default_institution
from campus.venues.services import seed_halls


class Command(BaseCommand):
    """Make the halls that are missing; running it again changes nothing."""

    help = "Gives an institution a building with eight halls."

    def add_arguments(self, parser: CommandParser) -> None:
        """For which institution."""
        parser.add_argument(
            "--institution", help="Slug of the institution; without it the portal's first one."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, and tell how many."""
        institution = default_institution()
        if options["institution"]:
            try:
                institution = Institution.objects.get(slug=options["institution"])
            except Institution.DoesNotExist:
                raise CommandError(f"No institution '{options['institution']}'.") from None
        made = seed_halls(institution=institution, actor=None)
        self.stdout.write(f"Made {made} halls." if made else "All eight halls are there.")
