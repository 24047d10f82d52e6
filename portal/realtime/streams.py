"""Writing to streams and reading them: an event is a row with the next number of its stream.

The number is taken under the lock of the stream's row, inside the transaction of the write that the
event tells of. The lock is held until the commit, so whoever sees number 7 also sees 1 to 6: numbers
have no gaps, and their order is the order of the commits. A write that is rolled back leaves nothing.

The locks are the price: two transactions that publish to the same two streams, each in its own order,
would wait for each other for ever. So publish last, and to several streams by one `publish_many`
(which locks in one order) or inside `together()`.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from portal.models import Stream, StreamEvent
from portal.realtime import carrier, frames
from portal.realtime.events import event_type

STREAMS_PER_STATEMENT = 500
"""How many streams one statement advances; SQLite and PostgreSQL both bound the parameters."""


@dataclass(frozen=True)
class NewEvent:
    """An event to publish: in which stream, of which declared type, with what data."""

    stream: str
    type: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class StoredEvent:
    """An event as the database holds it: its number and its frame, ready to send."""

    number: int
    frame: str


@dataclass(frozen=True)
class Head:
    """How far a stream is: its epoch and the number of its last event."""

    epoch: str
    number: int


class Collected:
    """Events that wait for the end of `together()`, unless their savepoint is rolled back before.

    Django drops the callbacks of a savepoint that is rolled back: ours is there to be missed.
    """

    def __init__(self, events: list[NewEvent]) -> None:
        self.events = events
        transaction.on_commit(self._mark)

    def _mark(self) -> None:
        """What is registered to be missed; by the time it is called nothing is left to do."""

    def survived(self) -> bool:
        """Whether the savepoint they were published in still stands."""
        mark = self._mark
        return any(entry[1] == mark for entry in connection.run_on_commit)


_collected: ContextVar[list[Collected] | None] = ContextVar("collected", default=None)


def user_stream(user_id: int) -> str:
    """The name of a person's own stream: the bell and all else that is for them alone."""
    return f"user:{user_id}"


def publish(stream: str, type: str, payload: dict[str, Any]) -> None:
    """Store the next event of ``stream`` and, after the commit, wake those who listen: 2 queries.

    Must be called in a transaction, so that event and write are there together or not at all;
    raises RuntimeError outside of one, `UndeclaredEvent` for a type that no app declared.
    """
    publish_many([NewEvent(stream, type, payload)])


def publish_many(events: Iterable[NewEvent]) -> None:
    """Store events of any number of streams: 2 queries for each 500 streams (see `publish`).

    Events of one stream get their numbers in the order given.
    """
    new = [_checked(event) for event in events]
    _need_transaction()
    collected = _collected.get()
    if collected is not None:
        collected.append(Collected(new))
    elif new:
        _store(new)


@contextmanager
def together() -> Iterator[None]:
    """Collect what is published inside and store it at the end, locking in one fixed order.

    For a service that calls others which publish: put it inside the transaction, around the whole.
    An error inside stores nothing. Nested uses join the outermost.
    """
    if _collected.get() is not None:
        yield
        return
    collected: list[Collected] = []
    token = _collected.set(collected)
    try:
        yield
    finally:
        _collected.reset(token)
    events = [event for part in collected if part.survived() for event in part.events]
    if events:
        _store(events)


def _need_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("publish() needs a transaction: event and write belong together.")


def _checked(event: NewEvent) -> NewEvent:
    """The event with its data as JSON values; refuses what is not declared."""
    declared = event_type(event.type)
    payload = orjson.loads(orjson.dumps(event.payload, default=str))
    if not settings.PRODUCTION:
        declared.check(payload)
    return NewEvent(event.stream, event.type, payload)


def _store(events: Sequence[NewEvent]) -> None:
    _need_transaction()
    now = timezone.now()
    counts = Counter(event.stream for event in events)
    names = sorted(counts, key=_lock_order)
    rows: list[StreamEvent] = []
    messages: dict[str, list[tuple[int, NewEvent]]] = {}
    following: dict[str, tuple[int, int]] = {}
    for start in range(0, len(names), STREAMS_PER_STATEMENT):
        part = names[start : start + STREAMS_PER_STATEMENT]
        following.update(_advance({name: counts[name] for name in part}))
    for event in events:
        stream_id, number = following[event.stream]
        following[event.stream] = (stream_id, number + 1)
        rows.append(
            StreamEvent(
                stream_id=stream_id,
                number=number,
                type=event.type,
                payload=event.payload,
                created_at=now,
            )
        )
        messages.setdefault(event.stream, []).append((number, event))
    StreamEvent.objects.bulk_create(rows, batch_size=STREAMS_PER_STATEMENT)
    transaction.on_commit(partial(_announce, messages, now), robust=True)


def _lock_order(name: str) -> tuple[str, int, str]:
    """One order for all: by kind, then by number (``user:2`` before ``user:10``)."""
    kind, _colon, key = name.partition(":")
    return (kind, int(key), "") if key.isdecimal() else (kind, -1, key)


def _advance(counts: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Raise the heads of streams by ``counts``, making those that are new: one statement.

    Returns each stream's id and the first of its new numbers.
    """
    epoch = Stream._meta.get_field("epoch")
    params: list[Any] = []
    for name, count in counts.items():
        params += [name, epoch.get_db_prep_value(uuid.uuid4(), connection), count]
    values = ", ".join(["(%s, %s, %s)"] * len(counts))
    table = connection.ops.quote_name(Stream._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (name, epoch, head) VALUES {values} "  # noqa: S608 (no input in it)
            f"ON CONFLICT (name) DO UPDATE SET head = {table}.head + excluded.head "
            "RETURNING name, id, head",
            params,
        )
        return {name: (pk, head - counts[name] + 1) for name, pk, head in cursor.fetchall()}


def _announce(messages: dict[str, list[tuple[int, NewEvent]]], at: dt.datetime) -> None:
    """After the commit: encode each event once and hand it to whoever carries it on."""
    carrier.announce(
        {
            stream: [
                (
                    number,
                    frames.event(
                        stream=stream, number=number, type=event.type, data=event.payload, at=at
                    ),
                )
                for number, event in numbered
            ]
            for stream, numbered in messages.items()
        }
    )


# --- reading --------------------------------------------------------------------------------------
def open_stream(name: str) -> Head:
    """The head of a stream, which is made if it is new, so that its epoch is known from the start."""
    stream, _created = Stream.objects.get_or_create(name=name)
    return Head(str(stream.epoch), stream.head)


def heads(names: Iterable[str]) -> dict[str, Head]:
    """The heads of those of the streams that exist: one query for each 500."""
    wanted = sorted(names)
    found: dict[str, Head] = {}
    for start in range(0, len(wanted), STREAMS_PER_STATEMENT):
        part = wanted[start : start + STREAMS_PER_STATEMENT]
        rows = Stream.objects.filter(name__in=part).values_list("name", "epoch", "head")
        found.update({name: Head(str(epoch), number) for name, epoch, number in rows})
    return found


def stored_events(stream: str, *, after: int, limit: int) -> list[StoredEvent]:
    """At most ``limit`` events of ``stream`` that follow the number ``after``, in order: one query.

    What was pruned is missing: the first number is then greater than ``after + 1``.
    """
    rows = StreamEvent.objects.filter(stream__name=stream, number__gt=after).order_by("number")
    return [
        StoredEvent(
            row.number,
            frames.event(
                stream=stream,
                number=row.number,
                type=row.type,
                data=row.payload,
                at=row.created_at,
            ),
        )
        for row in rows[:limit]
    ]


# --- upkeep ---------------------------------------------------------------------------------------
def prune(*, keep: dt.timedelta = dt.timedelta(days=14), batch: int = 5_000) -> int:
    """Delete events older than ``keep``, ``batch`` rows in a transaction; returns how many.

    Numbers go on as if they were there. A client whose last number is older than what is left is
    told to reload. To be run by the scheduler once a day.
    """
    limit = timezone.now() - keep
    deleted = 0
    while True:
        ids = list(
            StreamEvent.objects.filter(created_at__lt=limit)
            .order_by("created_at")
            .values_list("id", flat=True)[:batch]
        )
        if not ids:
            return deleted
        deleted += StreamEvent.objects.filter(id__in=ids).delete()[0]


def renew_epochs() -> int:
    """Give every stream a new epoch: after a restore, when numbers may come a second time.

    Clients that come back with the old epoch are told to reload; connected ones at once.
    """
    changed = 0
    for stream in Stream.objects.all().iterator():
        stream.epoch = uuid.uuid4()
        stream.save(update_fields=["epoch"])
        changed += 1
    return changed
