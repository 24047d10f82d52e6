"""How a view tells the cache about its answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import HttpRequest

ENVIRON_KEY = "quad.pagecache"
EVERYTHING = "site"
LIFETIME = 300


@dataclass
class Mark:
    """What the view said about the answer to one request."""

    anonymous: bool
    asked: bool = False
    refused: bool = False
    seconds: int = LIFETIME
    tags: set[str] = field(default_factory=lambda: {EVERYTHING})
    params: set[str] = field(default_factory=set)
    request: HttpRequest | None = None


def may_cache(
    request: HttpRequest, *tags: str, params: Iterable[str] = (), seconds: int = LIFETIME
) -> None:
    """Say that the answer to ``request`` is the same for every anonymous visitor.

    ``tags`` name what it is made of, besides ``site``; a ``touch`` of any of them ends it.
    ``params`` are the parameters of the query that the view reads: an answer to any other is not
    kept. ``seconds`` is how long it lives at most; it never outlives the day, for pages say what is
    open *today*. May be called more than once: tags and params add up, the shortest life counts.

    The view must not let anything else into the answer that differs between visitors (cookies,
    headers, addresses); what Django itself lets in is recognized: an answer with a cookie (and so
    with a CSRF token), a message or a person signed in is never kept.
    """
    mark = request.META.get(ENVIRON_KEY)
    if not isinstance(mark, Mark):
        return
    user = getattr(request, "user", None)
    if getattr(request, "is_preview", False) or (user is not None and user.is_authenticated):
        mark.refused = True
    mark.asked = True
    mark.request = request
    mark.seconds = min(mark.seconds, seconds)
    mark.tags.update(tags)
    mark.params.update(params)


def do_not_cache(request: HttpRequest) -> None:
    """Take back any ``may_cache`` for this request, whatever is said later."""
    mark = request.META.get(ENVIRON_KEY)
    if isinstance(mark, Mark):
        mark.refused = True
