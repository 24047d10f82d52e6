"""The pages in everyone's menu: live, in this language, and for everyone; one query."""

from typing import Any

import pytest
from django.template import Context
from django.test import RequestFactory
from wagtail.models import Page, PageViewRestriction, Site

from home.models import StandardPage
from home.templatetags.quad import menu_pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Any:
    """The home page of the portal in English."""
    return Site.objects.get(is_default_site=True).root_page


def added(home: Any, slug: str, **fields: Any) -> Page:
    """A live page below the home page, in the menu."""
    page = StandardPage(title=slug.title(), slug=slug, **{"show_in_menus": True, **fields})
    return home.add_child(instance=page)


def menu() -> list[str]:
    request = RequestFactory().get("/en/", headers={"host": "localhost"})
    return [page["title"] for page in menu_pages(Context({"request": request}))]


def test_what_is_not_for_everyone_is_not_in_the_menu(home: Any) -> None:
    known = menu()
    added(home, "open")
    closed = added(home, "closed")
    added(home, "closedness")
    added(home, "draft", live=False)
    added(home, "quiet", show_in_menus=False)
    assert menu() == [*known, "Open", "Closed", "Closedness"]
    restriction = PageViewRestriction.objects.create(page=closed, restriction_type="login")
    assert menu() == [*known, "Open", "Closedness"]
    restriction.page = home
    restriction.save()
    assert menu() == [], "what holds for the home page holds below it"


@pytest.mark.parametrize("restrictions", [0, 5])
def test_the_menu_takes_one_query(
    home: Any, restrictions: int, django_assert_num_queries: Any
) -> None:
    for number in range(restrictions):
        page = added(home, f"closed-{number}")
        PageViewRestriction.objects.create(page=page, restriction_type="login")
    added(home, "open")
    menu()  # the roots of sites, which Wagtail keeps in the cache
    with django_assert_num_queries(1):
        assert menu()[-1] == "Open"
