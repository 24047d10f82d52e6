"""The API's list of courses: beside a bare view that sends the same bytes, and with 100 times the rows.

``python -m bench course_list``. The limit is ``bench/bare_list.py``: Django without middleware, one
psycopg query of the same SQL, orjson; on the same server program, in turn with ours.
"""

import json
import tempfile
from pathlib import Path

from bench import tools
from bench.figures import Figure, ratio_figure
from bench.pages import grown

CATALOG = "learning/catalog/data/uiuc-course-catalog-2025-summer.csv"
QUERY = "/api/v1/courses/?season=2199-su&level=500&price=free&open=1"
PLAIN = "/api/v1/courses/"
# A parameter that no view knows is never kept: the page is rendered for every request.
SITE = "/en/courses/?rendered=always"
# Courses, sections, who teaches them, tags and the search index a hundredfold: copies under codes of
# their own, one whole catalog behind the other, so that a page of many is made of what a page of few is.
MORE = """
from django.db import connection
with connection.cursor() as c:
    c.execute('SET synchronous_commit = off')
    c.execute('SELECT usesuper FROM pg_user WHERE usename = current_user')
    if c.fetchone()[0]:  # the copies refer to what is there: a million looks at that take a minute
        c.execute('SET session_replication_role = replica')
    c.execute('''INSERT INTO catalog_course (institution_id, department_id, category_id, code, slug,
        title, description, level, credit_min, credit_max, notes, prerequisite_text, is_featured,
        is_published, updated_at)
      SELECT institution_id, department_id, category_id, lpad(n::text, 2, '0') || ' ' || code,
        slug || '-' || n, title, description, level, credit_min, credit_max, notes,
        prerequisite_text, is_featured, is_published, updated_at
      FROM catalog_course, generate_series(1, 99) n''')
    c.execute('''CREATE TEMPORARY TABLE copy AS SELECT c.id AS course_id, n, copy.id AS copy_id
      FROM catalog_course c, generate_series(1, 99) n, catalog_course copy
      WHERE copy.slug = c.slug || '-' || n''')
    c.execute('CREATE INDEX ON copy (course_id)')
    c.execute('ANALYZE copy')
    c.execute('''INSERT INTO catalog_section (course_id, season_id, number, code, title, kind, delivery,
        credit_hours, place, price, currency, capacity, seats_taken, last_queue_number, starts, ends,
        needs_approval, is_cancelled)
      SELECT copy_id, season_id, number || '-' || n, code, title, kind, delivery, credit_hours, place,
        price, currency, capacity, 0, 0, starts, ends, needs_approval, is_cancelled
      FROM catalog_section JOIN copy USING (course_id)''')
    c.execute('''INSERT INTO catalog_section_instructors (section_id, staffprofile_id)
      SELECT other.id, i.staffprofile_id FROM catalog_section_instructors i
      JOIN catalog_section s ON s.id = i.section_id, generate_series(1, 99) n, catalog_section other
      WHERE other.season_id = s.season_id AND other.number = s.number || '-' || n''')
    c.execute('''INSERT INTO catalog_taggedcourse (content_object_id, tag_id)
      SELECT copy_id, tag_id FROM catalog_taggedcourse JOIN copy ON course_id = content_object_id''')
    c.execute('''INSERT INTO wagtailsearch_indexentry (object_id, title_norm, content_type_id,
        autocomplete, title, body, title_text, body_text)
      SELECT copy_id, title_norm, content_type_id, autocomplete, title, body, title_text, body_text
      FROM wagtailsearch_indexentry
      JOIN django_content_type t ON t.id = content_type_id AND t.model = 'course'
      JOIN copy ON course_id = object_id::bigint''')
    c.execute('VACUUM ANALYZE')
"""
# The statement and parameters that our list runs for a query string, for the bare view to run as well.
CAPTURE = """
import json, sys
from django.http import QueryDict
from django.db import connection
from learning.catalog.course_list import course_items
from learning.catalog.filters import CourseFilters
seen = []
def note(execute, sql, params, many, context):
    seen.append((sql, [str(p) if not isinstance(p, (int, bool, str)) else p for p in params]))
    return execute(sql, params, many, context)
filters = CourseFilters.read(QueryDict({query!r}))
with connection.execute_wrapper(note):
    course_items(filters, cursor=None, size=50)
print(json.dumps(seen[-1]))  # before it, once in the life of a process: the ids behind codes
"""


FILTERS_ON = "season, level, price, open"
ADDRESSES = {
    "first page": PLAIN,
    "last page": PLAIN + "?cursor=last",
    f"first page, filters on ({FILTERS_ON})": QUERY,
    f"last page, filters on ({FILTERS_ON})": QUERY + "&cursor=last",
    "first page, filter on (delivery)": PLAIN + "?delivery=online",
}
# All that fit are in the list, in the order of codes; PostgreSQL looks rare words up and walks the
# list for frequent ones, which grows with the root of the rows at most.
WORDS = {
    "first page, a word in every third course": PLAIN + "?q=students",
    "first page, a word in every 25th course": PLAIN + "?q=history",
    "first page, a word in every 500th course": PLAIN + "?q=russian",
    "first page, the beginning of a word": PLAIN + "?q=calcul",
    "first page on the site, rendered, a word in every third course": SITE + "&q=students",
    "first page on the site, rendered, a word in every 25th course": SITE + "&q=history",
}


def run() -> list[Figure]:
    """The figures: requests per second beside the bare view, and time with 100 times the rows."""
    with tools.surroundings() as few:
        few |= {"API_RATE_ADDRESS": "0", "API_RATE_USER": "0"}
        tools.manage(few, "import_catalog", CATALOG, "--year", "2199")
        tools.python(
            few, "from django.db import connection as c\nc.cursor().execute('VACUUM ANALYZE')"
        )
        with tools.database(template=few["DATABASE_URL"]) as url, tools.redis() as redis:
            many = few | {"DATABASE_URL": url, "REDIS_URL": redis}
            tools.python(many, MORE)
            figures = [
                _beside_bare(few, PLAIN, "no filters"),
                _beside_bare(few, QUERY, f"filters on ({FILTERS_ON})"),
            ]
            with tools.start_server(few) as small, tools.start_server(many) as large:
                for name, address in ADDRESSES.items():
                    figures.append(_hundredfold(small, large, name, address, 1.3))
                for name, address in WORDS.items():
                    figures.append(_hundredfold(small, large, name, address, 2))
    return figures


def _beside_bare(env: tools.Env, address: str, what: str) -> Figure:
    """Ours and the bare view with the same statement, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        statement = Path(folder) / "statement.json"
        query = address.partition("?")[2]
        printed = tools.python(env, CAPTURE.replace("{query!r}", repr(query)))
        statement.write_text(printed.strip().splitlines()[-1])
        bare_env = {**env, "BENCH_STATEMENT": str(statement), "BENCH_ADDRESS": address}
        with (
            tools.start_server(env) as ours,
            tools.start_server(bare_env, target="bench.bare_list:application") as bare,
        ):
            body = tools.fetch(ours.url + address)[2]  # and both are warm
            limit = tools.fetch(bare.url + "/")[2]
            if json.loads(body)["data"] != json.loads(limit)["data"]:
                raise RuntimeError("The bare view does not send what ours sends.")
            samples = tools.alternate(
                {
                    "ours": lambda: tools.load(ours.url + address, seconds=_part(2)).per_second,
                    "bare": lambda: tools.load(bare.url + "/", seconds=_part(2)).per_second,
                }
            )
    return ratio_figure(
        name=f"List of courses by API, 50 a page, {what}",
        values=samples["ours"],
        unit="requests/s",
        limit_name="bare view: the same statement by psycopg, orjson",
        limits=samples["bare"],
        target="at least 40% of the bare view",
        at_least=0.4,
        run=f"GET {address}, {len(body):,} bytes; granian WSGI, 1 worker, 1 thread; "
        f"{tools.generator()}, 8 connections; the same question each time, whose statement ours made once",
    )


def _hundredfold(
    small: tools.Server, large: tools.Server, name: str, address: str, at_most: float
) -> Figure:
    return grown(
        small,
        large,
        address,
        name=f"List of courses, 104,700 courses, {name}",
        beside="1,047 courses",
        at_most=at_most,
        seconds=_part(4),
    )


def _part(of: int) -> float:
    """A part of the usual seconds, in whole ones, as wrk wants them: there is much to compare here."""
    return max(1, tools.SECONDS // of)


if __name__ == "__main__":
    for figure in run():
        print(figure)
