"""Connections of those who do not behave: bytes as they are, and no library that would mind."""

import base64
import contextlib
import os
import select
import socket
import struct
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

CLOSED = ""


def honest(port: int, path: str) -> int:
    """The status that somebody who behaves is told."""
    try:
        with urlopen(Request(f"http://127.0.0.1:{port}{path}"), timeout=20) as answer:
            return int(answer.status)
    except HTTPError as refused:
        return refused.code


class Line:
    """One connection."""

    def __init__(self, port: int, seconds: float) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.sent = 0
        self.kept = b""

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> bool:
        """Whether the server still takes it."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        self.sent += len(data)
        return True

    def has_answer(self, seconds: float = 0) -> bool:
        """Whether there is something to read (or the end)."""
        return bool(self.kept) or bool(select.select([self.socket], [], [], seconds)[0])

    def flood(self, data: bytes, times: int) -> None:
        """Send ``data`` so often, or until there is an answer or an end."""
        for _ in range(times):
            if self.has_answer() or not self.send(data):
                return

    def status(self) -> str:
        """The status of the answer, or `CLOSED` where the line ends without one."""
        words = b""
        with contextlib.suppress(ConnectionError):
            while b"\r\n" not in words:
                part = self.socket.recv(4096)
                if not part:
                    break
                words += part
        return words.split(b" ")[1].decode() if words.startswith(b"HTTP/1.1 ") else CLOSED

    def seconds_until_end(self) -> float:
        """How long the server keeps the line."""
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while self.socket.recv(65536):
                pass
        return time.monotonic() - began

    # --- sockets ----------------------------------------------------------------------------------
    def upgrade(self, token: str, *, extensions: str = "") -> "Line":
        """Make it a WebSocket, up to its first frame."""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET /ws/notifications/?token={token} HTTP/1.1",
            "Host: 127.0.0.1",
            *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
            f"Sec-WebSocket-Key: {key}",
            *([f"Sec-WebSocket-Extensions: {extensions}"] if extensions else []),
        ]
        self.send("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self.kept:
            part = self.socket.recv(4096)
            assert part, self.kept
            self.kept += part
        self.answer, _, self.kept = self.kept.partition(b"\r\n\r\n")
        assert self.answer.startswith(b"HTTP/1.1 101"), self.answer
        opcode, words = self.frame()
        assert opcode == 1 and b'"hello"' in words
        return self

    def frame(self) -> tuple[int, bytes]:
        """The next frame: its opcode and what it holds; opcode 8 is a close. (-1, b"") at the end."""
        try:
            first, second = self._take(2)
            length = second & 127
            if length == 126:
                (length,) = struct.unpack("!H", self._take(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._take(8))
            return first & 15, self._take(length)
        except ConnectionError:
            return -1, b""

    def close_code(self) -> int:
        """The code of the close frame; what comes before it is passed over. -1: the line was cut."""
        while True:
            opcode, words = self.frame()
            if opcode in {8, -1}:
                return struct.unpack("!H", words[:2])[0] if words else -1

    def _take(self, count: int) -> bytes:
        while len(self.kept) < count:
            part = self.socket.recv(65536)
            if not part:
                raise ConnectionError
            self.kept += part
        taken, self.kept = self.kept[:count], self.kept[count:]
        return taken


TEXT, BINARY, PING = 1, 2, 9


def frame(
    data: bytes,
    opcode: int = TEXT,
    *,
    fin: bool = True,
    reserved: int = 0,
    length: int | None = None,
    masked: bool = True,
) -> bytes:
    """A client's frame; ``length`` may lie."""
    told = len(data) if length is None else length
    head = bytes([(128 if fin else 0) | reserved | opcode])
    mask = 128 if masked else 0
    if told < 126:
        head += bytes([mask | told])
    elif told < 65536:
        head += bytes([mask | 126]) + struct.pack("!H", told)
    else:
        head += bytes([mask | 127]) + struct.pack("!Q", told)
    return head + (b"\0\0\0\0" if masked else b"") + data  # a mask of zeros leaves data as it is
