"""The file of a download: JSON for programs, CSV for people, and the files they uploaded."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models.fields.files import FieldFile

from portal import personal
from portal.tables import harmless

Parts = dict[str, personal.Rows]


def gather(user: Any) -> Parts:
    """What every part of the portal holds on ``user``, by the part's name."""
    return {holder.name: holder.export(user) for holder in personal.holders()}


def write(target: IO[bytes], *, parts: Parts, facts: dict[str, Any]) -> None:
    """Write the archive: ``data.json`` with all, a CSV for each part that has rows, and ``files/``."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        plain: Parts = {}
        for name, rows in parts.items():
            plain[name] = [
                dict(_filed(archive, name, number, row)) for number, row in enumerate(rows, 1)
            ]
        body = json.dumps({**facts, **plain}, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        archive.writestr("data.json", body)
        for name, flat in plain.items():
            if flat:
                archive.writestr(f"{name}.csv", _table(flat))


def _filed(
    archive: zipfile.ZipFile, part: str, number: int, row: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """The row's values; a stored file goes into the archive and leaves its path there."""
    for key, value in row.items():
        if not isinstance(value, FieldFile):
            yield key, value
            continue
        if not value:
            yield key, ""
            continue
        path = f"files/{part}-{number}-{key}{PurePosixPath(value.name or '').suffix}"
        with value.open("rb") as source:
            archive.writestr(path, source.read())
        yield key, path


def _table(rows: personal.Rows) -> str:
    """The rows as CSV with a column for every key, in UTF-8 with a mark."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([harmless(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()
