"""How long and how large a request's head may be, and what else uvicorn leaves open to whoever connects.

uvicorn reads a head of any length for as long as it takes, waits for a body for ever while it keeps a thread
of the application, and keeps empty fragments and answers to pings without a bound. ``Http`` and ``Sockets``
are its own protocols with those bounds; they stand before the embedded server (``manage.py serve``) and the
server of sockets (``deploy/entrypoint``). In the large deployment HTTP is granian's, which has its own.
"""

from asyncio.events import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

HEAD_BYTES = 64 * 1024
"""Of the first line and the headers together."""
HEAD_FIELDS = 100
"""Headers of one request; granian's bound too."""
HEAD_SECONDS = 15.0
"""From the connection, or the first byte of a further request, to the end of its head."""
BODY_SECONDS = 600.0
"""From the end of the head to the end of the body: 25 MB at 43 KB a second."""
STILL_SECONDS = 20.0
"""How long a body may stand still (less than ``STILL_BYTES``) while it is waited for."""
STILL_BYTES = 4096
TICK_SECONDS = 2.5
PIECE = 8 * 1024
"""A head is parsed in such pieces, so that what is counted is the head and not the body behind it."""
FRAGMENTS = 1024
"""Of one message of a socket; a message has at most 64 KB."""


class TooMuch(Exception):
    """The head has more than it may; raised inside the parser, which stops at it."""


class Http(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 with a bound for the head (431), for its time (408) and for that of the body."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusal = 400
        self._in_head, self._in_body = True, False
        self._head_bytes = 0
        self._since = self._moved = 0.0
        self._came = 0
        self._clock: TimerHandle | None = None

    # --- asyncio ---
    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._since = self._moved = self.loop.time()
        self._clock = self.loop.call_later(TICK_SECONDS, self._tick)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, a head in pieces."""
        self._came += len(data)
        if not (self._in_head or self._in_body):  # between two requests of a connection
            self._begin_head()
        view = memoryview(data)
        while view and not self.transport.is_closing():
            if not self._in_head:
                super().data_received(bytes(view))
                return
            piece, view = view[:PIECE], view[PIECE:]
            super().data_received(bytes(piece))
            if self._is_a_socket():
                return
            self._head_bytes += len(piece)
            if self._in_head and self._head_bytes > HEAD_BYTES:
                self._refuse(431)

    def handle_websocket_upgrade(self) -> None:
        """From now on it is a socket's."""
        self._stop()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Refuse: what cannot be parsed by 400, what is too much by 431, what takes too long by 408."""
        status, self.refusal = self.refusal, 400
        words = STATUS_LINE[status].split(b" ", 2)[2].strip()
        self.transport.write(
            STATUS_LINE[status]
            + b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
            + b"content-length: %d\r\n\r\n%s" % (len(words), words)
        )
        self._stop()
        self.transport.close()

    # --- the parser ---
    def on_message_begin(self) -> None:
        """A further request of the connection."""
        super().on_message_begin()
        self._begin_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep it, if there are not too many."""
        if len(self.headers) >= HEAD_FIELDS:
            self.refusal = 431
            raise TooMuch
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: ask the application, and wait for the body."""
        self._in_head, self._in_body = False, True
        self._since = self._moved = self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._in_body = False
        super().on_message_complete()

    # --- time ---
    def _tick(self) -> None:
        now = self.loop.time()
        if self._came >= STILL_BYTES or self.flow.read_paused or not self._in_body:
            # It moves, or it is we who do not read: the application is busy.
            self._came, self._moved = 0, now
        if self._in_head and now - self._since > HEAD_SECONDS:
            if self._head_bytes:
                self._refuse(408)
            else:  # a connection for later, as browsers make them: there is no request to answer
                self._stop()
                self.transport.close()
        elif self._in_body and (
            now - self._since > BODY_SECONDS or now - self._moved > STILL_SECONDS
        ):
            self._stop()
            self.transport.close()
        else:
            self._clock = self.loop.call_later(TICK_SECONDS, self._tick)

    def _begin_head(self) -> None:
        self._in_head, self._in_body, self._head_bytes = True, False, 0
        self._since = self.loop.time()

    def _refuse(self, status: int) -> None:
        self.refusal = status
        self.send_400_response("")

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _is_a_socket(self) -> bool:
        return self.transport.get_protocol() is not self


class Sockets(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket with a bound for fragments (1009) and for answers that nobody reads (1008)."""

    def handle_cont(self, event: Frame) -> None:
        """One more fragment: empty ones weigh nothing, and are counted."""
        if len(self.frames) >= FRAGMENTS:
            self.end(1009, "too many fragments")
        else:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer, if the answers before were read."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.end(1008, "too many pings")

    def send_receive_event_to_app(self) -> None:
        """Hand a message on; text that is no UTF-8 ends the socket, and is no error of ours to tell of."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.end(1007, "no UTF-8")
                return
        super().send_receive_event_to_app()

    def end(self, code: int, reason: str) -> None:
        """Close with ``code``, and read nothing more."""
        self.frames = []
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()
