"""The pages of imports in the admin, in a real browser: phone width, axe, without JavaScript, progress."""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from campus.accounts.models import User
from portal.imports import engine, services
from portal.imports.models import Import
from portal.jobs import outbox
from portal.roles import Role
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, overflow
from tests.portal.imports.bring import csv_bytes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEAD = "email,full_name,roles,language"


def brought(admin: User, *lines: str) -> Import:
    owner = services.upload(
        kind="users", file=io.BytesIO(csv_bytes(HEAD, *lines)), name="people.csv", actor=admin
    )
    engine.check(owner.pk)
    owner.refresh_from_db()
    return owner


def worked() -> None:
    """Run what a worker has not taken yet."""
    owner = Import.objects.get()
    outbox.run(owner.job_id or 0)
    for _ in range(60):
        owner.refresh_from_db()
        if not owner.is_busy:
            return
        time.sleep(0.5)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_p11_errors_are_seen_where_they_are(
    width: int, open_page: OpenPage, axe: Callable[[Any], list[str]]
) -> None:
    admin = factories.user(Role.ADMIN)
    owner = brought(
        admin,
        "lina@x.example,Lina Haddad,teacher,en",
        "not an address,Omar Haddad,wizard,xx",
        "omar@x.example,,student,ar",
    )
    page = open_page(reverse("imports:inspect", args=[owner.pk]), width=width, user=admin)
    assert page.locator(".q-import-bad").count() == 4
    assert page.get_by_text("Enter an e-mail address.").is_visible()
    assert overflow(page) <= 0
    assert not [found for found in axe(page) if "q-import" in found]
    assert not page.errors


def test_p11_a_file_goes_in_without_javascript(open_page: OpenPage, tmp_path: Path) -> None:
    admin = factories.user(Role.ADMIN)
    file = tmp_path / "people.csv"
    file.write_bytes(csv_bytes(HEAD, "lina@x.example,Lina Haddad,teacher,en"))
    page = open_page(reverse("imports:upload"), width=DESKTOP, javascript=False, user=admin)
    page.locator("select[name=kind]").select_option("users")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_load_state()
    worked()
    page.reload()
    page.get_by_role("button", name="Apply 1 row").click()
    page.wait_for_load_state()
    worked()
    page.reload()
    assert page.get_by_text("Created: 1").count()
    assert User.objects.filter(email="lina@x.example").exists()


def test_p11_the_bar_follows_what_the_worker_does(open_page: OpenPage) -> None:
    admin = factories.user(Role.ADMIN)
    owner = brought(admin, *(f"p{n}@x.example,Person {n},student,en" for n in range(3)))
    Import.objects.filter(pk=owner.pk).update(state=Import.State.CHECKING)
    page = open_page(reverse("imports:inspect", args=[owner.pk]), user=admin)
    assert page.locator("progress").is_visible()
    owner.refresh_from_db()
    engine.check(owner.pk)
    page.get_by_role("button", name="Apply all 3 rows").wait_for()
    assert not page.errors
