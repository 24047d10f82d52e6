"""Bring the demo data: ``manage.py seed_demo`` (development only)."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from home.demo import is_seeded, seed


class Command(BaseCommand):
    """The catalog as the coming summer, people by role, rosters, pages; once."""

    help = "Brings the demo data where it is not there yet. Changes nothing the second time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, unless it was done; never in production, where its passwords would be known."""
        if settings.PRODUCTION:
            raise CommandError("The demo data is for development: its passwords are public.")
        if is_seeded():
            return
        self.stdout.write("Bringing the demo data (a real catalog of some 1,000 courses) …")
        self.stdout.flush()
        started = time.monotonic()
        seed()
        self.stdout.write(f"Done in {time.monotonic() - started:.0f} seconds.")
