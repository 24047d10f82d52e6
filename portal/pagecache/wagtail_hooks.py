"""Editors' pages are kept unless they say otherwise."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.models import Page

from portal.pagecache.marks import may_cache


@hooks.register("before_serve_page", order=900)
def keep_public_page(
    page: Page, request: HttpRequest, args: list[Any], kwargs: dict[str, Any]
) -> None:
    """Let a page that is served be kept.

    Whether the visitor may see it is found out after this hook: Wagtail's view restrictions are held
    around the serving itself. They need no word from here, for every answer about a restricted page
    (the page for who passed, the form for the password, the way to the sign-in) leaves them with
    ``Cache-Control: no-store``, and the cache keeps no such answer.

    A page may hold live blocks, so it depends on ``courses`` unless its class names other
    ``page_cache_tags``; ``page_cache_params`` names the parameters of the query that it reads.
    """
    may_cache(
        request,
        *getattr(page, "page_cache_tags", ("courses",)),
        params=getattr(page, "page_cache_params", ()),
    )
