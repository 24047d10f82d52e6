"""S1, S2, S3 on the pages of those who are signed in: dashboards, roster, inbox, the bell."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campus.accounts.models import User
from campus.notifications.models import Notification
from campus.people.models import Student
from learning.catalog.models import Meeting, Section
from learning.enrollments.services import enroll
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, SMALLEST, OpenPage, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def taught(transactional_db: None) -> Section:
    """A section with two seats that meets every Monday and Wednesday and is running."""
    today = timezone.localdate()
    section = factories.section(
        course=factories.course(code="ART 210", slug="art-210", title="Weaving & Dyeing"),
        season=factories.season(),
        code="A",
        capacity=2,
        starts=today - dt.timedelta(days=7),
        ends=today + dt.timedelta(days=60),
    )
    for weekday in (2, 4):
        Meeting.objects.create(
            section=section, weekday=weekday, starts=dt.time(9), ends=dt.time(10, 50), place="G52"
        )
    return section


@pytest.fixture
def learner(taught: Section) -> Student:
    """A student who is in the section."""
    student = factories.student()
    enroll(student=student, section_id=taught.pk, actor=student.user)
    return student


@pytest.fixture
def instructor(taught: Section) -> User:
    """The teacher of the section."""
    user = factories.teacher()
    taught.instructors.add(user.staff_profile)
    return user


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("path", ["dashboard/", "inbox/", "courses/art-210/"])
def test_s1_axe_finds_nothing_on_a_students_pages(
    path: str, lang: str, learner: Student, open_page: OpenPage, axe: Callable[[Any], list[str]]
) -> None:
    for width, scheme in ((PHONE, "dark"), (DESKTOP, "light")):
        page = open_page(path, lang, width, scheme=scheme, user=learner.user)
        assert page.answer.status == 200
        assert axe(page) == [], (width, scheme)
        assert page.errors == []
    assert overflow(open_page(path, lang, SMALLEST, user=learner.user)) == 0


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_s1_axe_finds_nothing_on_a_teachers_pages(
    lang: str,
    learner: Student,
    instructor: User,
    taught: Section,
    open_page: OpenPage,
    axe: Callable[[Any], list[str]],
) -> None:
    for path in ("dashboard/", f"sections/{taught.pk}/students/"):
        page = open_page(path, lang, PHONE, user=instructor)
        assert page.answer.status == 200
        assert axe(page) == [], path
        assert page.errors == []
        assert overflow(open_page(path, lang, SMALLEST, user=instructor)) == 0
    assert learner.name in page.locator("main").inner_text()


def test_s3_the_week_is_a_grid_on_a_desk_and_days_on_a_phone(
    learner: Student, open_page: OpenPage
) -> None:
    desk = open_page("dashboard/", width=DESKTOP, user=learner.user)
    assert desk.locator(".q-week").is_visible()
    assert not desk.locator(".q-daylist").is_visible()
    lessons = desk.locator(".q-week .q-lesson")
    assert lessons.count() == 2
    monday, wednesday = (lessons.nth(i).bounding_box() for i in range(2))
    assert monday["y"] == wednesday["y"] and monday["x"] < wednesday["x"]
    phone = open_page("dashboard/", width=PHONE, user=learner.user)
    assert not phone.locator(".q-week").is_visible()
    assert phone.locator(".q-daylist h3").all_inner_texts() == ["Monday", "Wednesday"] or (
        "Today" in phone.locator(".q-daylist").inner_text()
    )


def test_dropping_asks_first_and_works_without_javascript(
    learner: Student, taught: Section, open_page: OpenPage
) -> None:
    page = open_page("dashboard/", javascript=False, user=learner.user)
    drop = page.locator("main details[data-menu]")
    assert not drop.locator("button").is_visible()
    drop.locator("summary").click()
    drop.locator("button").click()
    page.wait_for_url("**/dashboard/")
    taught.refresh_from_db()
    assert taught.seats_taken == 0
    assert "You are not in a course yet" in page.locator("main").inner_text()


def test_n1_the_bell_counts_opens_its_menu_and_reads_all(
    learner: Student, open_page: OpenPage
) -> None:
    page = open_page("courses/", width=DESKTOP, user=learner.user)
    bell = page.locator("[data-live-bell]")
    assert bell.locator("[data-unread]").first.inner_text() == "1"
    bell.locator("summary").click()
    bell.locator(".q-note").first.wait_for()
    assert "ART 210" in bell.inner_text()
    bell.locator("form button").click()
    expect(page.locator(".q-unread").first).to_have_attribute("data-unread", "0")
    assert not Notification.objects.filter(user=learner.user, read_at=None).exists()
    assert page.errors == []


@pytest.mark.postgres
def test_n1_the_bell_rings_and_the_course_page_follows_without_a_reload(
    taught: Section, open_page: OpenPage
) -> None:
    student = factories.student()
    page = open_page("courses/art-210/", width=DESKTOP, user=student.user)
    page.evaluate("window.same_document = true")
    assert page.locator("[data-live-bell] [data-unread]").first.get_attribute("data-unread") == "0"
    assert "You are in" not in page.locator("#sections").inner_text()
    enroll(student=student, section_id=taught.pk, actor=student.user)
    page.locator(".q-toast").first.wait_for()
    assert "ART 210" in page.locator(".q-toast").first.inner_text()
    assert page.locator(".q-toast").count() == 1, "one event rings once"
    expect(page.locator(".q-unread").first).to_have_attribute("data-unread", "1")
    page.locator("#sections .q-chip-enrolled").wait_for()
    assert page.evaluate("window.same_document") is True
    assert page.errors == []


@pytest.mark.postgres
def test_n1_the_first_page_after_signing_in_is_fetched_once_and_what_follows_comes_live(
    taught: Section, open_page: OpenPage
) -> None:
    """The page says the number it was rendered with: its socket resumes, and nothing is fetched again."""
    student = factories.student()
    page = open_page("courses/", width=DESKTOP, user=student.user)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("sessionStorage.clear()")  # as in a new tab: no number from an earlier page
    page.goto(page.url.replace("courses/", "dashboard/"))
    page.wait_for_timeout(1500)  # the socket's second of grace, and more
    assert sum(url.endswith("/dashboard/") for url in asked) == 1
    enroll(student=student, section_id=taught.pk, actor=student.user)
    page.locator("#dashboard").get_by_text("Weaving & Dyeing").first.wait_for()
    assert sum(url.endswith("/dashboard/") for url in asked) == 2
    assert page.locator(".q-toast").count() == 1
    assert page.errors == []
