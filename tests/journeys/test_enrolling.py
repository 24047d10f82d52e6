"""The first journey, walked in a real browser: find a course, register, enroll, wait, be let in."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Portal
from tests.journeys.visitors import DESKTOP, LIVE_MS, PHONE, Visitor

pytestmark = pytest.mark.browser

walks = pytest.mark.parametrize(
    ("language", "size", "by"),
    [
        pytest.param("en", DESKTOP, "email", id="en-desktop"),
        pytest.param("en", PHONE, "phone", id="en-phone"),
        pytest.param("ar", DESKTOP, "phone", id="ar-desktop"),
        pytest.param("ar", PHONE, "email", id="ar-phone"),
    ],
)


def a_section_of_one_seat(portal: Portal) -> tuple[str, str]:
    """(course's slug, registration number) of an empty section that is given a single seat."""
    return tuple(  # type: ignore[return-value]
        portal.run(
            "from learning.catalog.models import Section\n"
            "s = Section.objects.filter(seats_taken=0, capacity__gt=1, price=0, meetings=None,"
            " needs_approval=False, course__prerequisites=None).order_by('pk').first()\n"
            "s.capacity = 1; s.save()\n"
            "print(s.course.slug, s.number)"
        ).split()
    )


@walks
def test_the_journey_of_two_students(
    chromium: Browser, portal: Portal, language: str, size: Any, by: str
) -> None:
    """S1 S2 P1 P2 L4 L5 N1: from the home page to a seat, a queue, a drop, and the bell."""
    slug, number = a_section_of_one_seat(portal)

    # A visitor finds a course by search and by filters, and reads its page.
    first = Visitor(chromium, portal, language, size)
    first.go("/")
    first.go("/search/?q=linear+algebra")
    expect(first.page.locator("main a[href*='/courses/math-']").first).to_be_visible()
    first.go("/courses/")
    first.go("/courses/?department=ARAB")
    expect(first.page.locator("main a[href*='/courses/arab-']").first).to_be_visible()
    expect(first.page.locator("main a[href*='/courses/math-']")).to_have_count(0)
    first.go(f"/courses/{slug}/")
    expect(first.section(number)).to_be_visible()

    # They register, type the code that came, and take the last seat; the bell rings.
    first.register(by)
    first.go(f"/courses/{slug}/")
    before = first.unread()
    first.section(number).locator("form button[type=submit]").click()
    first.expect_enrolled(number)
    first.expect_unread(before + 1)

    # The next one waits, and reads which number they are.
    second = Visitor(chromium, portal, language, size)
    second.register("email")
    second.go(f"/courses/{slug}/")
    second.section(number).locator("form button[type=submit]").click()
    expect(second.section(number).locator(".q-chip-waiting")).to_be_visible(timeout=LIVE_MS)
    second.expect_unread(1)
    second.go(f"/courses/{slug}/")

    # The first drops; the second is in at that moment, without touching their page.
    first.go("/dashboard/")
    row = first.page.locator("li.q-card", has=first.page.locator(f"a[href*='/{slug}/']"))
    row.locator("summary").click()
    row.locator("form[action*='/drop/'] button").click()
    expect(row).to_have_count(0)
    second.expect_unread(2)
    second.expect_enrolled(number)

    # Whoever was away meanwhile finds it once, not twice.
    second.page.goto("about:blank")
    second.go("/dashboard/")
    expect(second.page.locator(f"main a[href*='/{slug}/']").first).to_be_visible()
    assert second.unread() == 2
    second.go("/inbox/")
    second.go("/profile/")
    first.close()
    second.close()


def test_a_teacher_sees_who_is_in_and_who_waits(chromium: Browser, portal: Portal) -> None:
    """The instructor's list of students, from their own dashboard."""
    teacher = Visitor(chromium, portal, "en", DESKTOP)
    teacher.sign_in("teacher@quad.example")
    teacher.go("/dashboard/")
    teacher.page.locator("main a[href*='/students/']").first.click()
    expect(teacher.page.locator("table tbody tr").first).to_be_visible()
    teacher.look()
    roster = teacher.page.url
    teacher.close()

    student = Visitor(chromium, portal, "en", DESKTOP)
    student.sign_in("student@quad.example")
    answer = student.page.request.get(roster)
    assert answer.status in {403, 404}, "a student never reads a roster"
    student.close()
