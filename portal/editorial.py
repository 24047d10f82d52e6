"""An editor's Wagtail page that stands at an address which a view of ours serves.

What is operational has its address whether or not an editor wrote about it; the page adds the words.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language
from wagtail import hooks
from wagtail.models import Page


def in_this_language(pages: Any) -> Any:
    """The live page of ``pages`` in the language that is active, or None. One query.

    (Wagtail's ``Locale.get_active`` would fall back to another language's page.)
    """
    return (
        pages.live().filter(locale__language_code=get_language()).select_related("locale").first()
    )


def served(
    page: Page | None, request: HttpRequest, serve_it: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """``serve_it()`` as Wagtail would serve ``page``: its hooks hold, view restrictions among them."""
    if page is None:
        return serve_it()

    def chain(*args: Any) -> HttpResponseBase:
        return serve_it()

    for hook in reversed(hooks.get_hooks("on_serve_page")):
        chain = hook(chain)
    for hook in hooks.get_hooks("before_serve_page"):
        answer = hook(page, request, [], {})
        if isinstance(answer, HttpResponseBase):
            return answer
    return chain(page, request, [], {})


_hidden: list[Callable[[], Any]] = []


def hides_pages(pages: Callable[[], Any]) -> None:
    """Register ``pages()``: live pages that nobody is shown now, for what they are about is not public."""
    if pages not in _hidden:
        _hidden.append(pages)


def shown(pages: Any) -> Any:
    """``pages`` without those that are hidden. No query of its own."""
    for hidden in _hidden:
        pages = pages.exclude(pk__in=hidden().values("pk"))
    return pages
