"""Staff whom a catalog names, after they were erased (P9): known again, and not by name.

An erased profile keeps, in the place of ``source_key``, a digest of it by the portal's secret key. An
import that meets the name again finds the profile by it, links the teaching to the nameless profile, and
stores the digest where it would have stored the name. The digest cannot be read back; it is recognized as
long as the secret key, or one of ``SECRET_KEY_FALLBACKS``, is that of the day of the erasure.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac

from campus.institutions.models import Institution
from campus.people.models import StaffProfile

ERASED = "erased:"
_SALT = "campus.people.sources"


def erased_key(source_key: str, *, secret: str | None = None) -> str:
    """What stands in the place of ``source_key`` once the person is erased."""
    if source_key.startswith(ERASED):
        return source_key
    return ERASED + salted_hmac(_SALT, source_key, secret=secret, algorithm="sha256").hexdigest()


class Erased:
    """The erased profiles of one institution. One query."""

    def __init__(self, institution: Institution) -> None:
        found = StaffProfile.objects.filter(institution=institution, source_key__startswith=ERASED)
        self._profiles = {str(profile.source_key): profile for profile in found}

    def find(self, source_key: str) -> StaffProfile | None:
        """The profile of whom ``source_key`` names, if that person was erased."""
        if not self._profiles:
            return None
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            profile = self._profiles.get(erased_key(source_key, secret=secret))
            if profile is not None:
                return profile
        return None
