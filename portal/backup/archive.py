"""The archive: a tar of the database's dump, every file, and last a manifest that has a checksum of each.

Members are ``database`` and ``files/<storage>/<name>``. The manifest comes last, so an archive that was cut
off has none. Nothing is ever unpacked by tar itself: names are checked, contents are streamed.
"""

import hashlib
import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from portal.backup.errors import BackupError, BadArchive

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
FILES = "files"
CHUNK = 1024 * 1024
IN_MEMORY = 8 * 1024 * 1024
MANIFEST_LIMIT = 512 * 1024 * 1024


@dataclass(frozen=True)
class Member:
    """What a member must be, byte for byte."""

    size: int
    sha256: str


@dataclass
class Manifest:
    """What an archive says of itself: of what, when, which code, how many rows, which bytes."""

    made_at: str
    engine: str
    release: str
    migrations: dict[str, list[str]]
    tables: dict[str, int]
    members: dict[str, Member] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def files(self) -> list[str]:
        """The names of the members that are uploaded files."""
        return [name for name in self.members if name != DATABASE]

    @property
    def bytes(self) -> int:
        """The size of all members."""
        return sum(member.size for member in self.members.values())


def file_member(alias: str, name: str) -> str:
    """The member that holds the file ``name`` of a storage."""
    return f"{FILES}/{alias}/{name}"


def place_of(member: str) -> tuple[str, str]:
    """Storage and name of a file's member; raises `BadArchive` for a name that leads elsewhere."""
    parts = member.split("/")
    bad = any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts)
    if bad or len(parts) < 3 or parts[0] != FILES:
        raise BadArchive(f"The archive holds a name that leads elsewhere: {member!r}.")
    return parts[1], "/".join(parts[2:])


# --- writing --------------------------------------------------------------------------------------
class Writer:
    """Adds members to an archive that is being made."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, Member] = {}

    def add(self, name: str, source: IO[bytes]) -> None:
        """Add what ``source`` gives; it is read once, whole, and so is of one size."""
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as held:
            self.members[name] = _copied(source, held)
            self._put(name, held, self.members[name].size)

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest."""
        manifest.members = self.members
        facts = asdict(manifest)
        text = json.dumps({"manifest": facts, "sha256": _digest(facts)}, indent=1).encode()
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as held:
            held.write(text)
            held.seek(0)
            self._put(MANIFEST, held, len(text))

    def _put(self, name: str, source: Any, size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, source)


def _copied(source: IO[bytes], target: Any = None) -> Member:
    """What ``source`` is, written to ``target`` on the way, which is then at its beginning."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if target is not None:
            target.write(chunk)
    if target is not None:
        target.seek(0)
    return Member(size, digest.hexdigest())


@contextmanager
def writing(target: Path) -> Iterator[Writer]:
    """Make the archive ``target``: it is there, whole and read once again, or not at all.

    Only its owner may read it: it holds everything of everybody.
    """
    if target.exists():
        raise BackupError(f"{target} exists already.")
    part = target.with_name(f".{target.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as output:
            with tarfile.open(fileobj=output, mode="w|") as tar:
                yield Writer(tar)
            output.flush()
            os.fsync(output.fileno())
        read_whole(part)
        part.replace(target)
    except OSError as error:
        raise BackupError(f"The archive could not be written: {error}.") from error
    finally:
        part.unlink(missing_ok=True)


# --- reading --------------------------------------------------------------------------------------
def read_whole(path: Path) -> Manifest:
    """Read every byte and compare it with the manifest, which is returned.

    Raises `BadArchive` for anything that is not as it was written; nothing is unpacked.
    """
    seen: dict[str, Member] = {}
    told: Manifest | None = None
    with _reading(path) as members:
        for name, stream, size in members:
            if told is not None or name in seen:
                raise BadArchive("The archive holds more than its manifest says.")
            if name == MANIFEST:
                if size > MANIFEST_LIMIT:
                    raise BadArchive("The archive's manifest is too large.")
                told = _manifest(stream.read())
                continue
            if name != DATABASE:
                place_of(name)
            seen[name] = _copied(stream)
    if told is None:
        raise BadArchive("The archive has no manifest: it was cut off, or it is no backup of Quad.")
    if DATABASE not in seen or seen != told.members:
        raise BadArchive("The archive is damaged: its contents are not what its manifest says.")
    return told


def _digest(facts: dict[str, Any]) -> str:
    """What the manifest's own facts are told by: it names every member's checksum but not its own."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _manifest(text: bytes) -> Manifest:
    try:
        whole = json.loads(text)
        facts = whole["manifest"]
        if whole["sha256"] != _digest(facts):
            raise BadArchive("The archive is damaged: its manifest is not as it was written.")
        if facts["format"] != FORMAT:
            raise BadArchive(f"The archive is of form {facts['format']}; this code reads {FORMAT}.")
        members = {str(name): Member(**member) for name, member in facts.pop("members").items()}
        return Manifest(**facts, members=members)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadArchive("The archive's manifest cannot be read.") from error


@contextmanager
def _reading(path: Path) -> Iterator[Iterator[tuple[str, IO[bytes], int]]]:
    """Names, contents and sizes in the order they were written; what tar finds wrong is a `BadArchive`."""
    try:
        with tarfile.open(path, mode="r|") as tar:
            yield _members(tar)
    except FileNotFoundError:
        raise BackupError(f"There is no {path}.") from None
    except (tarfile.TarError, EOFError, zlib.error, UnicodeError) as error:
        raise BadArchive(f"The archive cannot be read: {error}.") from error


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes], int]]:
    for info in tar:
        stream = tar.extractfile(info) if info.isreg() and not info.issparse() else None
        if stream is None:
            raise BadArchive(f"The archive holds what is no file: {info.name!r}.")
        yield info.name, stream, info.size


def unpack_database(path: Path, manifest: Manifest, target: Path) -> None:
    """Write the database's dump to ``target``."""
    with _reading(path) as members, target.open("wb") as output:
        for name, stream, _size in members:
            if name == DATABASE and _copied(stream, output) == manifest.members[DATABASE]:
                return
    raise BadArchive("The archive changed while it was read.")


def files(path: Path, manifest: Manifest) -> Iterator[tuple[str, str, Any]]:
    """Storage, name and contents (a file that can be read again) of each uploaded file."""
    with _reading(path) as members:
        for member, stream, _size in members:
            if member in {DATABASE, MANIFEST}:
                continue
            alias, name = place_of(member)
            with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as held:
                if _copied(stream, held) != manifest.members.get(member):
                    raise BadArchive("The archive changed while it was read.")
                yield alias, name, held
