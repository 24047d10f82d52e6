"""The API's list of courses: one query, cut to the page before anything is joined to it.

Which courses stand on the page is the ORM's to say (``CourseFilters``, the same as on the site); what
is told of them is joined to that page's ids alone, tags and sections summed up by the database. So
the cost is that of one page, wherever it stands and however many courses there are.
"""

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Min
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import timezone

from learning.catalog.filters import CourseFilters
from learning.catalog.models.courses import Course
from learning.catalog.models.sections import HAS_FREE_SEAT, Section, window_is_open
from learning.catalog.queries import ORDERING
from portal.api.pagination import Cursor, after, reversed_ordering

# The functions that make JSON in the two databases.
JSON_FUNCTIONS = {
    "postgresql": ("json_agg", "json_build_object"),
    "sqlite": ("json_group_array", "json_object"),
}
QUERY = """
WITH page AS ({page})
SELECT c.id, c.code, c.slug, c.title, c.description, c.level, c.credit_min, c.credit_max,
       c.is_featured, d.code, d.name, g.slug, g.name, t.tags, s.total, s.open, s.price_from
FROM page
JOIN catalog_course c ON c.id = page.id
JOIN institutions_department d ON d.id = c.department_id
LEFT JOIN catalog_category g ON g.id = c.category_id
LEFT JOIN (
    SELECT tagged.course_id,
           CAST({array}({object}('slug', tagged.slug, 'name', tagged.name)) AS text) AS tags
    FROM (
        SELECT link.content_object_id AS course_id, tag.slug, tag.name
        FROM catalog_taggedcourse link
        JOIN catalog_coursetag tag ON tag.id = link.tag_id
        WHERE link.content_object_id IN (SELECT id FROM page)
        ORDER BY tag.name
    ) tagged
    GROUP BY tagged.course_id
) t ON t.course_id = c.id
LEFT JOIN ({sections}) s ON s.course_id = c.id
ORDER BY c.code, c.id
"""


class CourseItems(NamedTuple):
    """One page: the items as the API tells them, and the cursors of its neighbors."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    previous_cursor: str | None


@lru_cache(maxsize=2)
def _sections_sql(day: dt.date, vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The sections of the page's courses, summed up; the same all day long."""
    sections = (
        Section.objects.filter(season__is_active=True, is_cancelled=False)
        .filter(course__in=RawSQL("SELECT id FROM page", []))
        .order_by()
        .values("course_id")
        .annotate(
            total=Count("pk"),
            open=Count("pk", filter=window_is_open(day) & HAS_FREE_SEAT),
            price_from=Min("price"),
        )
    )
    return sections.query.sql_with_params()


@lru_cache(maxsize=512)
def _page_sql(
    filters: CourseFilters,
    _ids: tuple[tuple[int, ...], ...],
    cursor: Cursor | None,
    backwards: bool,
    size: int,
    today: dt.date,
) -> tuple[str, tuple[Any, ...]]:
    """Which courses stand on the page: to say it takes longer than the database takes to find them.

    ``_ids`` are those behind the filters' codes, so that a code which means another row is another question.
    Words are looked up when the statement is made (``with_words``): with them it is made each time.
    """
    courses = filters.apply(Course.objects.published(), today=today)
    if cursor is not None:
        courses = courses.filter(after(ORDERING, cursor.values, backwards=cursor.backwards))
    order = reversed_ordering(ORDERING) if backwards else ORDERING
    return courses.order_by(*order).values("id")[: size + 1].query.sql_with_params()


def course_items(
    filters: CourseFilters, *, cursor: Cursor | None, last: bool = False, size: int
) -> CourseItems:
    """The page of published courses after ``cursor`` (or the last one), in the order of their codes.

    One query; one or two more where words are searched for, and one for each of department,
    category, season and tag until their ids are known (see ``filters``).
    """
    today = timezone.localdate()
    backwards = last or (cursor is not None and cursor.backwards)
    compiled = _page_sql.__wrapped__ if filters.q else _page_sql
    try:
        page, page_params = compiled(filters, filters.ids(), cursor, backwards, size, today)
    except EmptyResultSet:  # the words that were searched for are nowhere
        return CourseItems([], None, None)
    sections, section_params = _sections_sql(today, connection.vendor)
    array, make = JSON_FUNCTIONS[connection.vendor]
    sql = QUERY.format(page=page, sections=sections, array=array, object=make)
    with connection.cursor() as database:
        database.execute(sql, (*page_params, *section_params))
        rows = database.fetchall()
    more = len(rows) > size
    if backwards:
        rows = rows[-size:]
        has_previous, has_next = more, cursor is not None
    else:
        rows = rows[:size]
        has_previous, has_next = cursor is not None, more
    path = reverse("catalog:courses")
    return CourseItems(
        items=[_item(row, path) for row in rows],
        next_cursor=Cursor((rows[-1][1], rows[-1][0])).encode() if rows and has_next else None,
        previous_cursor=(
            Cursor((rows[0][1], rows[0][0]), backwards=True).encode()
            if rows and has_previous
            else None
        ),
    )


def _item(row: tuple[Any, ...], path: str) -> dict[str, Any]:
    """One course as the API's list tells it; amounts are strings, as everywhere in the API."""
    pk, code, slug, title, description, level, credit_min, credit_max, is_featured = row[:9]
    department, department_name, category, category_name = row[9:13]
    tags, total, opened, price_from = row[13:]
    return {
        "id": pk,
        "code": code,
        "slug": slug,
        "title": title,
        "description": description,
        "level": level,
        "credit_min": _amount(credit_min),
        "credit_max": _amount(credit_max),
        "is_featured": bool(is_featured),
        "department": {"code": department, "name": department_name},
        "category": {"slug": category, "name": category_name} if category else None,
        "tags": orjson.Fragment(tags) if tags else [],
        "sections": {
            "total": total or 0,
            "open": opened or 0,
            "price_from": _amount(price_from),
        },
        "path": f"{path}{slug}/",
    }


def _amount(value: Any) -> str | None:
    """A decimal with two places; SQLite gives numbers where PostgreSQL gives decimals."""
    if value is None:
        return None
    return str(value) if isinstance(value, Decimal) else f"{value:.2f}"
