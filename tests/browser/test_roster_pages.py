"""L19 in the admin, in a real browser: the page of rosters and the preview of an archive, on a phone, on a
desktop, in Arabic, by keyboard."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from wagtail.users.models import UserProfile

from learning.enrollments.models import Enrollment
from portal.imports import engine, services
from portal.imports.models import Import
from portal.jobs import outbox
from portal.roles import Role
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, PICTURES, OpenPage, overflow
from tests.learning.rosters.archives import parts, zipped

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def picture(page: Any, name: str) -> None:
    """Keep a picture where ``QUAD_PICTURES`` says."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def brought(admin: Any, **changes: str) -> Import:
    tables = parts(factories.institution())
    tables["users"][1] |= changes
    owner = services.upload(
        kind="oneroster", file=io.BytesIO(zipped(tables)), name="roster.zip", actor=admin
    )
    engine.check(owner.pk)
    owner.refresh_from_db()
    return owner


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_l19_the_page_of_rosters(
    width: int, language: str, open_page: OpenPage, axe: Callable[[Any], list[str]]
) -> None:
    admin = factories.user(Role.ADMIN, language=language)
    profile = UserProfile.get_for_user(admin)
    profile.preferred_language = language
    profile.save()
    season = factories.season(name="Fall 2099")
    factories.section(season=season)
    brought(admin)
    page = open_page(reverse("rosters"), width=width, user=admin)
    assert page.get_by_text("Fall 2099").first.is_visible()
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert overflow(page) <= 0
    assert not [found for found in axe(page) if "q-import" in found]
    assert not page.errors
    picture(page, f"rosters-{language}-{width}")
    for way_in in page.locator(
        "a[href*='kind=']"
    ).all():  # the words fill the button, nothing hides them
        assert way_in.evaluate("e => e.scrollHeight <= e.clientHeight + 4 && e.clientHeight < 60")
    link = page.locator(f"a[href*='/rosters/{season.pk}/oneroster/']")
    link.focus()
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename.endswith(".zip")


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_l19_what_is_wrong_in_an_archive_is_told_by_file_line_and_column(
    width: int, open_page: OpenPage, axe: Callable[[Any], list[str]]
) -> None:
    admin = factories.user(Role.ADMIN)
    owner = brought(admin, email="no address")
    page = open_page(reverse("imports:inspect", args=[owner.pk]), width=width, user=admin)
    row = page.locator("tr.q-import-wrong")
    assert row.locator("td").first.inner_text() == "users"
    assert "email" in row.locator(".q-import-error").inner_text()
    assert page.get_by_role("link", name="The archive with what is wrong (ZIP)").count() == 1
    assert overflow(page) <= 0
    assert not [found for found in axe(page) if "q-import" in found]
    picture(page, f"roster-wrong-{width}")
    assert not page.errors


def test_l19_an_archive_goes_in_by_the_page(open_page: OpenPage, tmp_path: Path) -> None:
    admin = factories.user(Role.ADMIN)
    file = tmp_path / "roster.zip"
    file.write_bytes(zipped(parts(factories.institution())))
    page = open_page(reverse("rosters"), width=DESKTOP, javascript=False, user=admin)
    page.get_by_role("link", name="OneRoster 1.2 (ZIP)").click()
    page.wait_for_load_state()
    assert page.locator("select[name=kind]").input_value() == "oneroster"
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_load_state()
    for button in ("Apply all", ""):
        outbox.run(Import.objects.get().job_id or 0)
        page.reload()
        if button:
            page.get_by_role("button", name=button).click()
            page.wait_for_load_state()
    assert page.get_by_text("Enrolled: 2").count()
    assert Enrollment.objects.active().count() == 2
