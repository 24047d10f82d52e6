"""The first admin of a fresh portal."""

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from campus.accounts.models import User
from campus.accounts.services import seed_admin


class Command(BaseCommand):
    """Makes the first admin, from ``ADMIN_EMAIL`` and ``ADMIN_PASSWORD`` or by asking for them."""

    help = "Make the first admin; reads ADMIN_EMAIL and ADMIN_PASSWORD, or asks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--email``, and ``--noinput`` for scripts."""
        parser.add_argument("--email", default=os.environ.get("ADMIN_EMAIL", ""))
        parser.add_argument("--noinput", action="store_true", help="Fail rather than ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the admin, unless the e-mail has an account: that one becomes an admin."""
        ask = not options["noinput"]
        email = options["email"] or (input("E-mail: ").strip() if ask else "")
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError("Give an e-mail address (--email or ADMIN_EMAIL).") from None
        password = ""
        if not User.objects.filter(email=email.lower()).exists():
            password = os.environ.get("ADMIN_PASSWORD", "")
            password = password or (getpass.getpass("Password: ") if ask else "")
            try:
                validate_password(password, User(email=email))
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
        user, made = seed_admin(email=email, password=password)
        self.stdout.write(f"{user.email} {'was made and is' if made else 'is'} an admin.")
