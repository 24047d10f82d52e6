"""Where the files of contents and resources lie: in storage without a public address (L2)."""

import uuid
from pathlib import PurePath

from django.core.files.storage import Storage, storages
from django.db import models


def private_storage() -> Storage:
    """The storage whose files only a view hands out, after asking who may."""
    return storages["private"]


def private_path(instance: models.Model, filename: str) -> str:
    """A path that tells nothing and cannot be guessed; it keeps the file's ending."""
    ending = PurePath(filename).suffix.lower()[:10]
    return f"{instance._meta.model_name}/{uuid.uuid4().hex}{ending}"
