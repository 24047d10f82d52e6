"""F3: Wagtail's pages by API, with the operational data beside the editorial."""

from typing import Any

import pytest
from rest_framework.test import APIClient
from wagtail.models import Page, PageViewRestriction, Site

from learning.catalog.models import CourseIndexPage, CoursePage

pytestmark = pytest.mark.django_db


@pytest.fixture
def course_page(section: Any) -> CoursePage:
    root = Site.objects.get(is_default_site=True).root_page
    index = CourseIndexPage.objects.descendant_of(root).first()
    if index is None:
        index = root.add_child(instance=CourseIndexPage(title="Courses", slug="courses"))
    page: CoursePage = index.add_child(
        instance=CoursePage(
            title="Words of an editor",
            slug=section.course.slug,
            course=section.course,
            summary="What you will learn",
        )
    )
    return page


def test_f3_a_page_tells_its_words_and_the_course_beside_them(
    api: APIClient, course_page: CoursePage, section: Any
) -> None:
    body = api.get(f"/api/v1/pages/{course_page.pk}/").json()
    page = body["data"]
    assert body["status"] == "success"
    assert page["type"] == "catalog.CoursePage"
    assert page["title"] == "Words of an editor"
    assert page["content"]["summary"] == "What you will learn"
    assert page["content"]["body"] == []
    course = page["operational"]["course"]
    assert course["code"] == section.course.code
    assert [row["id"] for row in course["sections"]] == [section.pk]
    assert "title" not in page["content"]


def test_f3_pages_are_filtered_and_in_the_envelope(api: APIClient, course_page: CoursePage) -> None:
    body = api.get("/api/v1/pages/", {"type": "catalog.CoursePage"}).json()
    assert [row["id"] for row in body["data"]] == [course_page.pk]
    assert body["meta"]["next_cursor"] is None
    parent = course_page.get_parent()
    body = api.get("/api/v1/pages/", {"child_of": parent.pk}).json()
    assert [row["id"] for row in body["data"]] == [course_page.pk]
    assert (
        api.get("/api/v1/pages/", {"language": "ar", "type": "catalog.CoursePage"}).json()["data"]
        == []
    )
    assert api.get("/api/v1/pages/", {"child_of": "x"}).status_code == 400


def test_f3_drafts_restricted_pages_and_the_root_are_not_told(
    api: APIClient, course_page: CoursePage
) -> None:
    address = f"/api/v1/pages/{course_page.pk}/"
    restriction = PageViewRestriction.objects.create(
        page=course_page, restriction_type=PageViewRestriction.LOGIN
    )
    assert api.get(address).status_code == 404
    restriction.delete()
    assert api.get(address).status_code == 200
    course_page.unpublish()
    assert api.get(address).status_code == 404
    assert api.get(f"/api/v1/pages/{Page.objects.get(depth=1).pk}/").status_code == 404


def test_f3_a_list_costs_the_same_with_more_pages(
    api: APIClient, course_page: CoursePage, django_assert_max_num_queries: Any
) -> None:
    api.get("/api/v1/pages/")
    parent = course_page.get_parent().get_parent()
    for number in range(20):
        parent.add_child(instance=Page(title=f"Page {number}", slug=f"page-{number}"))
    with django_assert_max_num_queries(9):
        assert len(api.get("/api/v1/pages/").json()["data"]) > 20
