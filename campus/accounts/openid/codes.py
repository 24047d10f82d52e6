"""Authorization codes: good for one attempt, and no longer than the sign-in that they came from.

allauth keeps them in the cache and forgets each after its use, but reads it before: two requests at once
would both succeed. And it does not know our sign-outs. Both are kept here beside it.
"""

import hashlib
from typing import Any

from allauth.idp.oidc.models import Token
from django.core.cache import cache

from campus.accounts.models import User

LIFE = 120  # seconds; longer than a code lives
REMEMBERED = 24 * 3600


def _key(kind: str, code: str) -> str:
    return f"accounts.openid.{kind}:{hashlib.sha256(code.encode()).hexdigest()}"


def remember(*, code: str, user: User) -> None:
    """A code was given in this state of the person's sign-in."""
    cache.set(_key("given", code), (user.pk, user.session_epoch), timeout=LIFE)


def claim(code: str) -> bool:
    """Whether this is the first attempt with ``code``, and its person's sign-in still stands.

    A second attempt means that the code was stolen: what the first one got is taken back (RFC 6749, 4.1.2).
    """
    if not cache.add(_key("used", code), True, timeout=REMEMBERED):
        for hashed in cache.get(_key("got", code), ()):
            Token.objects.filter(hash=hashed).delete()
        return False
    given = cache.get(_key("given", code))
    return given is not None and (
        User.objects.filter(pk=given[0], session_epoch=given[1], is_active=True).exists()
    )


def keep(*, code: str, tokens: dict[str, Any], hashed: Any) -> None:
    """What ``code`` was exchanged for, by ``hashed``: the function that tokens are stored by."""
    got = [hashed(tokens[name]) for name in ("access_token", "refresh_token") if tokens.get(name)]
    cache.set(_key("got", code), got, timeout=REMEMBERED)
