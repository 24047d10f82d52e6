"""The small site with a page cache in front, and a visitor of it."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.urls import clear_url_caches

from portal.pagecache import PageCache
from portal.pagecache.versions import versions
from tests.portal.pagecache import urls
from tests.portal.pagecache.browser import Visitor
from tests.processes import free_port


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


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A Redis of these tests' own, which they may stop."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs the program redis-server")
    port = free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--save", ""], stdout=subprocess.DEVNULL
    )
    url = f"redis://127.0.0.1:{port}/0"
    client = redis.Redis.from_url(url)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    yield url
    server.terminate()
    server.wait(10)
