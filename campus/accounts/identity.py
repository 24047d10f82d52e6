"""Identity numbers: how they are written, so that one number is always stored alike."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

SHORTEST, LONGEST = 4, 40
_FORM = re.compile(r"[^\W_](?:[^\W_]|[ ./-](?=[^\W_]))*")


def tidied(text: str) -> str:
    """``text`` in capitals, without doubled spaces; empty stays empty.

    Letters, digits and single spaces, dots, slashes or hyphens between them; else ``ValidationError``,
    whose sentence does not repeat what was typed.
    """
    number = " ".join(unicodedata.normalize("NFKC", text).upper().split())
    if number and not (SHORTEST <= len(number) <= LONGEST and _FORM.fullmatch(number)):
        raise ValidationError(
            _("Enter the number as it stands on the document: letters and digits."),
            code="invalid_identity_number",
        )
    return number
