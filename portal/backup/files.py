"""Uploaded files of every storage, on disk or in a bucket, by Django's storage interface alone."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages

from portal.backup.archive import CHUNK, Member
from portal.backup.errors import BackupError, BadArchive

logger = structlog.get_logger(__name__)


def aliases() -> list[str]:
    """The storages that hold what people uploaded; static files come with the code."""
    return [alias for alias in settings.STORAGES if alias != "staticfiles"]


def names(storage: Storage, folder: str = "") -> Iterator[str]:
    """Every file of a storage."""
    try:
        folders, found = storage.listdir(folder)
    except FileNotFoundError:  # a disk's folder is made with the first upload
        return
    prefix = f"{folder}/" if folder else ""
    # A bucket's placeholder for an empty folder has no name of its own.
    yield from sorted(f"{prefix}{name}" for name in found if name not in {"", "."})
    for name in sorted(folders):
        if name:
            yield from names(storage, f"{prefix}{name}")


def is_empty() -> bool:
    """Whether no storage holds a file."""
    return all(next(names(storages[alias]), None) is None for alias in aliases())


class Placement:
    """Puts files into their storages so that all of it can be taken back.

    What is there already with the same bytes is left alone. What differs is kept aside in ``folder`` until
    the end.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._steps: list[Callable[[], None]] = []
        self._put: dict[str, set[str]] = {alias: set() for alias in aliases()}

    def put(self, alias: str, name: str, content: Any, member: Member) -> None:
        """One file, from its beginning."""
        if alias not in self._put:
            raise BadArchive(f"The archive holds files of a storage that is not here: {alias!r}.")
        storage = storages[alias]
        self._put[alias].add(name)
        if storage.exists(name):
            if _is(storage, name, member):
                return
            aside = self.folder / f"aside-{len(self._steps)}"
            with storage.open(name) as held, aside.open("wb") as kept:
                shutil.copyfileobj(held, kept, CHUNK)
            storage.delete(name)
            self._steps.append(lambda: _put_back(storage, name, aside))
        else:
            self._steps.append(lambda: storage.delete(name))
        saved = storage.save(name, File(content, name=name))
        if saved != name:
            storage.delete(saved)
            raise BackupError(f"The storage {alias!r} would not take the name {name!r}.")

    def take_back(self) -> None:
        """Leave the storages as they were found."""
        for step in reversed(self._steps):
            try:
                step()
            except Exception:
                logger.exception("restore_not_taken_back")

    def remove_others(self) -> int:
        """Delete what was there and is not in the archive; gives how many files."""
        removed = 0
        for alias, kept in self._put.items():
            storage = storages[alias]
            for name in [name for name in names(storage) if name not in kept]:
                storage.delete(name)
                removed += 1
        return removed


def _put_back(storage: Storage, name: str, aside: Path) -> None:
    storage.delete(name)
    with aside.open("rb") as kept:
        storage.save(name, File(kept, name=name))


def _is(storage: Storage, name: str, member: Member) -> bool:
    if storage.size(name) != member.size:
        return False
    with storage.open(name) as held:
        digest = hashlib.sha256()
        while chunk := held.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == member.sha256
