"""Activity points in a browser: both ways of reading, by keyboard, and live (A4, S1, S2, S3)."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from campus.people.models import Student
from campus.points.models import PointGoal, PointTransaction
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, SMALLEST, OpenPage, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def collector(transactional_db: None) -> Student:
    """A student with a goal, and points that wait."""
    student = factories.student(mentor=factories.mentor())
    PointGoal.objects.create(institution=student.institution, total=100)
    category = factories.point_category(name="Sports", minimum=5, maximum=30)
    for n in range(2):
        factories.points(student=student, category=category, points=10, title=f"Run {n}")
    return student


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_s1_axe_finds_nothing_on_the_pages_of_points(
    lang: str, collector: Student, open_page: OpenPage, axe: Callable[[Any], list[str]]
) -> None:
    assert collector.mentor is not None
    for path, user in (
        ("points/", collector.user),
        ("points/deciding/", collector.mentor.user),
    ):
        for width, scheme in ((PHONE, "dark"), (DESKTOP, "light")):
            page = open_page(path, lang, width, scheme=scheme, user=user)
            assert page.answer.status == 200
            assert axe(page) == [], (path, width, scheme)
            assert page.errors == []
        assert overflow(open_page(path, lang, SMALLEST, user=user)) == 0


def test_a4_a_mentor_approves_in_bulk_by_keyboard_and_the_balance_moves_live(
    collector: Student, open_page: OpenPage
) -> None:
    assert collector.mentor is not None
    mine = open_page("points/", "en", DESKTOP, user=collector.user)
    expect(mine.get_by_role("heading", name="0 of 100 points")).to_be_visible()
    mentor = open_page("points/deciding/", "en", PHONE, user=collector.mentor.user)
    mentor.get_by_label("All on this page").focus()
    mentor.keyboard.press("Space")
    assert mentor.locator("input[name=transaction]:checked").count() == 2
    mentor.get_by_role("button", name="Approve those ticked").focus()
    mentor.keyboard.press("Enter")
    expect(mentor.get_by_text("2 approved.")).to_be_visible()
    expect(mentor.get_by_text("Nothing waits for you")).to_be_visible()
    expect(mine.get_by_role("heading", name="20 of 100 points")).to_be_visible()
    assert PointTransaction.objects.pending().count() == 0
