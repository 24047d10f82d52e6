"""``remember``: small reads kept under the same tags."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from portal.pagecache import remember, touch
from portal.pagecache.values import forget
from portal.pagecache.versions import versions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def on(settings: Any) -> Iterator[None]:
    settings.PAGE_CACHE = True
    versions.cache_clear()
    forget()
    yield
    forget()


def test_a_value_is_made_once_until_a_tag_of_it_is_touched() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [remember("key", make, "courses") for _ in range(3)] == [1, 1, 1]
    touch("course:9")
    assert remember("key", make, "courses") == 1
    touch("courses")
    assert remember("key", make, "courses") == 2
    touch("site")
    assert remember("key", make, "courses") == 3
    assert remember("other key", make, "courses") == 4


def test_nothing_is_remembered_from_inside_a_transaction() -> None:
    """What is read there may be rolled back."""
    with transaction.atomic():
        assert remember("key", lambda: "of the transaction") == "of the transaction"
    assert remember("key", lambda: "committed") == "committed"
    with transaction.atomic():
        assert remember("key", lambda: "of the transaction") == "of the transaction"


def test_a_touch_while_it_is_made_is_not_lost() -> None:
    def make() -> str:
        touch("site")
        return "old"

    assert remember("key", make) == "old"
    assert remember("key", lambda: "new") == "new"


def test_nothing_is_remembered_where_the_cache_is_off(settings: Any) -> None:
    settings.PAGE_CACHE = False
    assert remember("key", lambda: 1) == 1
    assert remember("key", lambda: 2) == 2
