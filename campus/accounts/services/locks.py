"""The lock after failed sign-ins (P4)."""

from typing import Any

from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

from campus.accounts.fields import in_e164
from campus.accounts.models import User
from campus.accounts.reach import require_reach
from campus.accounts.services.log import record

ATTEMPTS = 5
"""Failed sign-ins that lock an account; the rate itself stands in ``ACCOUNT_RATE_LIMITS``."""


def attempts_key(*, email: str | None = None, phone: str | None = None, other: str = "") -> str:
    """The key that failed sign-ins are counted under: the account, or what was typed if it has none."""
    user: Any = None
    phone = (in_e164(phone) or phone) if phone else None
    if email:
        found = filter_users_by_email(email, prefer_verified=True, for_login=True)
        user = found[0] if found else None
    if user is None and phone:
        user = User.objects.filter(phone=phone).only("pk").first()
    return f"account:{user.pk}" if user else f"unknown:{(email or phone or other).lower()}"


def unlock(*, user: User, actor: User | None) -> None:
    """Forget the failed sign-ins of ``user``, so that the lock of fifteen minutes ends (P4)."""
    require_reach(actor, user)
    for rate in ratelimit.get_rates(app="allauth.account", action="login_failed"):
        if rate.per == "key":
            cache.delete(_attempts_cache_key(user, rate))
    record(action="accounts.unlock", instance=user, actor=actor)


def is_locked(*, user: User) -> bool:
    """Whether ``user`` cannot sign in now for too many failures."""
    return any(
        len(cache.get(_attempts_cache_key(user, rate), [])) >= rate.amount
        for rate in ratelimit.get_rates(app="allauth.account", action="login_failed")
        if rate.per == "key"
    )


def _attempts_cache_key(user: User, rate: ratelimit.Rate) -> str:
    return ratelimit.get_cache_key(
        HttpRequest(),
        app="allauth.account",
        action="login_failed",
        rate=rate,
        key=f"account:{user.pk}",
    )
