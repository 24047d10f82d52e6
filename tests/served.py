"""The portal as one server for many tests: the same application, and an address by which to forget.

Tests empty the database under a running server. What a server may keep for as long as it lives (the
numbers of content types above all) is then of another database; in production a restart follows a
restore.
"""

from typing import Any

from portal.asgi import application as portal  # sets Django up

# isort: split
from django.contrib.contenttypes.models import ContentType

from portal.pagecache.values import forget

FORGET = "/-/forget"


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The portal; ``FORGET`` answers 204."""
    if scope["type"] == "http" and scope["path"] == FORGET:
        ContentType.objects.clear_cache()
        forget()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
    else:
        await portal(scope, receive, send)
