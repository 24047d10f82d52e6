"""The pages of announcements: the list, and one of them."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from campus.accounts.administering import may_administer
from campus.announcements.audiences import Audience
from campus.announcements.models import (
    AnnouncementCategory,
    AnnouncementIndexPage,
    AnnouncementPage,
)
from portal.editorial import in_this_language, served
from portal.pagecache import may_cache
from portal.permissions import PUBLIC, declare

PER_PAGE = 20
SECONDS = 60
"""How long a kept page lives at most: what expires is taken down within the minute."""


@declare(PUBLIC)
@require_safe
def announcements(request: HttpRequest) -> HttpResponseBase:
    """What is for the reader, pinned first (``announcements/announcements.html``); ``?category=``.

    Context: ``announcements``, ``page_obj``, ``categories``, ``chosen``, ``page`` (the editor's words), and
    ``write``, where in the admin the reader writes one (None for who does not). What
    visitors see is kept; what somebody signed in sees never is.
    """
    may_cache(request, params=("page", "category"), seconds=SECONDS)
    found = AnnouncementPage.objects.visible_to(request.user).in_language(get_language() or "en")
    categories = list(AnnouncementCategory.objects.all())
    wanted = request.GET.get("category", "")
    chosen = next((one for one in categories if one.slug == wanted), None)
    if chosen is not None:
        found = found.filter(category=chosen)
    rows = found.newest_first().with_all()
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    index = in_this_language(AnnouncementIndexPage.objects)
    context = {
        "announcements": page.object_list,
        "page_obj": page,
        "categories": categories,
        "chosen": chosen,
        "page": index,
        "write": _writing(request.user, index),
    }
    return served(
        index, request, lambda: render(request, "announcements/announcements.html", context)
    )


def _writing(user: Any, index: AnnouncementIndexPage | None) -> str | None:
    if index is None or not may_administer(user):
        return None
    may = index.permissions_for_user(user).can_add_subpage()
    return reverse("wagtailadmin_pages:add_subpage", args=[index.pk]) if may else None


@declare(PUBLIC)
@require_safe
def announcement(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One announcement, for its audience (``announcements/announcement.html``); else nothing (404)."""
    language = get_language()
    visible = AnnouncementPage.objects.visible_to(request.user).filter(slug=slug).with_all()
    pages = sorted(visible, key=lambda page: (page.locale.language_code != language, page.pk))
    if not pages:
        raise Http404
    page = pages[0]
    if page.audience == Audience.EVERYONE:
        may_cache(request, seconds=SECONDS)
    return served(page, request, lambda: page.serve(request))
