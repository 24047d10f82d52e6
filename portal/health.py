"""Health (O2): ``/health/live`` says the process runs, ``/health/ready`` that it can serve."""

from collections.abc import Callable
from functools import cache

import redis
import structlog
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from portal.permissions import PUBLIC, declare

logger = structlog.get_logger(__name__)


@declare(PUBLIC)
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 while the process runs."""
    return HttpResponse("ok", content_type="text/plain")


def database() -> bool:
    """Whether the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def shared_memory() -> bool:
    """Whether Redis answers, where it is configured."""
    return not settings.REDIS_URL or bool(_redis().ping())


_migrated: set[str] = set()


def migrations() -> bool:
    """Whether every migration of this code is applied; asked until it is, then known."""
    if connection.alias not in _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.add(connection.alias)
    return True


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database,
    "redis": shared_memory,
    "migrations": migrations,
}


@declare(PUBLIC)
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when each check holds, else 503; which one failed is told, why is in the log."""
    told = {}
    for name, check in CHECKS.items():
        try:
            told[name] = "ok" if check() else "failed"
        except Exception:
            logger.warning("not_ready", check=name, exc_info=True)
            told[name] = "failed"
    good = set(told.values()) == {"ok"}
    response = JsonResponse(
        {"status": "ready" if good else "not ready", "checks": told}, status=200 if good else 503
    )
    response["Cache-Control"] = "no-store"
    return response


urlpatterns = [
    path("health/live", live, name="live"),
    path("health/ready", ready, name="ready"),
]
