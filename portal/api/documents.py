"""The OpenAPI document at ``/api/v1/schema/`` and the pages to try it at ``/api/v1/docs/`` (F2)."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from portal.api import etag
from portal.api.envelope import dumps
from portal.permissions import PUBLIC, declare

OPENAPI = "application/vnd.oai.openapi+json; version=3.1"


@cache
def document() -> bytes:
    """The document as JSON; made once by each process, in English."""
    generator: Any = SchemaGenerator
    with override("en"):
        return dumps(generator().get_schema(request=None, public=True))


@require_safe
@declare(PUBLIC)
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document."""
    content = document()
    tag = etag.etag_of(content)
    if etag.matches(request, tag):
        response = HttpResponse(status=304)
    else:
        wanted = request.headers.get("Accept", "")
        plain = "application/json" in wanted and "openapi" not in wanted
        response = HttpResponse(content, content_type="application/json" if plain else OPENAPI)
    response["ETag"] = tag
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@declare(PUBLIC)
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI on the document; its files are served from here."""
    return render(request, "portal/api_docs.html")
