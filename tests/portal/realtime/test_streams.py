"""Publishing: numbers, transactions, declared forms, retention."""

import datetime as dt
import threading
import uuid
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.utils import timezone

from portal.models import Stream, StreamEvent
from portal.realtime import carrier, events, frames, streams

READ = "notification.read"


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[carrier.Announcement]:
    """What was handed on after commits."""
    heard: list[carrier.Announcement] = []
    monkeypatch.setattr(carrier, "announce", heard.append)
    return heard


def publish(stream: str, unread: int = 0) -> None:
    with transaction.atomic():
        streams.publish(stream, READ, {"all": True, "unread": unread})


def numbers(stream: str) -> list[int]:
    return list(
        StreamEvent.objects.filter(stream__name=stream)
        .order_by("number")
        .values_list("number", flat=True)
    )


@pytest.mark.django_db(transaction=True)
def test_numbers_begin_at_one_and_each_stream_has_its_own(announced: list[Any]) -> None:
    for stream in ("user:1", "user:2", "user:1"):
        publish(stream)
    assert numbers("user:1") == [1, 2]
    assert numbers("user:2") == [1]
    assert Stream.objects.get(name="user:1").head == 2
    assert [list(heard) for heard in announced] == [["user:1"], ["user:2"], ["user:1"]]


@pytest.mark.django_db(transaction=True)
def test_publish_outside_of_a_transaction_is_refused(announced: list[Any]) -> None:
    with pytest.raises(RuntimeError):
        streams.publish("user:1", READ, {"all": True, "unread": 0})
    assert not Stream.objects.exists()
    assert announced == []


@pytest.mark.django_db(transaction=True)
def test_n1_a_write_that_is_rolled_back_tells_nobody(announced: list[Any]) -> None:
    publish("user:1")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        streams.publish("user:1", READ, {"all": True, "unread": 5})
        1 / 0  # noqa: B018
    assert numbers("user:1") == [1]
    assert len(announced) == 1
    publish("user:1")
    assert numbers("user:1") == [1, 2], "the number that was rolled back is given again"


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 150])
def test_publishing_to_many_streams_takes_two_queries(
    count: int, django_assert_num_queries: Any
) -> None:
    new = [streams.NewEvent(f"user:{n}", READ, {"all": True, "unread": n}) for n in range(count)]
    with django_assert_num_queries(2):
        streams.publish_many(new)
    assert StreamEvent.objects.count() == count


@pytest.mark.django_db
def test_several_events_of_one_stream_get_their_numbers_in_order() -> None:
    streams.publish_many(
        [
            streams.NewEvent("user:1", READ, {"all": True, "unread": 10}),
            streams.NewEvent("user:2", READ, {"all": True, "unread": 20}),
            streams.NewEvent("user:1", READ, {"all": True, "unread": 11}),
        ]
    )
    rows = StreamEvent.objects.filter(stream__name="user:1").order_by("number")
    assert [(row.number, row.payload["unread"]) for row in rows] == [(1, 10), (2, 11)]


@pytest.mark.django_db(transaction=True)
def test_together_stores_at_the_end_and_forgets_what_a_savepoint_took_back(
    announced: list[Any],
) -> None:
    with transaction.atomic(), streams.together():
        streams.publish("user:2", READ, {"all": True, "unread": 1})
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            streams.publish("user:3", READ, {"all": True, "unread": 1})
            1 / 0  # noqa: B018
        streams.publish("user:1", READ, {"all": True, "unread": 1})
        assert not StreamEvent.objects.exists()
    assert set(Stream.objects.values_list("name", flat=True)) == {"user:1", "user:2"}
    assert [sorted(heard) for heard in announced] == [["user:1", "user:2"]]


@pytest.mark.django_db(transaction=True)
def test_together_stores_nothing_after_an_error(announced: list[Any]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic(), streams.together():
        streams.publish("user:1", READ, {"all": True, "unread": 1})
        1 / 0  # noqa: B018
    assert not Stream.objects.exists()
    assert announced == []


@pytest.mark.django_db
def test_an_undeclared_type_and_an_unfit_payload_are_refused() -> None:
    with pytest.raises(events.UndeclaredEvent):
        streams.publish("user:1", "nobody.declared", {})
    with pytest.raises(events.UnfitPayload):
        streams.publish("user:1", READ, {"unread": "three"})
    with pytest.raises(events.UnfitPayload):
        streams.publish("user:1", READ, {"unread": 3, "more": 1})
    assert not Stream.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_live_frame_and_the_stored_one_are_the_same(announced: list[Any]) -> None:
    publish("user:1", unread=7)
    [(number, live)] = announced[0]["user:1"]
    [stored] = streams.stored_events("user:1", after=0, limit=10)
    assert (stored.number, orjson.loads(stored.frame)) == (number, orjson.loads(live))
    assert orjson.loads(frames.events([live])) == {
        "type": "events",
        "events": [orjson.loads(live)],
    }


@pytest.mark.django_db
def test_prune_deletes_what_is_old_and_numbers_go_on() -> None:
    for unread in range(4):
        streams.publish("user:1", READ, {"all": True, "unread": unread})
    old = timezone.now() - dt.timedelta(days=15)
    StreamEvent.objects.filter(number__lte=3).update(created_at=old)
    assert streams.prune(keep=dt.timedelta(days=14), batch=2) == 3
    assert numbers("user:1") == [4]
    streams.publish("user:1", READ, {"all": True, "unread": 9})
    assert numbers("user:1") == [4, 5]


@pytest.mark.django_db
def test_renewed_epochs_differ() -> None:
    before = streams.open_stream("user:1").epoch
    assert streams.renew_epochs() == 1
    after = streams.open_stream("user:1").epoch
    assert uuid.UUID(before) != uuid.UUID(after)


def _in_parallel(work: Any, threads: int = 8, rounds: int = 20) -> list[BaseException]:
    """Run ``work`` in real threads with connections of their own, all at once."""
    failures: list[BaseException] = []
    start = threading.Barrier(threads)

    def run() -> None:
        start.wait()
        try:
            for _ in range(rounds):
                work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return failures


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_or_doubles_under_parallel_transactions(announced: list[Any]) -> None:
    failures = _in_parallel(lambda: publish("user:1"))
    assert failures == []
    assert numbers("user:1") == list(range(1, 161))
    assert Stream.objects.get(name="user:1").head == 160


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_numbers_collide(announced: list[Any]) -> None:
    """What the upsert guards: read the head, add one, write it back, and events are lost."""
    publish("user:1")

    def unguarded() -> None:
        with transaction.atomic():
            row = Stream.objects.get(name="user:1")
            StreamEvent.objects.create(stream=row, number=row.head + 1, type=READ, payload={})
            Stream.objects.filter(pk=row.pk).update(head=row.head + 1)

    assert _in_parallel(unguarded), "the race did not show; the guarded test proves nothing"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_opposite_orders_do_not_deadlock_when_published_together(announced: list[Any]) -> None:
    turn = iter(range(10_000))

    def work() -> None:
        pair = ["user:1", "user:2"] if next(turn) % 2 else ["user:2", "user:1"]
        with transaction.atomic(), streams.together():
            for stream in pair:
                streams.publish(stream, READ, {"all": True, "unread": 0})

    assert _in_parallel(work) == []
    assert numbers("user:1") == numbers("user:2") == list(range(1, 161))
