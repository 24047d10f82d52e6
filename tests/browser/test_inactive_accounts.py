"""P8, S1: the list of inactive accounts in the admin changes while an admin looks at it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from campus.accounts import services
from campus.accounts.models import User
from campus.accounts.setup import ensure_roles
from portal.realtime import carrier
from portal.roles import Role
from tests import factories
from tests.browser.conftest import PICTURES, OpenPage, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_p8_s1_who_registers_appears_and_who_is_decided_about_changes_without_a_reload(
    open_page: OpenPage, axe: Callable[[Any], list[str]], settings: Any
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs sockets: set DATABASE_URL")
    settings.REGISTRATION_NEEDS_APPROVAL = True
    ensure_roles()
    page = open_page("/admin/inactive_accounts/", user=factories.user(Role.ADMIN), width=1280)
    page.evaluate("window.stillTheSamePage = true")
    page.wait_for_function("document.querySelector('[data-inactive-accounts]') !== null")
    lena = services.register(
        user=User(), email="lena@example.org", phone=None, password=None, full_name="Lena <b>Ott"
    )
    carrier.drain()
    row = page.locator("tr", has_text="lena@example.org")
    row.wait_for()
    assert "Lena <b>Ott" in row.inner_text(), "a name is text"
    assert row.get_by_role("link", name="Approve").is_visible()
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/inactive-accounts.png")
    assert overflow(page) == 0
    assert [line for line in axe(page) if "listing-results" in line] == []
    services.refuse(user=lena, reason="Not one of ours", actor=None)
    carrier.drain()
    page.locator("tr", has_text="Not one of ours").wait_for()
    services.approve(user=lena, actor=None)
    carrier.drain()
    row.wait_for(state="detached")
    assert page.evaluate("window.stillTheSamePage") is True
    assert page.errors == []
