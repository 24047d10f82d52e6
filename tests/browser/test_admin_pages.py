"""What editors and admins have in the Wagtail admin that scripts of ours move: one walk, on a desk."""

import datetime as dt
import os
from typing import Any

import pytest
from django.utils import timezone

from portal.roles import Role
from tests import factories
from tests.browser.conftest import DESKTOP, OpenPage
from tests.campus.certificates.drawing import CAN_DRAW
from tests.campus.events import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("QUAD_PICTURES", "")


def keep(page: Any, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/admin-{name}.png", full_page=True)


def test_b8_e9_c7_an_admin_sees_the_halls_calendar_writes_an_event_and_a_template(
    open_page: OpenPage,
) -> None:
    hall = factories.hall(capacity=40, name="Linden room")
    club = world.club(institution=hall.building.institution, name="Chess circle")
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    factories.hall_booking(
        hall=hall, purpose="Rehearsal", starts=noon, ends=noon + dt.timedelta(hours=2)
    )
    event = world.event(club, title="Night of knights", hall_wishes=[hall])
    admin = factories.user(Role.ADMIN)

    page = open_page(f"/admin/hall_bookings/calendar/?hall={hall.pk}", width=DESKTOP, user=admin)
    page.locator(".fc-event", has_text="Rehearsal").first.wait_for()
    keep(page, "calendar")
    page.locator(".fc-event", has_text="Rehearsal").first.click()
    page.wait_for_url("**/admin/hall_bookings/inspect/**")

    page.goto(page.url.split("/admin/")[0] + f"/admin/event/inspect/{event.pk}/")
    page.get_by_role("heading", name="Participants").wait_for()
    keep(page, "event")
    page.goto(page.url.split("/admin/")[0] + f"/admin/event/write/?club={club.slug}")
    rows = page.locator("[data-formset-row]")
    before = rows.count()
    page.locator("[data-formset-add]").click()
    assert rows.count() == before + 1
    keep(page, "write")

    if CAN_DRAW:
        page.goto(page.url.split("/admin/")[0] + "/admin/certificatetemplate/new/")
        picture = page.locator("[data-certificate-preview] img")
        picture.wait_for()
        first = picture.get_attribute("src")
        css = page.locator("[name=css]")
        css.fill(css.input_value() + ".name { color: #b00020; }")
        page.wait_for_function(
            "old => document.querySelector('[data-certificate-preview] img').src !== old", arg=first
        )
        keep(page, "template")
        css.fill("@import 'x'")
        page.locator("[data-told] li", has_text="@import").wait_for()
    assert page.errors in ([], [e for e in page.errors if "422" in e])
