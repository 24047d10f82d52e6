"""Imports: how many queries a thousand rows of a catalog take, and how fast 10,000 users and 10,000 rows of
a roster are taken in.

``python -m bench imports``. The limit of the catalog is the number that the tests hold it to; that of users
and rosters is a bare bulk insert (see ``users_import``, ``rosters_import``).
"""

import json

from bench import rosters_import, tools, users_import
from bench.figures import Figure, bound_figure

CATALOG = "learning/catalog/data/uiuc-course-catalog-2025-summer.csv"
FIRST_AT_MOST, AGAIN_AT_MOST = 60, 20
COUNT = """
import json, time
from pathlib import Path
from django.db import connection
from django.test.utils import CaptureQueriesContext
from campus.institutions.queries import default_institution
from learning.catalog.imports import import_catalog
institution = default_institution()
told = []
for _ in range(2):
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        report = import_catalog(path=Path(CATALOG), institution=institution, actor=None)
    told.append((len(queries), time.perf_counter() - began, report.rows, report.changes))
print(json.dumps(told))
""".replace("CATALOG", repr(CATALOG))


def run() -> list[Figure]:
    """Queries for a thousand rows, the first time and again; seconds for information."""
    with tools.surroundings() as env:
        users = users_import.figures(env)
        rosters = rosters_import.figures(env)
        first, again = json.loads(tools.python(env, COUNT).strip().splitlines()[-1])
    if again[3]:
        raise RuntimeError("The second run changed something.")
    how = "No server: one Python process calls the service with 1,686 rows; PostgreSQL"
    return [
        bound_figure(
            name=f"Import of a catalog, {name}",
            values=[queries / rows * 1000],
            unit="queries per 1,000 rows",
            at_most=most,
            target=f"a fixed number, stated: at most {most}",
            run=how,
        )
        for name, (queries, _seconds, rows, _changes), most in (
            ("first run", first, FIRST_AT_MOST),
            ("second run, nothing to change", again, AGAIN_AT_MOST),
        )
    ] + [
        Figure(
            name="Import of a catalog, first run",
            value=first[1],
            unit="s",
            target="told for information",
            run=how,
        ),
        *users,
        *rosters,
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
