"""P7, S1: the page of consent and the connected apps in a real browser: axe, width, both languages.

``QUAD_PICTURES=folder`` keeps a picture of each.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.browser.conftest import SMALLEST, OpenPage, overflow
from tests.campus.accounts.openid import flows
from tests.campus.accounts.openid.flows import BACK, Flow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("QUAD_PICTURES", "")


def look(page: Any, name: str, axe: Callable[[Any], list[str]]) -> None:
    """Axe, no overflow on the smallest phone, no error of a script; a picture if they are kept."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"openid-{name}.png"), full_page=True)
    assert axe(page) == []
    page.set_viewport_size({"width": SMALLEST, "height": 700})
    assert overflow(page) == 0
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.errors == []


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_p7_consent_on_a_phone_leads_back_to_the_other_system(
    lang: str, open_page: OpenPage, axe: Callable[[Any], list[str]], settings: Any
) -> None:
    user = factories.student(name="Alexandrina Wolfeschlegelsteinhausen").user
    made, secret = flows.client(name="The library of the faculty of engineering")
    flow = Flow(flows.signed_in(user), made, secret)
    page = open_page("profile/apps/", lang, user=user)
    look(page, f"apps-none-{lang}", axe)
    server = page.url.split(f"/{lang}/")[0]
    page.context.add_cookies([{"name": "django_language", "value": lang, "url": server}])
    page.route(f"{BACK}*", lambda route: route.fulfill(body="back", content_type="text/plain"))
    page.goto(server + flow.address("openid profile email phone roles enrollments:read"))
    assert page.locator("html").get_attribute("lang") == lang
    look(page, f"consent-{lang}", axe)
    page.locator("[name=scopes][value=phone]").uncheck()
    page.locator("button[value=grant]").click()
    page.wait_for_url(f"{BACK}*")
    assert "code=" in page.url and "state=the-state" in page.url
    page.goto(server + flow.address(redirect_uri="https://evil.example/"))
    look_errors = [one for one in page.errors if "400" not in one]
    page.errors = look_errors
    look(page, f"refused-{lang}", axe)
    flow.tokens("openid roles")
    page.goto(f"{server}/{lang}/profile/apps/")
    look(page, f"apps-{lang}", axe)
    page.locator("main form button").click()
    page.wait_for_load_state()
    assert page.locator("main form").count() == 0
