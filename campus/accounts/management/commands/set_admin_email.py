"""An admin whose mailbox is gone."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from campus.accounts import services
from portal.errors import InvalidInput


class Command(BaseCommand):
    """Gives an admin another e-mail, verified; the password stays."""

    help = "Give an admin another e-mail, verified. Of several admins, name one by --admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The new e-mail; whose, where there are several."""
        parser.add_argument("email")
        parser.add_argument(
            "--admin", default="", help="The e-mail or phone that the admin has now."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Set it, unless it is not clear whose, or somebody else has it."""
        email, now = options["email"].lower(), options["admin"].lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError("Give an e-mail address.") from None
        found = [
            admin
            for admin in services.admins()
            if not now or now in (admin.email, admin.phone_number)
        ]
        if not found:
            raise CommandError("There is no such admin; seed_admin makes one.")
        if len(found) > 1:
            raise CommandError("There are several admins: say whose, by --admin.")
        try:
            services.set_admin_email(user=found[0], email=email)
        except InvalidInput:
            raise CommandError("Another account has this e-mail.") from None
        self.stdout.write(f"{email} is the e-mail of the admin #{found[0].pk}.")
