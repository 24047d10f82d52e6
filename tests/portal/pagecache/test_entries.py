"""Kept pages and their store: encodings, bounds."""

import gzip

import pytest

from portal.pagecache.entries import Page, Store, encoding_for
from portal.pagecache.versions import Seal
from portal.pagecache.wsgi import matches, normalized

SEAL = Seal((), ())


def page(size: int = 10) -> Page:
    return Page("200 OK", [("Content-Type", "text/html")], b"x" * size, SEAL, expires=0)


def test_a_page_is_stored_in_each_encoding_that_was_asked_for() -> None:
    kept = page(5000)
    plain, packed = kept.variant(""), kept.variant("gzip, deflate")
    assert plain.body == b"x" * 5000
    assert gzip.decompress(packed.body) == plain.body
    assert ("Content-Encoding", "gzip") in packed.headers
    assert not [pair for pair in plain.headers if pair[0] == "Content-Encoding"]
    assert kept.variant("gzip, deflate") is packed, "the encoding is made once"


def test_a_small_page_is_not_compressed() -> None:
    assert page(100).variant("gzip").body == b"x" * 100


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("gzip;q=0", ""),
        ("deflate, gzip;q=0.5", "gzip"),
    ],
)
def test_accept_encoding_is_respected(accepted: str, encoding: str) -> None:
    assert encoding_for(accepted) == encoding


def test_the_store_is_bounded_and_drops_what_was_not_used() -> None:
    store = Store(limit=40_000)
    for number in range(8):
        store.put(number, page(2000))
    store.get(0)
    for number in range(8, 12):
        store.put(number, page(2000))
    assert store.size <= 40_000
    assert store.get(0) is not None, "just used"
    assert store.get(1) is None, "the least lately used went"


def test_a_page_too_large_is_not_kept() -> None:
    store = Store(limit=40_000)
    store.put("large", page(10_000))
    assert len(store) == 0
    assert store.size == 0


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("", ""),
        ("b=1&a=2", "a=2&b=1"),
        ("a=2&a=1", "a=2&a=1"),
        ("utm_source=x&a=1&fbclid=9", "a=1"),
        ("a=", "a="),
    ],
)
def test_queries_are_normalized(query: str, key: str) -> None:
    assert normalized(query) == key


def test_a_long_query_is_not_looked_up() -> None:
    assert normalized("a=" + "x" * 600) is None


@pytest.mark.parametrize("asked", ['W/"abc"', '"abc"', '"x", W/"abc"', "*"])
def test_if_none_match_compares_weakly(asked: str) -> None:
    assert matches(asked, 'W/"abc"')


def test_another_etag_does_not_match() -> None:
    assert not matches('"abcd"', 'W/"abc"')
