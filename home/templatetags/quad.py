"""Tags and filters that the templates share: icons, hues, the language switch, menus."""

import zlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse, translate_url
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, override
from django.utils.translation import gettext as _
from wagtail.models import Page, PageViewRestriction, Site

from campus.accounts import administering
from campus.notifications.bell import Bell, bell_of
from learning.catalog.models import Category, CourseTag, Meeting, Section
from portal.pagecache import remember
from portal.roles import Role

register = template.Library()

HUES = 12


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite. Decorative unless ``label`` says what it means."""
    address = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="q-icon {}" role="img" aria-label="{}"><use href="{}"></use></svg>',
            css,
            label,
            address,
        )
    return format_html(
        '<svg class="q-icon {}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
        css,
        address,
    )


@register.filter
def hue(subject: object) -> str:
    """The CSS class that colors a subject (``AAS``): the same one everywhere, always."""
    return f"q-hue-{zlib.crc32(str(subject).encode()) % HUES}"


@register.filter
def subject(code: str) -> str:
    """The subject in a course code: ``AAS`` of ``AAS 201``."""
    return str(code).partition(" ")[0]


@register.filter
def course_number(code: str) -> str:
    """What follows the subject in a course code: ``201`` of ``AAS 201``."""
    return str(code).partition(" ")[2]


def _address_in(language: str, request: HttpRequest | None, page: Page | None) -> str:
    home = f"/{language}/"
    if page is not None and page.pk:
        translation = page.get_translations(inclusive=True).live()
        found = translation.filter(locale__language_code=language).first()
        address = found.get_url(request) if found else None
        return address or home
    if request is None:
        return home
    path = request.get_full_path()
    here = f"/{get_language()}/"
    if getattr(request, "resolver_match", None) and path.startswith(here):
        # No pattern of ours is translated: the same address, below the other language.
        return home + path.removeprefix(here)
    return translate_url(path, language)


@register.simple_tag(takes_context=True)
def languages(context: Context) -> list[dict[str, Any]]:
    """The site's languages, each with the address of this same page in it.

    The active language costs nothing; a Wagtail page costs one query for each other language.
    """
    request: HttpRequest | None = context.get("request")
    match = getattr(request, "resolver_match", None)
    page = context.get("page") if match and match.url_name == "wagtail_serve" else None
    page = page if isinstance(page, Page) else None
    active = get_language() or settings.LANGUAGE_CODE
    found = []
    for code, _name in settings.LANGUAGES:
        info = get_language_info(code)
        current = code == active
        address = request.get_full_path() if current and request else ""
        found.append(
            {
                "code": code,
                "name": info["name_local"],
                "bidi": info["bidi"],
                "current": current,
                "address": address or _address_in(code, request, page),
            }
        )
    return found


@register.simple_tag(takes_context=True)
def menu_pages(context: Context) -> list[dict[str, str]]:
    """The live public pages below the home page that an editor put in menus.

    One query, once for all until a page changes.
    """
    request: HttpRequest | None = context.get("request")
    if request is None:
        return []
    key = ("home.menu", request.get_host(), get_language())
    return remember(key, lambda: _menu_pages(request))


def _menu_pages(request: HttpRequest) -> list[dict[str, str]]:
    # As ``public()`` has it, which asks for the restrictions first.
    above = PageViewRestriction.objects.annotate(
        here=ExpressionWrapper(OuterRef("path"), CharField())
    )
    pages = (
        Page.objects.live()
        .in_menu()
        .filter(~Exists(above.filter(here__startswith=F("page__path"))))
        .filter(locale__language_code=get_language(), depth=3)
        .defer_streamfields()
        .order_by("path")[:8]
    )
    # Which site is asked for matters where there are several; their roots are in the cache.
    several = len({root.site_id for root in Site.get_site_root_paths()}) > 1
    asked = request if several else None
    return [{"title": page.title, "address": page.get_url(asked) or ""} for page in pages]


@register.simple_tag(takes_context=True)
def may_administer(context: Context) -> bool:
    """Whether the reader's menu has a link to the admin. No query, until their rights change."""
    return administering.may_administer(getattr(context.get("request"), "user", None))


@register.simple_tag(takes_context=True)
def organizes(context: Context) -> bool:
    """Whether the reader's menu has a link to the events of their clubs. No query, until their rights
    change."""
    rights = administering.shown_rights(getattr(context.get("request"), "user", None))
    return not rights.roles.isdisjoint({Role.ORGANIZER, Role.ADMIN})


@register.simple_tag(takes_context=True)
def bell(context: Context) -> Bell | None:
    """The reader's bell: what is unread, and where live events go on. One query, None for visitors."""
    return bell_of(context.get("request"))


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """The query of this page with ``changes`` applied; a changed value of nothing takes a key out."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    encoded = query.urlencode()
    return f"?{encoded}" if encoded else request.path


@register.filter
def hours(number: Decimal) -> str:
    """Credit hours without needless zeros, in the reader's notation: ``3``, ``1.5``."""
    return number_format(number.normalize() if number % 1 else int(number))


@register.filter
def whole(number: Decimal) -> int:
    """A number for choosing a plural: a fraction counts as many."""
    return int(number) if number % 1 == 0 else max(2, int(number))


@register.filter
def elided(paginator: Paginator, number: int) -> list[int | None]:
    """The page numbers worth showing around ``number``; None stands for those left out."""
    shown = paginator.get_elided_page_range(number, on_each_side=1, on_ends=1)
    return [page if isinstance(page, int) else None for page in shown]


@register.filter
def by_hours(meetings: Iterable[Meeting]) -> list[dict[str, Any]]:
    """Weekly meetings put together where hours and place are the same, as one says them.

    "Monday, Wednesday 11–12, Loomis 136" is one entry with ``days`` (their names), ``starts``,
    ``ends`` and ``place``.
    """
    together: dict[tuple[Any, ...], dict[str, Any]] = {}
    for meeting in meetings:
        place = str(meeting.hall) if meeting.hall else meeting.place
        entry = together.setdefault(
            (meeting.starts, meeting.ends, place),
            {"days": [], "starts": meeting.starts, "ends": meeting.ends, "place": place},
        )
        entry["days"].append(meeting.get_weekday_display())
    return list(together.values())


@register.filter
def item(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """What ``mapping`` holds under ``key``, or nothing."""
    return mapping.get(key) if mapping else None


@register.filter
def still_free(pairs: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Of pairs of student and standing: the students who are not in the section and do not wait."""
    return [student for student, standing in pairs if not standing.state]


@register.simple_tag(takes_context=True)
def applied_filters(context: Context, filters: Any) -> list[dict[str, Any]]:
    """The filters (``CourseFilters``) that hold, each with a label and the address without it."""
    address = reverse("catalog:courses")
    values = dict(filters)
    found = []
    for name, value in values.items():
        rest = urlencode({key: kept for key, kept in values.items() if key != name})
        without = f"{address}?{rest}" if rest else address
        found.append({"name": name, "label": _filter_label(name, value), "without": without})
    return found


def _filter_label(name: str, value: str) -> Any:
    if name == "delivery":
        return Section.Delivery(value).label
    if name == "price":
        return _("Free") if value == "free" else _("Paid")
    if name == "open":
        return _("With a free seat")
    if name == "q":
        return f"“{value}”"
    if name in {"category", "tag"}:
        model = Category if name == "category" else CourseTag
        named = model.objects.filter(slug=value).first()
        return named.name if named else value
    return _("Level %(level)s") % {"level": value} if name == "level" else value


@register.filter
def in_language(text: Any, language: str) -> str:
    """A lazy text, spoken in ``language``."""
    with override(language):
        return str(text)
