"""The page of search results, and suggestions while one types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from learning.catalog.text_search import words
from portal.pagecache import may_cache
from portal.permissions import PUBLIC, declare
from search import queries


@declare(PUBLIC)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What ``?q=`` finds, of one ``?kind=`` alone if given.

    Template ``search/search.html``. Context: ``query`` (the words), ``kind``, ``kinds`` (name →
    label), ``groups`` (of ``queries.Group``: ``kind``, ``label``, ``is_more``, and ``hits`` with
    ``title``, ``path``, ``code``, ``text``).
    """
    query = words(request.GET.get("q", ""))
    kind = request.GET.get("kind", "")
    kind = kind if kind in queries.KINDS else ""
    may_cache(request, "courses", params=("q", "kind"), seconds=60)
    return render(
        request,
        "search/search.html",
        {
            "query": query,
            "kind": kind,
            "kinds": queries.KINDS,
            "groups": queries.search(query, kind=kind, limit=50 if kind else 12, user=request.user),
        },
    )


@declare(PUBLIC)
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The list under the box: ``?q=`` → template ``search/suggestions.html``, context ``hits``, ``query``."""
    query = words(request.GET.get("q", ""))
    may_cache(request, "courses", params=("q",), seconds=60)
    return render(
        request, "search/suggestions.html", {"query": query, "hits": queries.suggest(query)}
    )
