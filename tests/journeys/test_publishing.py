"""From an editor's draft to the public page: written, previewed, sent for review, published, found."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Portal
from tests.journeys.visitors import DESKTOP, Visitor

pytestmark = pytest.mark.browser

TITLE = "Chemistry that stays with you"
WORDS = "A summer of experiments that you can smell"


def course_without_page(portal: Portal) -> tuple[str, str, str]:
    """(id of the list page's parent, code of a course that has no page, its slug)."""
    return tuple(  # type: ignore[return-value]
        portal.run(
            "from learning.catalog.models import Course, CourseIndexPage\n"
            "parent = CourseIndexPage.objects.get(locale__language_code='en')\n"
            "course = Course.objects.filter(pages=None, department__code='CHEM')"
            ".order_by('code').first()\n"
            "print(parent.pk, course.code, course.slug, sep='|')"
        )
        .strip()
        .split("|")
    )


def choose_course(page: Page, code: str) -> None:
    """Search the course with this code in the chooser and take it."""
    page.get_by_role("button", name="Choose a course").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Search term").fill(code)
    dialog.get_by_role("link", name=code).first.click()
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-chooser-title]").filter(has_text=code)).to_be_visible()


def add_block(page: Page, name: str) -> None:
    """Add a block of this name at the end of the body."""
    body = page.locator("#panel-child-content-body-content, [data-contentpath='body']").first
    body.locator("button.c-sf-add-button").last.click()
    page.get_by_role("option", name=name).or_(page.get_by_role("button", name=name)).first.click()


def test_s4_a_course_page_from_draft_to_search(chromium: Browser, portal: Portal) -> None:
    """S4 S5: the editor may not publish; what waits for review is not public; the admin publishes."""
    parent, course, slug = course_without_page(portal)
    address = f"/en/courses/{slug}/"
    reader = Visitor(chromium, portal, "en", DESKTOP)
    reader.go(f"/courses/{slug}/")
    expect(reader.page.locator("main")).not_to_contain_text(TITLE)

    editor = Visitor(chromium, portal, "en", DESKTOP)
    page: Any = editor.page
    page.goto("/admin/")
    assert "/account/login/" in page.url, "the Wagtail admin signs in through the same door"
    editor.fill_sign_in("editor@quad.example")
    page.wait_for_url("**/admin/")

    page.goto(f"/admin/pages/add/catalog/coursepage/{parent}/")
    page.fill("input[name=title]", TITLE)
    choose_course(page, course)
    page.fill("input[name=summary]", WORDS)
    add_block(page, "Open sections (live)")
    page.fill("input[name='body-0-value-heading']", "Take a seat")
    expect(page.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Save draft").first.click()
    page.wait_for_url("**/edit/")
    page_id = page.url.rstrip("/").split("/")[-2]

    preview = editor.context.new_page()
    preview.goto(f"/admin/pages/{page_id}/view_draft/")
    expect(preview.locator("h1")).to_contain_text(TITLE)
    expect(preview.get_by_role("heading", name="Take a seat")).to_be_visible()
    preview.close()

    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Submit to").first.click()
    page.wait_for_load_state()
    assert reader.page.request.get(address).text().find(TITLE) == -1
    editor.context.close()

    admin = Visitor(chromium, portal, "en", DESKTOP)
    admin.page.goto("/admin/")
    admin.fill_sign_in("admin@quad.example")
    admin.page.wait_for_url("**/admin/")
    expect(admin.page.locator("main")).to_contain_text(TITLE)
    admin.page.goto(f"/admin/pages/{page_id}/edit/")
    admin.page.get_by_role("button", name="More actions").click()
    admin.page.get_by_role("button", name="Approve and publish").first.click()
    admin.page.wait_for_load_state()
    admin.context.close()

    reader.go(f"/courses/{slug}/")
    expect(reader.page.locator("h1")).to_contain_text(TITLE)
    expect(reader.page.get_by_role("heading", name="Take a seat")).to_be_visible()
    reader.go("/search/?q=experiments+smell")
    expect(reader.page.locator("main")).to_contain_text(TITLE)
    reader.close()
