"""The limit of the API's list: one view, one psycopg query, orjson; no middleware, no framework's rest.

It runs the statement that our list runs (``BENCH_STATEMENT``) and sends the same bytes.
"""

import json
import os
from pathlib import Path

import orjson
import psycopg
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[], USE_I18N=False
)
STATEMENT, PARAMETERS = json.loads(Path(os.environ["BENCH_STATEMENT"]).read_text())
KEYS = (
    "id",
    "code",
    "slug",
    "title",
    "description",
    "level",
    "credit_min",
    "credit_max",
    "is_featured",
)
connection = psycopg.connect(
    os.environ["DATABASE_URL"], autocommit=True, cursor_factory=psycopg.ClientCursor
)


def bare(request: HttpRequest) -> HttpResponse:
    """The page of courses."""
    items = []
    for row in connection.execute(STATEMENT, PARAMETERS).fetchall()[:50]:
        item = dict(zip(KEYS, row, strict=False))
        item["department"] = {"code": row[9], "name": row[10]}
        item["category"] = {"slug": row[11], "name": row[12]} if row[11] else None
        item["tags"] = orjson.Fragment(row[13]) if row[13] else []
        item["sections"] = {"total": row[14] or 0, "open": row[15] or 0, "price_from": row[16]}
        item["path"] = f"/en/courses/{row[2]}/"
        items.append(item)
    meta = {"page_size": 50, "next_cursor": None, "previous_cursor": None}
    body = {"status": "success", "data": items, "meta": meta, "errors": []}
    return HttpResponse(orjson.dumps(body, default=str), content_type="application/json")


urlpatterns = [path("", bare)]
application = get_wsgi_application()
