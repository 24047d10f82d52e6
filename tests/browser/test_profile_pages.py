"""S1, S2, S3 on the directory of people and departments, and on their public profiles."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from campus.institutions.models import DepartmentPage, DirectoryPage, Faculty
from campus.people.models import StaffProfile
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, SMALLEST, OpenPage, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = {
    "departments": "departments/",
    "nothing": "departments/?q=zzz",
    "people": "people/?active=1",
    "department": "departments/phys/",
    "faculty": "faculties/sci/",
    "institution": "institutions/quad/",
    "person": "people/{person}/",
}


@pytest.fixture(autouse=True)
def person(transactional_db: None) -> StaffProfile:
    """A faculty with two departments, one with people, courses and an editor's page."""
    place = factories.institution()
    faculty = Faculty.objects.create(institution=place, code="SCI", name="Faculty of Sciences")
    physics = factories.department(
        institution=place, faculty=faculty, code="PHYS", name="Physics", address="Loomis Laboratory"
    )
    factories.department(institution=place, faculty=faculty, code="CHEM", name="Chemistry")
    made = factories.staff(
        name="Curie, Marie",
        title="Professor of Physics",
        department=physics,
        public_email="a.very.long.address.of.marie.curie@radiation.physics.example.org",
        public_phone="+12173334666",
        office="Loomis 262, Monday 14–16",
    )
    factories.staff(name="Meitner, Lise", title="Professor", department=physics)
    for n in range(3):
        course = factories.course(department=physics, code=f"PHYS 10{n}", title=f"Mechanics {n}")
        factories.section(course=course, instructors=[made])
    above = DirectoryPage.objects.get(locale__language_code="en")
    page = DepartmentPage(
        title="Physics",
        department=physics,
        locale=above.locale,
        slug="physics",
        summary="We measure before we calculate.",
        body=[
            ("heading", "Where to begin"),
            ("callout", {"tone": "tip", "title": "Help", "text": "<p>Every afternoon.</p>"}),
            ("people", {"heading": "Who teaches here"}),
        ],
    )
    above.add_child(instance=page)
    return made


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("name", PAGES)
def test_s1_axe_finds_nothing_on_any_profile_in_light_and_dark(
    name: str,
    lang: str,
    person: StaffProfile,
    open_page: OpenPage,
    axe: Callable[[Any], list[str]],
) -> None:
    path = PAGES[name].format(person=person.pk)
    for width, scheme in ((PHONE, "light"), (DESKTOP, "dark")):
        page = open_page(path, lang, width, scheme=scheme)
        assert page.answer.status == 200
        assert axe(page) == [], (width, scheme)
        assert page.errors == []
        assert overflow(page) == 0, (width, "S3: no page is wider than its screen")
    page.set_viewport_size({"width": SMALLEST, "height": 844})
    assert overflow(page) == 0, (SMALLEST, "S3: nor than the smallest phone")


def test_s1_the_directory_is_filtered_without_javascript(open_page: OpenPage) -> None:
    page = open_page("departments/", javascript=False)
    page.locator("[data-filters] > summary").click()
    page.locator("#filter-q").fill("phys")
    page.locator("form.q-filters-body button[type=submit]").click()
    page.wait_for_url("**q=phys**")
    assert page.locator("#directory h2").all_inner_texts() == ["Physics"]


def test_s1_the_directory_changes_in_place_and_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("people/", width=DESKTOP)
    page.evaluate("window.same_document = true")
    page.locator("#filter-q").focus()
    page.keyboard.type("meitner")
    page.wait_for_url("**q=meitner**")
    expect(page.locator(".q-person")).to_have_count(1)
    assert page.evaluate("window.same_document") is True, "htmx swapped; the page was not loaded"
    page.locator(".q-person a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/*-meitner-lise/")
    page.locator(".breadcrumb a", has_text="Physics").click()
    page.wait_for_url("**/departments/phys/")
    assert page.errors == []


def test_s2_the_language_switch_keeps_the_profile(open_page: OpenPage) -> None:
    page = open_page("departments/phys/", "en", DESKTOP)
    page.locator("header [data-language=ar]").click()
    page.wait_for_url("**/ar/departments/phys/")
    assert page.locator("html").get_attribute("dir") == "rtl"
