"""What allauth asks of this portal about second factors: how secrets are kept, what passkeys are called."""

from typing import Any

import structlog
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.utils.translation import gettext as _

from portal.jobs import sealed

SEALED = "sealed:"
logger = structlog.get_logger(__name__)


class MfaAdapter(DefaultMFAAdapter):
    """allauth's, with secrets encrypted at rest (P6) and names that people understand."""

    def encrypt(self, text: str) -> str:
        """``text`` (the secret of an app, the seed of recovery codes) as it is stored."""
        return SEALED + sealed.seal({"text": text})

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again. One that the code before the first sealing has stored is still plain.

        Raises a ``ValidationError`` where the key is another one now: the code is then refused, as a
        wrong one is, and the log tells the operator why.
        """
        if not encrypted_text.startswith(SEALED):
            return encrypted_text
        try:
            facts = sealed.opened({sealed.NAME: encrypted_text.removeprefix(SEALED)})
        except InvalidToken:
            logger.error("second_factor_unreadable", hint="SECRET_KEY_FALLBACKS lacks the old key")
            raise self.validation_error("incorrect_code") from None
        return str(facts["text"])

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """What a new passkey is called if the person gives no name."""
        held = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)s") % {"number": held + 1} if held else _("Passkey")

    def _get_user_identifier(self, user: Any) -> str:
        """What apps and passkeys show beside the name of the portal: how the person signs in."""
        return str(user.email or user.phone_number or user)

    def _get_site_name(self) -> str:
        """The portal's, not the host's."""
        return str(settings.WAGTAIL_SITE_NAME)
