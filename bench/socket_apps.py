"""What ``bench.sockets`` serves: our consumer, and the plain one of Channels it is held against.

Both stand in one uvicorn process's application, so server, loop and settings are the same; a run
uses one of them at a time.
"""

import asyncio
import json
from collections.abc import Sequence

from portal.asgi import lifespan  # sets Django up

# isort: split
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from django.urls import path

from portal.permissions import PUBLIC
from portal.realtime import frames
from portal.realtime.consumers import StreamConsumer

GROUP = "bench"


class Ours(StreamConsumer):
    """Our consumer on one stream for all, or on one for each (``/ours/7/``)."""

    policy = PUBLIC

    def streams(self) -> Sequence[str]:
        """The stream that the address names."""
        return [f"bench:{self.kwargs.get('number', 0)}"]


class Plain(AsyncWebsocketConsumer):
    """The consumer of Channels' own tutorial: a group, and a handler that sends JSON."""

    async def connect(self) -> None:
        """Join the group."""
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()
        await self.send(text_data=frames.hello("bench:0", "", 0))

    async def disconnect(self, code: int) -> None:
        """Leave it."""
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def bench_event(self, message: dict) -> None:
        """Send what came."""
        await self.send(text_data=json.dumps(message["event"]))


class Idle(AsyncWebsocketConsumer):
    """The plain consumer with a group of its own, which is what the bell would be with it."""

    async def connect(self) -> None:
        """Join the group."""
        self.group = f"{GROUP}-{self.scope['url_route']['kwargs']['number']}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.send(text_data=frames.hello("bench:0", "", 0))

    async def disconnect(self, code: int) -> None:
        """Leave it."""
        await self.channel_layer.group_discard(self.group, self.channel_name)


router = URLRouter(
    [
        path("ours/", Ours.as_asgi()),
        path("ours/<int:number>/", Ours.as_asgi()),
        path("plain/", Plain.as_asgi()),
        path("idle/<int:number>/", Idle.as_asgi()),
    ]
)


async def application(scope: dict, receive: object, send: object) -> None:
    """Sockets and the lifespan; nothing else is served."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "websocket":
        await router(scope, receive, send)
    else:
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
