"""The ASGI entry point: sockets to Channels' router; all else, in the embedded default, to the WSGI app.

``uvicorn portal.asgi:application --ws-per-message-deflate false`` is the whole embedded server. In the large
deployment the same application runs as the server of sockets, and HTTP goes to ``portal.wsgi``.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any, cast

from a2wsgi import WSGIMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from portal.wsgi import application as wsgi_application  # sets Django up

# isort: split
from channels.routing import URLRouter
from django.conf import settings

from portal import embedded
from portal.realtime import runtime
from portal.realtime.auth import hide_query
from portal.sockets import socket_urlpatterns

logger = logging.getLogger(__name__)
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# Each library has types of its own for the same ASGI; one plain form is used here.
http: Application = cast(
    Any, WSGIMiddleware(cast(Any, wsgi_application), workers=settings.EMBEDDED_HTTP_THREADS)
)
sockets: Application = URLRouter(socket_urlpatterns)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Send each kind of connection where it belongs."""
    if scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "websocket":
        await socket(scope, receive, send)
    else:
        await lifespan(receive, send)


async def socket(scope: Scope, receive: Receive, send: Send) -> None:
    """A socket: its query may hold a token, so it is hidden before the server logs the address."""
    hide_query(scope)
    try:
        await sockets(scope, receive, send)
    except ValueError:
        if "url_route" in scope:
            raise
        await send({"type": "websocket.close"})  # no such address: answers 403


async def lifespan(receive: Receive, send: Send) -> None:
    """Start real time with the server, in the embedded default the jobs too; stop them with it."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await runtime.start()
                if settings.EMBEDDED:
                    await asyncio.to_thread(embedded.start)
            except Exception as error:
                logger.exception("The start failed")
                await send({"type": "lifespan.startup.failed", "message": str(error)})
            else:
                await send({"type": "lifespan.startup.complete"})
        else:
            if settings.EMBEDDED:
                await asyncio.to_thread(embedded.stop)
            await runtime.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
