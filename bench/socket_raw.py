"""The limit of ``bench.sockets``: a server that only writes ready frames to transports.

No ASGI, no routing, no queue: what one socket sends is framed once and written to all. Nothing that keeps
the protocol can be much faster in Python. ``python -m bench.socket_raw PORT``.
"""

import asyncio
import base64
import hashlib
import sys

import uvloop

from portal.realtime import frames

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def framed(text: bytes) -> bytes:
    """A text frame of a server."""
    if len(text) < 126:
        return bytes([0x81, len(text)]) + text
    return b"\x81\x7e" + len(text).to_bytes(2, "big") + text


class Raw(asyncio.Protocol):
    """One connection; it takes one small frame at a time and trusts its client."""

    everyone: set["Raw"] = set()

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Keep the transport."""
        self.transport, self.buffer, self.shaken = transport, b"", False

    def data_received(self, data: bytes) -> None:
        """Shake hands, then write what comes to all others."""
        self.buffer += data
        if not self.shaken:
            if b"\r\n\r\n" not in self.buffer:
                return
            key = self.buffer.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
            accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
            self.transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            self.transport.write(framed(frames.hello("bench:0", "", 0).encode()))
            self.buffer, self.shaken = b"", True
            Raw.everyone.add(self)
            return
        while len(self.buffer) >= 8:
            long = self.buffer[1] & 127 == 126
            size = int.from_bytes(self.buffer[2:4], "big") if long else self.buffer[1] & 127
            start = 8 if long else 6
            if len(self.buffer) < start + size:
                return
            ready = framed(self.buffer[start : start + size])  # the load masks with zeros
            self.buffer = self.buffer[start + size :]
            for other in Raw.everyone:
                if other is not self:
                    other.transport.write(ready)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it."""
        Raw.everyone.discard(self)


async def main(port: int) -> None:
    """Serve until ended."""
    server = await asyncio.get_running_loop().create_server(Raw, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
