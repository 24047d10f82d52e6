"""P9, S1: one's own data in a real browser: gathered, fetched, and the account erased and kept.

``QUAD_PICTURES=folder`` keeps a picture of each.
"""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from campus.personal import tasks
from campus.personal.models import DataExport
from tests import factories
from tests.browser.conftest import OpenPage
from tests.browser.test_openid_pages import look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_p9_download_and_erasure_on_a_phone(
    lang: str,
    open_page: OpenPage,
    axe: Callable[[Any], list[str]],
    settings: Any,
    tmp_path: Path,
) -> None:
    # A server of its own knows the usual hashers alone, not the quick one of tests.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user = factories.student(name="Alexandrina Wolfeschlegelsteinhausen").user
    page = open_page("profile/data/", lang, user=user)
    server = page.url.split(f"/{lang}/")[0]
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    export = DataExport.objects.get(user=user)
    # The server's own worker may be first; where there is none, this is one.
    tasks.build_export(export_id=str(export.pk))
    page.reload()
    look(page, f"data-{lang}", axe)
    if page.locator("a[download]").count():
        with page.expect_download() as got:
            page.locator("a[download]").first.click()
        saved = tmp_path / "data.zip"
        got.value.save_as(saved)
        assert "data.json" in zipfile.ZipFile(saved).namelist()
    page.goto(f"{server}/{lang}/profile/erasure/")
    look(page, f"erasure-{lang}", axe)
    page.fill("[name=password]", factories.PASSWORD)
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state()
    look(page, f"erasure-waiting-{lang}", axe)
    page.locator("main form button").click()
    page.wait_for_load_state()
    assert page.url.endswith("/profile/data/")
