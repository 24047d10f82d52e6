"""Pages of campus life that no other walk opens: on a phone, in Arabic, from right to left (S1, S3)."""

from collections.abc import Callable
from typing import Any

import pytest

from campus.events.door import code_for
from portal.roles import Role
from tests import factories
from tests.browser.conftest import PHONE, SMALLEST, OpenPage, errors, overflow
from tests.campus.events import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_s1_the_other_pages_of_campus_life_read_well_on_a_phone_in_arabic(
    transactional_db: None, open_page: OpenPage, axe: Callable[[Any], list[str]]
) -> None:
    place = factories.institution()
    club = world.club(name="Robotics club", institution=place, joining="ask")
    world.club(name="Debate society", institution=place)
    organizer, admin = world.organizer(club), factories.user(Role.ADMIN)
    world.office(world.club(institution=place), organizer)  # so that a new event asks for which
    event = world.event(club, title="Night of small robots", needs_approval=True)
    asks = world.registered(event)
    running = world.event(club, title="Open workshop")
    student = world.registered(running).student
    running = world.begun(running)
    hall = factories.hall(capacity=40)
    lecture = factories.hall_booking(hall=hall, purpose="Mechanics")
    asked = factories.hall_booking(
        hall=hall,
        starts=lecture.starts,
        ends=lecture.ends,
        state="pending",
        purpose="Choir",
        asked_by=organizer,
    )
    news = factories.announcement(category=factories.announcement_category(), is_pinned=True)
    assert student is not None
    day = f"{lecture.starts:%Y-%m-%d}"
    pages: list[tuple[Any, str]] = [
        (organizer, "events/organize/new/"),
        (organizer, f"events/{event.slug}/organize/edit/"),
        (organizer, f"events/{event.slug}/organize/participants/{asks.pk}/reject/"),
        (organizer, f"events/{running.slug}/organize/attendance/"),
        (organizer, f"clubs/{club.slug}/"),
        (organizer, f"clubs/{club.slug}/members/"),
        (organizer, "reports/"),
        (organizer, "hall-bookings/"),
        (organizer, f"hall-bookings/{asked.pk}/"),
        (organizer, f"halls/{hall.pk}/ask/?day={day}"),
        (None, "halls/"),
        (None, f"halls/{hall.pk}/?day={day}"),
        (None, "announcements/"),
        (None, f"announcements/{news.slug}/"),
        (None, "certificates/verify/"),
        (admin, "dashboard/"),
        (admin, "hall-bookings/pending/"),
        (admin, f"hall-bookings/{asked.pk}/decide/"),
        (admin, "reports/points/"),
        (student.user, "events/calendar/mine/"),
        (student.user, "here/{code}/"),
    ]
    for user, path in pages:
        # (A code at the door is good for seconds.)
        address = path.format(code=code_for(running.pk).code) if "{code}" in path else path
        page = open_page(address, "ar", PHONE, user=user)
        assert page.answer.status == 200, path
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert overflow(page) == 0, path
        assert axe(page) == [], path
        page.set_viewport_size({"width": SMALLEST, "height": 844})
        assert overflow(page) == 0, path
        assert errors(page) == [], path
        page.context.close()
