"""Superusers and the role admin, made to agree."""

from typing import Any

from django.core.management.base import BaseCommand

from campus.accounts.services import sync_superuser_roles


class Command(BaseCommand):
    """Gives every superuser the role admin, so that all who ask for roles see it."""

    help = "Give every superuser the role admin."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many were given it."""
        self.stdout.write(f"{sync_superuser_roles()} superusers were given the role admin.")
