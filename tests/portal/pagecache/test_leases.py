"""Where Redis is asked once for many hits: how often, and that nothing stale is sent for it."""

import time
from unittest import mock

import pytest

from portal.pagecache.versions import RedisVersions, Seal


def sealed(store: RedisVersions, *tags: str) -> Seal:
    """A seal of what was just rendered."""
    seal = store.seal(store.begin(), tags)
    assert seal is not None
    return seal


def versions(url: str, lease: float) -> RedisVersions:
    """What one process holds, its answers good for ``lease`` seconds."""
    store = RedisVersions(url)
    store.LEASE = lease  # type: ignore[misc]
    return store


def test_redis_is_asked_once_in_a_lease_whatever_is_sent(redis_url: str) -> None:
    store = versions(redis_url, 60)
    with mock.patch.object(store, "_ask", wraps=store._ask) as asked:
        seals = [sealed(store, "site", f"course:{number}") for number in range(5)]
        before = asked.call_count
        assert all(store.holds(seal) for seal in seals * 20)
    assert asked.call_count == before


def test_after_a_lease_all_seals_hold_by_one_look(redis_url: str) -> None:
    """No tag is looked at as long as the row of numbers has not moved."""
    store = versions(redis_url, 60)
    seals = [sealed(store, "site", f"course:{number}") for number in range(5)]
    assert all(store.holds(seal) for seal in seals)  # each knows the last number
    store._stood = None
    with mock.patch.object(store, "_ask", wraps=store._ask) as asked:
        assert all(store.holds(seal) for seal in seals * 20)
    assert asked.call_count == 1


def test_a_touch_of_something_else_costs_each_seal_one_look(redis_url: str) -> None:
    store = versions(redis_url, 60)
    seals = [sealed(store, "site", f"course:{number}") for number in range(5)]
    with mock.patch("time.sleep"):
        store.touch({"elsewhere"})
    with mock.patch.object(store, "_ask", wraps=store._ask) as asked:
        assert all(store.holds(seal) for seal in seals * 20)
    assert asked.call_count == 1 + len(seals), "where the row stands, and the tags of each"


def test_who_touches_waits_until_no_process_relies_on_what_was(redis_url: str) -> None:
    reader, writer = versions(redis_url, 0.3), versions(redis_url, 0.3)
    seal = sealed(reader, "courses")
    began = time.monotonic()
    assert reader.holds(seal)
    writer.touch({"courses"})
    assert time.monotonic() - began >= 0.3
    assert not reader.holds(seal)


def test_control_without_the_wait_the_past_is_sent(redis_url: str) -> None:
    reader, writer = versions(redis_url, 0.3), versions(redis_url, 0)
    seal = sealed(reader, "courses")
    writer.touch({"courses"})
    assert reader.holds(seal), "which is what the wait is for"
    time.sleep(0.3)
    assert not reader.holds(seal)


def test_a_process_sees_its_own_touch_at_once(redis_url: str) -> None:
    """Even where the wait is cut short: it does not rely on what it asked before."""
    store = versions(redis_url, 60)
    seal = sealed(store, "courses")
    with mock.patch("time.sleep"):
        store.touch({"courses"})
    assert not store.holds(seal)


@pytest.mark.parametrize("lost", [":epoch", None])
def test_a_hash_that_was_lost_ends_every_seal_after_the_lease(
    redis_url: str, lost: str | None
) -> None:
    store = versions(redis_url, 0.05)
    seal = sealed(store, "courses")
    if lost:
        store._client.hdel(store.KEY, lost)
    else:
        store._client.delete(store.KEY)
    time.sleep(0.05)
    assert not store.holds(seal)
    sealed(store, "courses")
    assert not store.holds(seal)
