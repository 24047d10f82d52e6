"""What one rendering of the course page costs, in queries: literal numbers, for few and many sections."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.catalog.models import Course
from portal.pagecache import values
from portal.pagecache.versions import SqliteVersions
from tests import factories

pytestmark = pytest.mark.django_db

#: Course; sections, instructors, meetings; the menu's pages.
ANONYMOUS_FIRST = 5
#: All of these are remembered.
ANONYMOUS = 0
#: Session, user, standings, the bell.
SIGNED_IN = 4
#: The same, what the anonymous ask as well, and what the reader's rights let the menu offer.
SIGNED_IN_FIRST = SIGNED_IN + ANONYMOUS_FIRST + 1


@pytest.fixture
def remembering(tmp_path: Path) -> Iterator[None]:
    """``remember`` at work within the test's transaction, on versions of its own."""
    path = tmp_path / "versions.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE pagecache_tag (name TEXT PRIMARY KEY, version BIGINT NOT NULL)")
    made.close()
    store = SqliteVersions(path)
    values.forget()
    with (
        mock.patch.object(values, "usable", lambda: True),
        mock.patch.object(values, "versions", lambda: store),
    ):
        yield
    values.forget()


def course_with(sections: int) -> Course:
    """A published course with so many sections, each with an instructor and a meeting."""
    course = factories.course()
    season = factories.season()
    for _ in range(sections):
        section = factories.section(course=course, season=season)
        section.instructors.add(factories.staff())
        factories.meeting(section=section)
    return course


def queries(client: Client, course: Course) -> int:
    """How many one GET of the course's page makes."""
    with CaptureQueriesContext(connection) as seen:
        answer: Any = client.get(f"/en/courses/{course.slug}/")
    assert answer.status_code == 200
    assert answer.content.decode().count('class="q-sectionrow') >= course.sections.count()
    return len(seen)


@pytest.mark.parametrize("sections", [1, 40])
def test_an_anonymous_rendering(sections: int, remembering: None) -> None:
    course = course_with(sections)
    client = Client()
    client.get("/en/courses/nothing-there/")  # what a process asks once: content types, locales
    values.forget()
    assert queries(client, course) == ANONYMOUS_FIRST
    assert queries(client, course) == ANONYMOUS


@pytest.mark.parametrize("sections", [1, 40])
def test_a_rendering_for_a_student(sections: int, remembering: None) -> None:
    course = course_with(sections)
    client = Client()
    client.force_login(factories.student().user)
    client.get("/en/courses/nothing-there/")  # what a process asks once: content types, locales
    values.forget()
    assert queries(client, course) == SIGNED_IN_FIRST
    assert queries(client, course) == SIGNED_IN


@pytest.mark.parametrize("sections", [1, 40])
def test_a_rendering_where_nothing_is_remembered(sections: int, settings: Any) -> None:
    """As with PAGE_CACHE=0."""
    settings.PAGE_CACHE = False
    course = course_with(sections)
    client = Client()
    client.force_login(factories.student().user)
    client.get("/en/courses/nothing-there/")
    for _ in range(2):
        assert queries(client, course) == SIGNED_IN_FIRST == 10


def test_what_a_reader_has_to_do_with_a_section_stays_with_the_reader(remembering: None) -> None:
    """Sections are remembered for all; what is put on them for one must not reach another."""
    from learning.catalog.queries import published_course, sections_of  # noqa: PLC0415

    course = course_with(2)
    mine = sections_of(published_course(course.slug))
    for section in mine:
        section.held = "mine"
        section.seats_taken = 99
    theirs = sections_of(published_course(course.slug))
    assert [hasattr(section, "held") for section in theirs] == [False, False]
    assert [section.seats_taken for section in theirs] == [0, 0]
    assert published_course(course.slug) is not published_course(course.slug)
