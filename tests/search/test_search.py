"""One box over everything that everyone may see."""

import datetime as dt

import pytest
from django.test import Client
from rest_framework.test import APIClient
from wagtail.models import PageViewRestriction, Site

from home.models import StandardPage
from learning.catalog.models import Course
from search.queries import search, suggest
from tests import factories

pytestmark = pytest.mark.django_db


def titles(text: str, **options: str) -> list[str]:
    """The titles found, of all kinds."""
    return [hit.title for group in search(text, **options) for hit in group.hits]


@pytest.fixture
def about() -> StandardPage:
    """A live page."""
    home = Site.objects.get(is_default_site=True).root_page
    return home.add_child(instance=StandardPage(title="About our observatory", slug="observatory"))


def test_courses_are_found_by_code_title_and_description() -> None:
    factories.course(code="ASTR 100", title="Stars", description="Planets and comets.")
    for text in ("astr 100", "ASTR", "stars", "comets", "star", "Planets stars"):
        assert titles(text, kind="courses") == ["Stars"], text
    assert titles("biology") == []


def test_only_what_the_asker_may_see(about: StandardPage) -> None:
    factories.course(title="Hidden course", is_published=False)
    factories.staff(name="Idle Person", is_listed=False)
    factories.staff(name="Idle Pensioner", left_on=dt.date(2020, 1, 1))
    assert titles("hidden") == []
    assert titles("idle") == []
    assert titles("observatory") == ["About our observatory"]
    restriction = PageViewRestriction.objects.create(page=about, restriction_type="login")
    assert titles("observatory") == []
    restriction.delete()
    about.unpublish()
    assert titles("observatory") == []


def test_a_published_page_is_found_at_once(about: StandardPage) -> None:
    about.title = "About our telescopes"
    draft = about.save_revision()
    assert titles("telescopes") == []
    draft.publish()
    assert titles("telescopes") == ["About our telescopes"]


def test_a_course_that_changes_is_found_by_its_new_words_at_once() -> None:
    course = factories.course(title="Old words")
    course.title = "Fresh sentences"
    course.save()
    assert titles("fresh") == ["Fresh sentences"]
    assert titles("old") == []
    Course.objects.get().delete()
    assert titles("fresh") == []


def test_people_and_departments_lead_to_their_profiles(client: Client) -> None:
    teacher = factories.staff(name="Curie, M")
    section = factories.section(instructors=[teacher])
    section.course.department.name = "Radiochemistry"
    section.course.department.save()
    for text, title in (("curie", "Curie, M"), ("radio", "Radiochemistry")):
        (group,) = search(text)
        assert [hit.title for hit in group.hits] == [title]
        answer = client.get(group.hits[0].path)
        assert [course.pk for course in answer.context["courses"]] == [section.course_id]


@pytest.mark.parametrize(
    "text", ["'", '"', "*", "a:b & (c", "%00", "-- ;", "\\", '"a', "a" * 500, "كيمياء"]
)
def test_no_words_break_the_search(client: Client, text: str) -> None:
    assert client.get("/en/search/", {"q": text}).status_code == 200
    assert client.get("/en/search/suggest/", {"q": text}).status_code == 200


def test_a_null_byte_is_refused_at_the_door(client: Client) -> None:
    assert client.get("/en/search/", {"q": "a\0b"}).status_code == 400


def test_suggestions_while_typing(client: Client) -> None:
    factories.course(code="ASTR 100", title="Stars and galaxies")
    assert [hit.title for hit in suggest("gala")] == ["Stars and galaxies"]
    assert suggest("g") == []
    html = client.get("/en/search/suggest/?q=gala").content.decode()
    assert "Stars and galaxies" in html
    assert "<html" not in html


def test_the_page_of_results_in_both_languages(client: Client) -> None:
    factories.course(title="Stars and galaxies")
    for language in ("en", "ar"):
        assert b"Stars and galaxies" in client.get(f"/{language}/search/?q=stars").content
    assert client.get("/en/search/").status_code == 200


def test_a_search_takes_a_fixed_number_of_queries(django_assert_num_queries) -> None:
    search("common")  # content types are looked up once in a process
    for times in (1, 8):
        for _ in range(times):
            section = factories.section(course=factories.course(title="Common words"))
            section.instructors.add(factories.staff(name="Common Name"))
        with django_assert_num_queries(7):
            search("common")


def test_search_by_api(api: APIClient) -> None:
    factories.course(code="ASTR 100", title="Stars", slug="astr-100")
    body = api.get("/api/v1/search/?q=stars").json()
    assert body["status"] == "success"
    assert [(hit["kind"], hit["code"]) for hit in body["data"]] == [("courses", "ASTR 100")]
    assert api.get("/api/v1/search/?q=sta&suggest=1").json()["data"][0]["title"] == "Stars"
    for wrong, param in (("", "q"), ("?q=x&kind=secrets", "kind")):
        answer = api.get(f"/api/v1/search/{wrong}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["param"] == param
