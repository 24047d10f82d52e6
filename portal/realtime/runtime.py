"""What makes real time run in a process: the hub, the relay beside it, and the watch over sign-ins."""

import asyncio

from portal.realtime.hub import hub
from portal.realtime.relay import Relay
from portal.realtime.sessions import Sessions

relay = Relay(hub)
sessions = Sessions(hub)


async def start() -> None:
    """Start all three on the running loop; again does nothing."""
    if not hub.running:
        await hub.start()
        await sessions.start()
        await relay.start()


async def stop() -> None:
    """Stop them."""
    await relay.stop()
    await sessions.stop()
    await hub.stop()


async def ensure_started() -> None:
    """Start, for servers without ASGI's lifespan, at the first socket."""
    if not hub.running:
        await start()
        await asyncio.sleep(0)
