"""Files without a public address: where they lie, and how a view hands one out (L2, M12)."""

import mimetypes
import uuid
from pathlib import PurePath

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse
from django.utils.text import slugify


def private_storage() -> Storage:
    """The storage whose files only a view hands out, after asking who may."""
    return storages["private"]


def private_path(instance: models.Model, filename: str) -> str:
    """A path that tells nothing and cannot be guessed; it keeps the file's ending."""
    ending = PurePath(filename).suffix.lower()[:10]
    return f"{instance._meta.model_name}/{uuid.uuid4().hex}{ending}"


def file_answer(file: FieldFile, title: str) -> HttpResponse | FileResponse:
    """Hand a file out as a download named after its title; nothing may keep or run it.

    Raises ``Http404`` where the storage has lost it.
    """
    ending = "." + file.name.rpartition(".")[2] if file.name and "." in file.name else ""
    try:
        opened = file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(
        opened,
        as_attachment=True,
        filename=(slugify(title, allow_unicode=True) or "file") + ending,
        content_type=mimetypes.guess_type("file" + ending)[0] or "application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff"},
    )
