"""One world for a test: each request is taken back, so that all meet the same."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage

from campus.personal.models import DataExport
from learning.catalog.models import Content, Resource
from tests.access.world import World
from tests.walks import without_sidebar


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    """Everybody and everything.

    Without limits, for one test asks thousands of times; private files lie in a folder of the test.
    """
    settings.API_RATE_USER = settings.API_RATE_ADDRESS = ""
    fields: list[Any] = [model._meta.get_field("file") for model in (Content, Resource, DataExport)]
    kept = [field.storage for field in fields]
    for field in fields:
        field.storage = FileSystemStorage(tmp_path)
    logging.disable(
        logging.CRITICAL
    )  # a line for each of thousands of requests costs a tenth of them
    with without_sidebar():
        yield World()
    logging.disable(logging.NOTSET)
    for field, storage in zip(fields, kept, strict=True):
        field.storage = storage
