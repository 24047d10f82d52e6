"""The small site with a page cache in front, and a visitor of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.urls import clear_url_caches

from portal.pagecache import PageCache
from portal.pagecache.versions import versions
from tests.portal.pagecache import urls
from tests.portal.pagecache.browser import Visitor


@pytest.fixture
def site(settings: Any) -> Iterator[PageCache]:
    """Django with the small site, behind a cache of its own."""
    settings.ROOT_URLCONF = "tests.portal.pagecache.urls"
    clear_url_caches()
    versions.cache_clear()
    urls.shown.update(word="first", rendered=0)
    urls.meanwhile.clear()
    # As Django's own test client does: the connection holds the transaction of the test.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield PageCache(WSGIHandler(), limit=1024 * 1024)
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    clear_url_caches()
    versions.cache_clear()


@pytest.fixture
def visitor(site: PageCache) -> Visitor:
    """Someone without a cookie."""
    return Visitor(site)
