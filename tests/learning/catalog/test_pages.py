"""The list of courses and a course's page: what everyone sees, and in how many queries."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from wagtail.models import Locale, PageViewRestriction, Site

from learning.catalog.filters import CourseFilters
from learning.catalog.models import Content, CourseIndexPage, CoursePage, Module, Section
from learning.catalog.queries import (
    course_context,
    filter_choices,
    list_courses,
    published_course,
)
from tests import factories

pytestmark = pytest.mark.django_db

LIST = "/en/courses/"


def codes(client: Client, query: str = "") -> list[str]:
    """The codes on a page of the list."""
    answer = client.get(LIST + query)
    assert answer.status_code == 200
    return [course.code for course in answer.context["courses"]]


@pytest.fixture
def index_page() -> CourseIndexPage:
    """The editor's list page, where the site has none yet."""
    found = CourseIndexPage.objects.first()
    if found is None:
        home = Site.objects.get(is_default_site=True).root_page
        found = home.add_child(instance=CourseIndexPage(title="Courses", slug="courses"))
    return found


class TestList:
    """``/en/courses/``."""

    def test_l1_only_published_courses_are_listed_in_the_order_of_their_codes(
        self, client: Client
    ) -> None:
        for code in ("B 2", "A 1"):
            factories.course(code=code)
        factories.course(code="C 3", is_published=False)
        assert codes(client) == ["A 1", "B 2"]

    def test_l1_filters_can_be_combined(self, client: Client) -> None:
        today = timezone.localdate()
        teacher = factories.staff(name="Noether, E")
        summer = factories.season(code="2031-su")
        one = factories.course(code="A 1", level="100", category=factories.category(slug="sums"))
        one.tags.add("Proofs")
        section = factories.section(course=one, season=summer, capacity=1, delivery="online")
        section.instructors.add(teacher)
        two = factories.course(code="A 2", level="200")
        factories.section(course=two, price=Decimal("10"))
        three = factories.course(code="A 3", level="100")
        factories.section(
            course=three, season=summer, enrollment_closes=today - dt.timedelta(days=1)
        )
        for query, expected in {
            "?level=100": ["A 1", "A 3"],
            "?category=sums": ["A 1"],
            f"?department={two.department.code}": ["A 2"],
            "?tag=proofs": ["A 1"],
            "?season=2031-su": ["A 1", "A 3"],
            "?price=paid": ["A 2"],
            "?price=free": ["A 1", "A 3"],
            "?delivery=online": ["A 1"],
            "?instructor=noether": ["A 1"],
            f"?instructor={teacher.pk}": ["A 1"],
            "?open=1": ["A 1", "A 2"],
            "?open=1&level=100": ["A 1"],
            "?level=100&price=paid": [],
            "?price=dear&level=200": ["A 2"],
            "?season=none": [],
        }.items():
            assert codes(client, query) == expected, query
        Section.objects.filter(pk=section.pk).update(seats_taken=1)
        assert codes(client, "?open=1") == ["A 2"]

    def test_l1_words_find_codes_titles_and_descriptions(self, client: Client) -> None:
        factories.course(code="A 1", title="Abstract Algebra", description="Groups and rings.")
        factories.course(code="A 2", title="Botany", description="Plants.")
        assert codes(client, "?q=algebra") == ["A 1"]
        assert codes(client, "?q=plants") == ["A 2"]
        assert codes(client, "?q=alge") == ["A 1"]
        assert codes(client, "?q=zoology") == []

    def test_l1_pages_by_key_meet_every_course_once_in_both_directions(
        self, client: Client
    ) -> None:
        for number in range(60):
            factories.course(code=f"A {number:03}")
        seen, query, forward = [], "", []
        while query is not None:
            answer = client.get(LIST + query)
            forward.append(query)
            seen += [course.code for course in answer.context["courses"]]
            previous, query = answer.context["previous_query"], answer.context["next_query"]
        assert seen == [f"A {number:03}" for number in range(60)]
        assert len(forward) == 3
        assert codes(client, previous) == [f"A {number:03}" for number in range(24, 48)]
        assert codes(client, "?cursor=nonsense") == seen[:24]

    def test_a_page_of_the_list_takes_two_queries_and_its_form_five(
        self, django_assert_num_queries
    ) -> None:
        factories.course()
        for _ in range(2):
            with django_assert_num_queries(2):
                found = list_courses(CourseFilters(level="undergraduate", price=""))
                [(course.department.name, course.category) for course in found.courses]
            with django_assert_num_queries(5):
                filter_choices()
            for _ in range(30):
                course = factories.course(category=factories.category())
                course.tags.add("Tag")
                factories.section(course=course)
        assert len(found.courses) == 24

    def test_s1_htmx_gets_the_results_alone(self, client: Client) -> None:
        factories.course(code="A 1")
        answer = client.get(LIST, headers={"HX-Request": "true"})
        assert b"A 1" in answer.content
        assert b"<html" not in answer.content
        assert "HX-Request" in answer.headers["Vary"]


class TestCourse:
    """``/en/courses/<slug>/``."""

    def test_s2_a_course_without_a_page_is_shown_in_both_languages(self, client: Client) -> None:
        factories.course(code="A 1", slug="a-1", title="Algebra")
        for language in ("en", "ar"):
            answer = client.get(f"/{language}/courses/a-1/")
            assert answer.status_code == 200
            assert b"Algebra" in answer.content

    def test_an_unpublished_or_unknown_course_is_not_there(self, client: Client) -> None:
        factories.course(slug="hidden", is_published=False)
        assert client.get("/en/courses/hidden/").status_code == 404
        assert client.get("/en/courses/nothing/").status_code == 404

    def test_s4_a_live_page_tells_its_own_words_and_the_models_facts(
        self, client: Client, index_page: CourseIndexPage
    ) -> None:
        course = factories.course(code="A 1", slug="a-1", title="Algebra")
        factories.section(course=course, code="OPEN1")
        factories.section(course=course, code="SHUT1", is_cancelled=True)
        page = CoursePage(
            title="The beauty of algebra",
            course=course,
            summary="In an editor's words.",
            body=[("open_sections", {"heading": "Join now"})],
            live=False,
        )
        index_page.add_child(instance=page)
        assert b"The beauty of algebra" not in client.get("/en/courses/a-1/").content
        page.save_revision().publish()
        html = client.get("/en/courses/a-1/").content.decode()
        assert "The beauty of algebra" in html
        live_block = html.split("Join now")[1].split("</section>")[0]
        assert "OPEN1" in live_block
        assert "SHUT1" not in live_block
        # The page is that of one language alone.
        assert "The beauty of algebra" not in client.get("/ar/courses/a-1/").content.decode()
        assert page.get_url() == "/en/courses/a-1/"

    def test_s4_a_page_that_is_restricted_stays_so(
        self, client: Client, index_page: CourseIndexPage
    ) -> None:
        course = factories.course(slug="a-1")
        page = index_page.add_child(instance=CoursePage(title="Secret words", course=course))
        PageViewRestriction.objects.create(page=page, restriction_type="login")
        answer = client.get("/en/courses/a-1/")
        assert answer.status_code == 302
        assert b"Secret words" not in answer.content

    def test_one_page_for_a_course_and_a_language(self, index_page: CourseIndexPage) -> None:
        course = factories.course(slug="a-1")
        index_page.add_child(instance=CoursePage(title="One", course=course))
        with pytest.raises(ValidationError, match="has a page in this language"):
            index_page.add_child(instance=CoursePage(title="Two", course=course))
        arabic = Locale.objects.get_or_create(language_code="ar")[0]
        other = CoursePage(title="Two", course=course, locale=arabic)
        other.slug, other.path, other.depth = "x", "0001000100010009", 4
        other.clean()
        assert other.slug == "a-1"

    def test_a_course_takes_four_queries_and_one_for_each_further_kind_of_thing(
        self, django_assert_num_queries
    ) -> None:
        def look() -> None:
            course = published_course("a-1")
            assert course is not None
            context = course_context(course, user=None)
            assert len(context["tags"]) == len(context["prerequisites"]) * 2
            for section in context["sections"]:
                [(person.name) for person in section.instructors.all()]
                [(meeting.hall.building.name) for meeting in section.meetings.all()]

        course = factories.course(slug="a-1")
        factories.meeting(section=factories.section(course=course), hall=factories.hall())
        with django_assert_num_queries(4):
            look()
        for _ in range(20):
            section = factories.section(course=course)
            factories.meeting(section=section, hall=factories.hall())
            section.instructors.add(factories.staff())
        with django_assert_num_queries(4):
            look()
        course.tags.add("One", "Two")
        course.prerequisites.add(factories.course())
        module = Module.objects.create(course=course, title="First")
        Content.objects.create(module=module, title="Hello", kind="text")
        with django_assert_num_queries(7):
            look()
