"""The words of the list of courses: what they find, and that few rows are looked at for it."""

from typing import Any

import pytest
from django.db import connection

from learning.catalog.course_list import course_items
from learning.catalog.filters import CourseFilters
from learning.catalog.models import Course
from learning.catalog.text_search import LONGEST_SEARCH, beginnings, with_words, words
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def courses() -> None:
    """Four that are published and one that is not."""
    factories.course(code="ALG 101", title="Rings of polynomials", description="About history.")
    factories.course(code="BOT 202", title="History of plants", description="Roots and stems.")
    factories.course(code="CS/IT-101", title="Self-study in Go", description="Students program.")
    factories.course(code="DIN 303", title="مقدمة في الجبر", description="O'Brien's lectures.")
    factories.course(code="SEC 404", title="Secret rings", is_published=False)


def found(text: str) -> list[str]:
    """The codes of the published courses that ``text`` finds."""
    fitting = with_words(Course.objects.published(), text)
    return list(fitting.order_by("code").values_list("code", flat=True))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("history", ["ALG 101", "BOT 202"]),
        ("HISTORY", ["ALG 101", "BOT 202"]),
        ("history plants", ["BOT 202"]),
        ("plants rings", []),
        ("alg 101", ["ALG 101"]),
        ("الجبر", ["DIN 303"]),
        ("مقد", ["DIN 303"]),
        ("hist", ["BOT 202"]),  # no whole word: beginnings, of codes and titles alone
        ("alg", ["ALG 101"]),
        ("of poly", ["ALG 101"]),
        ("self-study", ["CS/IT-101"]),
        ("zoology", []),
        ("", []),
        (" \0\"\\ '", []),
        ("'", []),
        (":* & ! | ( <->", []),
        ("o'brien", ["DIN 303"]),
    ],
)
def test_words_find_courses(text: str, codes: list[str]) -> None:
    assert found(text) == codes


def test_endings_do_not_matter() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's index knows no stems")
    assert found("ring") == found("rings") == ["ALG 101"]
    assert found("student programs") == ["CS/IT-101"]


def test_the_index_follows_every_way_of_writing() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("kept by the database on PostgreSQL")
    Course.objects.filter(code="BOT 202").update(title="Ferns")
    assert found("plants") == []
    assert found("ferns") == ["BOT 202"]


def test_what_is_searched_for_is_bounded() -> None:
    assert words("a" * 1000) == "a" * LONGEST_SEARCH
    assert words(' a\0"\\  b ') == "a b"


def test_beginnings_quote_what_is_typed() -> None:
    assert beginnings("it's ne") == "'it''s':B & 'ne':*B"


@pytest.mark.parametrize("many", [0, 30])
def test_a_list_of_words_takes_two_queries(many: int, django_assert_num_queries: Any) -> None:
    """Whether whole words are there, and the page; SQLite looks for beginnings apart."""
    for number in range(many):
        factories.course(code=f"HIS {number:03}", title="History")
    list(Course.objects.search("history")[:1])  # the content type, once in the life of a process
    with django_assert_num_queries(2):
        page = course_items(CourseFilters(q="history"), cursor=None, size=50)
    assert len(page.items) == 2 + many
    with django_assert_num_queries(2 if connection.vendor == "postgresql" else 3):
        page = course_items(CourseFilters(q="hist"), cursor=None, size=50)
    assert len(page.items) == 1 + many


@pytest.mark.postgres
def test_rare_words_are_looked_up_in_the_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    plans = [with_words(Course.objects.all(), text).explain() for text in ("plants", "plan")]
    assert all("Bitmap Index Scan on catalog_course_words" in plan for plan in plans), plans
