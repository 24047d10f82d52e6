"""The first pages of a new portal, the live blocks, and everyone's dashboard."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.templatetags.static import static
from django.test import Client
from django.utils import timezone
from PIL import Image
from wagtail.models import Page, Site

from campus.accounts.models import User
from campus.people.models import Student
from home import queries
from home.blocks import CallToActionBlock
from home.models import HomePage, StandardPage
from home.tree import ensure_tree
from learning.catalog.models import CourseIndexPage, Section
from learning.enrollments.services import enroll
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db


def test_s2_a_new_database_has_the_first_pages_in_both_languages() -> None:
    for model in (HomePage, CourseIndexPage, StandardPage):
        found = model.objects.live().order_by("locale__language_code")
        assert [page.locale.language_code for page in found] == ["ar", "en"]
        assert found[0].translation_key == found[1].translation_key
    assert Site.objects.get(is_default_site=True).root_page.specific_class is HomePage
    assert not any(page.specific_class is Page for page in Page.objects.filter(depth=2))


def test_the_first_pages_are_made_once_and_then_belong_to_the_editors() -> None:
    StandardPage.objects.all().first().delete()
    before = list(Page.objects.values_list("pk", flat=True))
    assert ensure_tree() is False
    assert list(Page.objects.values_list("pk", flat=True)) == before


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_the_home_page_costs_the_same_with_one_and_with_many_sections(
    lang: str,
    client: Client,
    section: Section,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    client.get(f"/{lang}/")
    with django_assert_max_num_queries(15):
        one = client.get(f"/{lang}/?once")
    assert one.status_code == 200
    for _n in range(12):
        factories.section(course=factories.course(), season=section.season)
    with django_assert_max_num_queries(15):
        many = client.get(f"/{lang}/?many")
    assert many.content.count(b"q-course-spine") > one.content.count(b"q-course-spine")


def test_live_blocks_leave_out_what_cannot_be_taken(section: Section) -> None:
    day = timezone.localdate()
    assert queries.count_open_courses(day) == 1
    assert [c.open_sections for c in queries.featured_courses(day, 6)] == [1]
    Section.objects.filter(pk=section.pk).update(is_cancelled=True)
    assert queries.count_open_courses(day) == 0
    assert queries.featured_courses(day, 6) == []
    assert queries.starting_soon(day, 6) == []


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//elsewhere.example", "data:text/html,x", ""]
)
def test_a_call_to_action_leads_nowhere_that_runs(link: str) -> None:
    block = CallToActionBlock()
    value = block.to_python({"text": "t", "button": "b", "link": link, "page": None})
    with pytest.raises(ValidationError):
        block.clean(value)
    fine = block.to_python({"text": "t", "button": "b", "link": "/en/courses/", "page": None})
    assert block.clean(fine)["link"] == "/en/courses/"


def test_the_dashboard_is_for_those_signed_in(client: Client) -> None:
    answer = client.get("/en/dashboard/")
    assert answer.status_code == 302
    assert "/account/login/" in answer["Location"]


def test_a_students_dashboard_shows_what_they_hold_and_nobody_elses(
    sign_in: Callable[[User], Client], student: Student, section: Section
) -> None:
    enroll(student=student, section_id=section.pk, actor=student.user)
    assert section.course.code in sign_in(student.user).get("/en/dashboard/").content.decode()
    other = factories.student()
    page = sign_in(other.user).get("/en/dashboard/").content.decode()
    assert section.course.code not in page
    assert "You are not in a course yet" in page


def test_a_dashboard_costs_the_same_with_one_and_with_many_sections(
    sign_in: Callable[[User], Client],
    student: Student,
    section: Section,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    client = sign_in(student.user)
    enroll(student=student, section_id=section.pk, actor=student.user)
    client.get("/en/dashboard/")
    with django_assert_max_num_queries(22):
        client.get("/en/dashboard/")
    for _n in range(6):
        more = factories.section(course=factories.course(), season=section.season)
        enroll(student=student, section_id=more.pk, actor=student.user)
    with django_assert_max_num_queries(22):
        assert len(client.get("/en/dashboard/").context["enrollments"]) == 7


def test_a_dashboard_leads_to_ones_tickets_and_to_the_events_of_ones_clubs(
    sign_in: Callable[[User], Client], student: Student
) -> None:
    event = world.event(title="Night of chess")
    held = world.registered(event, student=student)
    world.registered(world.event(title="Another's"))
    seen = sign_in(student.user).get("/en/dashboard/").content.decode()
    assert f"/en/tickets/{held.pk}/" in seen
    assert "Another" not in seen
    seen = sign_in(world.organizer(event.club)).get("/en/dashboard/").content.decode()
    assert f"/en/events/{event.slug}/organize/" in seen
    assert "Another" not in seen
    assert seen.count('href="/en/events/organize/"') == 2  # here and in the menu
    nobody = sign_in(factories.user()).get("/en/dashboard/").content.decode()
    assert 'href="/en/events/organize/"' not in nobody


def test_the_icon_is_where_browsers_look_for_it(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, static("img/favicon.ico"))
    with Image.open(finders.find("img/favicon.ico")) as icon:
        assert icon.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    assert b'href="/favicon.ico"' in client.get("/en/courses/").content
    assert client.post("/favicon.ico").status_code == 405
