"""Courses by the words of their code, title and description, for the list of courses.

PostgreSQL: the column ``words`` of the table, which the database itself keeps up to date (migration 0002).
It is in the same table as what the list is ordered by, so that the planner may choose: rare words are
looked up and sorted, frequent ones found by walking the list in its order up to the end of the page.
Ranking all that fit, as Wagtail's search does, took fifty times as long on 100,000 courses; the list is
in the order of codes and has no use for ranks.

SQLite: Wagtail's index, the best thousand.
"""

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from learning.catalog.models.courses import CourseQuerySet

MOST_RANKED = 1000
LONGEST_SEARCH = 200
UNSEARCHABLE = str.maketrans('"\0\\', "   ")
#: The parts of a word that the column holds apart (``CS/IT-101``).
PARTED = str.maketrans("-/", "  ")

# Whole words as English has them (``ring`` finds "rings"), and words of code and title by how they
# begin: the column holds these unchanged, with the weight B.
WHOLE = "catalog_course.words @@ plainto_tsquery('english', %s)"
BEGINNING = "catalog_course.words @@ to_tsquery('simple', %s)"


def words(text: str) -> str:
    """What is searched for: bounded, and without what would end a string in an index's own syntax."""
    return " ".join(text.translate(UNSEARCHABLE).split())[:LONGEST_SEARCH]


def with_words(courses: CourseQuerySet, text: str) -> CourseQuerySet:
    """Those of ``courses`` (of their table itself, not of a subquery) that ``text`` finds.

    Whole words first; where no published course has them, words that begin so, as they do while one
    types. One query, on SQLite one or two, to tell which.
    """
    text = words(text)
    if not text:
        return courses.none()
    if connection.vendor != "postgresql":
        return courses.filter(pk__in=_ranked(courses.model.objects.published().only("pk"), text))
    published = courses.model.objects.published()
    text = text.translate(PARTED)
    whole = _holds(WHOLE, text)
    if published.filter(whole).exists():
        return courses.filter(whole)
    return courses.filter(_holds(BEGINNING, beginnings(text)))


def _holds(condition: str, value: str) -> RawSQL:
    return RawSQL(condition, (value,), output_field=BooleanField())  # noqa: S611 (constants)


def beginnings(text: str) -> str:
    """The query of PostgreSQL for all of the words, the last of them as far as it is typed."""
    quoted = ["'{}'".format(word.replace("'", "''")) for word in text.split()]
    return " & ".join([*(f"{word}:B" for word in quoted[:-1]), *(f"{w}:*B" for w in quoted[-1:])])


def _ranked(courses: CourseQuerySet, text: str) -> list[int]:
    """The ids that Wagtail's index finds, the best thousand at most."""
    found = [course.pk for course in courses.search(text, operator="and")[:MOST_RANKED]]
    if not found:
        found = [course.pk for course in courses.autocomplete(text)[:MOST_RANKED]]
    return found
