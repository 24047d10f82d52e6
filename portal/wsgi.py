"""The WSGI entry point: all HTTP of the large deployment (see docs/architecture.md)."""

import logging
import os
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

django_application = get_wsgi_application()

import structlog  # noqa: E402 (Django must be set up)
from django.conf import settings  # noqa: E402

from portal import metrics  # noqa: E402
from portal.addresses import client_address  # noqa: E402
from portal.pagecache import PageCache, observe  # noqa: E402
from portal.pagecache.wsgi import REQUEST_ID_KEY  # noqa: E402

KEPT_ROUTE = "page cache"
requests_log = logging.getLogger("quad.request")


@observe
def count_kept(environ: dict[str, Any], status: int, seconds: float) -> None:
    """Count what the page cache answered, which no middleware sees, and tell it at level DEBUG.

    At INFO, as requests that Django answers are told, the line would cost more than the answer.
    """
    metrics.observe(environ["REQUEST_METHOD"], KEPT_ROUTE, status, seconds)
    if requests_log.isEnabledFor(logging.DEBUG):
        structlog.get_logger("quad.request").debug(
            "request",
            request_id=environ[REQUEST_ID_KEY],
            ip=client_address(environ),
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            status=status,
            ms=round(seconds * 1000, 1),
            cached=True,
        )


application = PageCache(django_application) if settings.PAGE_CACHE else django_application
