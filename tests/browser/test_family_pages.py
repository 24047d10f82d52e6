"""S1, S2, S3 and P10 on the pages of families: a parent's dashboard, a child's week, mentees, codes."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campus.accounts.models import User
from campus.people.models import Student
from learning.catalog.models import Meeting, Section
from learning.enrollments.models import Enrollment
from learning.enrollments.services import enroll
from portal.roles import Role
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, SMALLEST, OpenPage, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def taught(code: str, title: str, *days: int, **fields: Any) -> Section:
    """A running section that meets on these days."""
    today = timezone.localdate()
    section = factories.section(
        course=factories.course(code=code, slug=code.lower().replace(" ", "-"), title=title),
        season=factories.season(),
        code="A",
        starts=today - dt.timedelta(days=7),
        ends=today + dt.timedelta(days=60),
        **fields,
    )
    for day in days:
        Meeting.objects.create(
            section=section, weekday=day, starts=dt.time(9), ends=dt.time(10, 50), place="G52"
        )
    return section


@pytest.fixture
def parent(transactional_db: None) -> User:
    """A parent of two, one of them in two courses and on a waiting list."""
    lina = factories.student(user=None, name="Lina Haddad", date_of_birth=dt.date(2014, 3, 9))
    omar = factories.student(user=None, name="Omar Haddad", date_of_birth=dt.date(2017, 8, 1))
    parent = factories.parent(lina, omar, full_name="Maya Haddad")
    weaving = taught("ART 210", "Weaving & Dyeing", 2, 4, 6)
    for section in (weaving, taught("MATH 90", "Numbers for the Curious", 3, 5)):
        enroll(student=lina, section_id=section.pk, actor=parent)
    enroll(student=lina, section_id=taught("MUS 101", "Choir", capacity=0).pk, actor=parent)
    return parent


def child(name: str) -> Student:
    return Student.objects.get(name__startswith=name)


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_s1_axe_finds_nothing_on_the_pages_of_a_family(
    lang: str, parent: User, open_page: OpenPage, axe: Callable[[Any], list[str]]
) -> None:
    lina = child("Lina")
    paths = [
        "dashboard/",
        f"children/{lina.pk}/",
        "children/new/",
        f"children/{lina.pk}/invite/",
        "courses/art-210/",
        "claim/",
    ]
    for index, path in enumerate(paths):
        width, scheme = ((PHONE, "dark"), (DESKTOP, "light"))[index % 2]
        page = open_page(path, lang, width, scheme=scheme, user=parent)
        assert page.answer.status == 200
        assert axe(page) == [], (path, width, scheme)
        assert page.errors == []
        page.set_viewport_size({"width": SMALLEST, "height": 800})
        assert overflow(page) == 0, path


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_s1_axe_finds_nothing_on_a_mentors_pages(
    lang: str, parent: User, open_page: OpenPage, axe: Callable[[Any], list[str]]
) -> None:
    mentor = factories.mentor()
    Student.objects.update(mentor=mentor, program="Applied Arts", semester=2)
    for path, width in (("mentees/", PHONE), ("dashboard/", DESKTOP)):
        page = open_page(path, lang, width, user=mentor.user)
        assert axe(page) == []
        assert page.errors == []
        page.set_viewport_size({"width": SMALLEST, "height": 800})
        assert overflow(page) == 0, path


def test_p10_a_parent_adds_a_child_and_enrolls_it_by_keyboard(
    parent: User, open_page: OpenPage
) -> None:
    page = open_page("children/new/", user=parent)
    page.get_by_label("Full name").focus()
    page.keyboard.type("Nour Haddad")
    page.get_by_label("Date of birth").fill("2016-02-03")
    page.get_by_label("I am the child's").select_option("mother")
    page.get_by_role("button", name="Add").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nour Haddad")
    page.goto(page.url.replace(page.url.split("/en/")[1], "courses/art-210/"))
    page.get_by_label("For whom").select_option(label="Nour Haddad")
    page.get_by_role("button", name="Enroll").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nour Haddad is enrolled.")).to_be_visible()
    assert Enrollment.objects.active().filter(student=child("Nour")).count() == 1


def test_p10_without_javascript_a_parent_drops_and_sends_a_code(
    parent: User, open_page: OpenPage
) -> None:
    lina = child("Lina")
    page = open_page(f"children/{lina.pk}/", user=parent, javascript=False)
    page.locator("summary", has_text="MATH 90").click()
    page.get_by_role("button", name="Yes, drop it").click()
    expect(page.get_by_text("is dropped.")).to_be_visible()
    assert Enrollment.objects.active().filter(student=lina).count() == 1
    page.get_by_role("link", name="Send a code").click()
    page.get_by_label("E-mail or phone").fill("lina@example.org")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The code is sent.")).to_be_visible()
    assert lina.invitations.count() == 1


def test_p10_a_week_prints_on_one_sheet_without_the_rest(parent: User, open_page: OpenPage) -> None:
    page = open_page(f"children/{child('Lina').pk}/", width=DESKTOP, user=parent)
    page.emulate_media(media="print")
    assert page.locator(".q-week").is_visible()
    assert not page.locator(".q-header").is_visible()
    assert not page.get_by_role("heading", name="Guardians").is_visible()
    assert page.get_by_role("heading", name="Lina Haddad").is_visible()
    sheet = page.pdf(format="A4")
    assert sheet.count(b"/Type /Page\n") == 1


@pytest.mark.redis
def test_p10_a_seat_that_comes_free_rings_the_guardian_live(
    parent: User, open_page: OpenPage
) -> None:
    from learning.enrollments.services import drop  # noqa: PLC0415

    full = taught("DAN 5", "Steps", 1, capacity=1)
    first = factories.student()
    seat = enroll(student=first, section_id=full.pk, actor=first.user)
    enroll(student=child("Omar"), section_id=full.pk, actor=parent)
    page = open_page("dashboard/", width=DESKTOP, user=parent)
    expect(page.get_by_text("1 request waits").first).to_be_visible()
    page.wait_for_timeout(1500)  # until the socket listens
    drop(enrollment_id=seat.pk, actor=first.user)
    expect(page.locator("#toasts")).to_contain_text("Omar Haddad", timeout=15_000)
    card = page.locator(".q-child", has_text="Omar Haddad")
    expect(card.get_by_text("1 course")).to_be_visible(timeout=15_000)


def test_another_role_finds_no_family_pages(open_page: OpenPage) -> None:
    user = factories.user(Role.TEACHER)
    assert open_page("children/new/", user=user).answer.status == 403
    assert open_page("mentees/", user=user).answer.status == 403
