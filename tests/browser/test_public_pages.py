"""S1, S2, S3 on the public pages: reachable by all, in both languages, on a phone first."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from learning.catalog.models import Course, Meeting
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, SMALLEST, OpenPage, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = {
    "home": "",
    "courses": "courses/",
    "filtered": "courses/?q=weaving&open=1",
    "nothing": "courses/?level=900",
    "course": "courses/art-210/",
    "about": "about/",
    "search": "search/?q=weaving",
    "missing": "no-such-page/",
}


@pytest.fixture(autouse=True)
def catalog(transactional_db: None) -> Course:
    """Three courses: one open with hours, one full, one without sections."""
    season = factories.season()
    today = timezone.localdate()
    weaving = factories.course(
        code="ART 210", slug="art-210", title="Weaving & Dyeing", description="Looms and colors."
    )
    factories.course(code="ZUL 999", slug="zul-999", title="Zulu Reading")
    optics = factories.course(code="PHYS 325", slug="phys-325", title="Optics")
    weaving.prerequisites.add(optics)
    begins = {"starts": today + dt.timedelta(days=3), "ends": today + dt.timedelta(days=60)}
    section = factories.section(course=weaving, season=season, code="A", capacity=5, **begins)
    for weekday in (2, 4):
        Meeting.objects.create(
            section=section,
            weekday=weekday,
            starts=dt.time(9),
            ends=dt.time(10, 50),
            place="Krannert Art Museum 143",
        )
    factories.section(course=weaving, season=season, code="B", capacity=1, seats_taken=1, **begins)
    factories.section(course=optics, season=season, code="C", **begins)
    return weaving


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("name", PAGES)
def test_s1_axe_finds_nothing_on_any_page_in_light_and_dark(
    name: str, lang: str, open_page: OpenPage, axe: Callable[[Any], list[str]]
) -> None:
    for width, scheme in ((PHONE, "light"), (DESKTOP, "dark")):
        page = open_page(PAGES[name], lang, width, scheme=scheme)
        assert page.answer.status == (404 if name == "missing" else 200)
        assert axe(page) == [], (width, scheme)
        assert page.errors == []
        assert overflow(page) == 0, (width, "S3: no page is wider than its screen")
    page.set_viewport_size({"width": SMALLEST, "height": 844})
    assert overflow(page) == 0, (SMALLEST, "S3: nor than the smallest phone")


def test_s2_arabic_reads_from_right_to_left_and_english_does_not(open_page: OpenPage) -> None:
    arabic, english = open_page("courses/", "ar"), open_page("courses/", "en")
    assert arabic.locator("html").get_attribute("dir") == "rtl"
    assert arabic.locator("html").get_attribute("lang") == "ar"
    assert english.locator("html").get_attribute("dir") == "ltr"
    brand = arabic.locator("header .q-brand").bounding_box()
    assert brand["x"] > PHONE / 2, "the brand stands at the start, which is the right"


@pytest.mark.parametrize(
    "path", ["courses/art-210/", "courses/?q=weaving&open=1", "about/", "search/?q=weaving", ""]
)
def test_s2_the_language_switch_keeps_the_page(path: str, open_page: OpenPage) -> None:
    page = open_page(path, "en", DESKTOP)
    page.locator("header [data-language=ar]").click()
    page.wait_for_url("**/ar/**")
    assert page.url.endswith(f"/ar/{path}")
    assert page.locator("html").get_attribute("dir") == "rtl"
    page.locator("header [data-language=en]").click()
    page.wait_for_url("**/en/**")
    assert page.url.endswith(f"/en/{path}")


def test_s1_filters_work_without_javascript(open_page: OpenPage) -> None:
    page = open_page("courses/", javascript=False)
    assert page.locator(".q-course").count() == 3
    page.locator("[data-filters] > summary").click()
    page.locator("#filter-q").fill("weaving")
    page.locator("#filter-open").check()
    page.locator("form.q-filters-body button[type=submit]").click()
    page.wait_for_url("**q=weaving**")
    assert "open=1" in page.url
    assert page.locator(".q-course").count() == 1
    assert page.locator(".q-course h2").inner_text().endswith("Weaving & Dyeing")
    assert page.locator("#filter-q").input_value() == "weaving"


def test_s1_filters_change_the_list_in_place_and_the_way_back_works(open_page: OpenPage) -> None:
    page = open_page("courses/", width=DESKTOP)
    page.evaluate("window.same_document = true")
    page.locator("#filter-q").fill("optics")
    page.wait_for_url("**q=optics**")
    page.locator(".q-course").first.wait_for()
    assert page.locator(".q-course").count() == 1
    assert page.evaluate("window.same_document") is True, "htmx swapped; the page was not loaded"
    page.locator(".q-applied a").click()
    page.wait_for_url(lambda url: "q=optics" not in url)
    assert page.locator(".q-course").count() == 3
    page.go_back()
    page.wait_for_url("**q=optics**")
    expect(page.locator(".q-course")).to_have_count(1)
    assert page.errors == []


def test_a_course_page_says_when_where_how_full_and_what_comes_first(open_page: OpenPage) -> None:
    page = open_page("courses/art-210/")
    main = page.locator("main").inner_text()
    assert "Monday, Wednesday" in main
    assert "Krannert Art Museum 143" in main
    assert "5 seats left" in main
    assert "Full, waiting list open" in main
    assert "PHYS 325" in main
    ways_in = page.locator("#sections .btn")
    assert ways_in.all_inner_texts() == ["Sign in to enroll", "Sign in to wait"]


def test_suggestions_come_while_typing_and_can_be_walked_by_arrows(open_page: OpenPage) -> None:
    page = open_page("courses/", width=DESKTOP)
    page.locator("#header-search").press_sequentially("weav")
    page.locator("#header-search-list a").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.pathname") == "/en/courses/art-210/"
    page.keyboard.press("Escape")
    assert page.locator("#header-search-list a").count() == 0
    assert page.errors == []


def test_s1_the_keyboard_reaches_the_content_first_and_menus_close_by_escape(
    open_page: OpenPage,
) -> None:
    page = open_page("courses/", width=DESKTOP)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "q-skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    menu = page.locator("header details[data-menu]").last
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("open") is not None
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[data-menu]') !== null")
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_s3_the_chosen_theme_holds_without_a_flash_on_the_next_page(open_page: OpenPage) -> None:
    page = open_page("", width=DESKTOP)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("header details[data-menu] > summary").last.click()
    page.locator("[data-theme-choice=dark]").click()
    expect(page.locator("body")).not_to_have_css("background-color", light)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.goto(page.url + "courses/", wait_until="commit")
    page.locator("body").wait_for(state="attached")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark", "set before the body is"
    page.wait_for_load_state("load")
    expect(page.locator("body")).to_have_css("background-color", dark)


def test_no_template_carries_what_a_strict_content_policy_forbids(open_page: OpenPage) -> None:
    """No inline scripts, styles or handlers: the site works under a policy without unsafe-inline."""
    for path in PAGES.values():
        page = open_page(path, javascript=False)
        html = page.content()
        assert page.locator("script:not([src])").count() == 0, path
        assert page.locator("style, [style]").count() == 0, path
        assert " onclick=" not in html and "javascript:" not in html, path
