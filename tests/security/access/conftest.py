"""One world for a test: each request is taken back, so that all meet the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage

from learning.catalog.models import Content, Resource
from tests.security.access.world import World


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    """Everybody and everything.

    Without limits, for one test asks thousands of times; private files lie in a folder of the test.
    """
    settings.API_RATE_USER = settings.API_RATE_ADDRESS = ""
    fields: list[Any] = [Content._meta.get_field("file"), Resource._meta.get_field("file")]
    kept = [field.storage for field in fields]
    for field in fields:
        field.storage = FileSystemStorage(tmp_path)
    yield World()
    for field, storage in zip(fields, kept, strict=True):
        field.storage = storage
