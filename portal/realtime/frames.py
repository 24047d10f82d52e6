"""The text frames of the socket protocol (``docs/realtime.md``), each encoded once."""

import datetime as dt
from typing import Any

import orjson


def encode(frame: dict[str, Any]) -> str:
    """A frame as JSON text; what JSON does not know (a lazy translation) becomes its string."""
    return orjson.dumps(frame, default=str).decode()


def event(*, stream: str, number: int, type: str, data: Any, at: dt.datetime) -> str:
    """The frame of one stored event."""
    return encode(
        {"type": "event", "stream": stream, "n": number, "event": type, "data": data, "at": at}
    )


def events(frames: list[str]) -> str:
    """Several event frames of one stream in one, for a socket that is behind and asked for it."""
    return '{"type":"events","events":[' + ",".join(frames) + "]}"


def hello(stream: str, epoch: str, head: int) -> str:
    """Says that a stream is joined, its epoch, and the number of its last event."""
    return encode({"type": "hello", "stream": stream, "epoch": epoch, "head": head})


def heartbeat(stream: str, head: int) -> str:
    """Says that the line is alive and that all up to ``head`` was sent."""
    return encode({"type": "heartbeat", "stream": stream, "head": head})


def reload(stream: str, epoch: str, head: int) -> str:
    """Says that the client missed more than is repeated: fetch the state again, go on from head."""
    return encode({"type": "reload", "stream": stream, "epoch": epoch, "head": head})


def error(code: str, message: Any) -> str:
    """Says what was wrong with a frame (or why the socket is closed next)."""
    return encode({"type": "error", "code": code, "message": message})
