"""Limits by user and by address, told in headers (F6).

Someone signed in is counted as a user, everybody else by address: a campus behind one address must
not lock its signed-in people out. A view may set ``rate = "10/min"`` for itself beside that. The
counts live in the cache, which all processes share where Redis is configured; if the cache is away,
requests pass.
"""

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache as store
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from portal.addresses import client_address
from portal.api.envelope import SENTENCES

_SECONDS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Rate:
    """``count`` requests in ``seconds``."""

    count: int
    seconds: int


@dataclass(frozen=True)
class Use:
    """How far a limit is used up: what the headers tell."""

    limit: int
    remaining: int
    reset: int


@cache
def parse_rate(text: str) -> Rate | None:
    """``"600/min"`` as a rate; None for an empty text or 0, which mean no limit."""
    if not text or text == "0":
        return None
    count, _, period = text.partition("/")
    return Rate(int(count), _SECONDS[period or "min"])


def hit(key: str, seconds: int) -> int:
    """Count one use of ``key`` in the window that began with its first; atomic in every backend."""
    client = getattr(store, "_cache", None)
    if client is not None and hasattr(
        client, "get_client"
    ):  # Redis: one round trip instead of Django's three
        with client.get_client(None, write=True).pipeline(transaction=False) as pipe:
            name = store.make_and_validate_key(key)
            pipe.incr(name)
            pipe.expire(name, seconds + 1)
            return int(pipe.execute()[0])
    store.add(key, 0, seconds + 1)
    try:
        return int(store.incr(key))
    except ValueError:  # it ended between the two calls
        store.set(key, 1, seconds + 1)
        return 1


def _count(scope: str, ident: str, rate: Rate, now: float) -> Use:
    window, passed = divmod(int(now), rate.seconds)
    try:
        used = hit(f"limit:{scope}:{ident}:{window}", rate.seconds)
    except Exception:
        logger.warning("limits_unavailable", exc_info=True)
        used = 0
    return Use(rate.count, rate.count - used, rate.seconds - passed)


def check(request: Request, view: Any) -> None:
    """Count this request; raises Throttled (429) if it is one too many.

    The tightest limit is left on the request for ``headers``.
    """
    user = request.user
    now = time.time()
    if user is not None and user.is_authenticated:
        scope, ident = "user", str(user.pk)
    else:
        scope, ident = "address", client_address(request.META)
    uses = []
    rate = parse_rate(settings.API_RATES[scope])
    if rate is not None:
        uses.append(_count(scope, ident, rate, now))
    own = getattr(view, "rate", None)
    if own and (rate := parse_rate(own)):
        uses.append(_count(f"{type(view).__qualname__}:{scope}", ident, rate, now))
    if not uses:
        return
    tightest = min(uses, key=lambda use: use.remaining)
    request._request.limit_use = tightest  # type: ignore[attr-defined]
    if tightest.remaining < 0:
        raise Throttled(wait=tightest.reset, detail=str(SENTENCES[429]))


def check_address(request: HttpRequest) -> None:
    """Count a request that no view of ours serves, by its address; raises Throttled (429).

    For sign-in, where nobody is known yet: what is limited for an account, allauth limits itself.
    """
    rate = parse_rate(settings.API_RATES["address"])
    if rate is None:
        return
    use = _count("address", client_address(request.META), rate, time.time())
    request.limit_use = use  # type: ignore[attr-defined]
    if use.remaining < 0:
        raise Throttled(wait=use.reset, detail=str(SENTENCES[429]))


def headers(request: Any) -> dict[str, str]:
    """The headers that tell a client where it stands."""
    use: Use | None = getattr(getattr(request, "_request", request), "limit_use", None)
    if use is None:
        return {}
    told = {"Limit": use.limit, "Remaining": max(use.remaining, 0), "Reset": use.reset}
    return {
        f"{prefix}RateLimit-{name}": str(value)
        for prefix in ("", "X-")
        for name, value in told.items()
    }
