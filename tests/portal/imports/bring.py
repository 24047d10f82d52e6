"""Files made in tests, and the passes over them run here instead of by a worker."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook

from portal.imports import engine, services
from portal.imports.models import Import


def csv_bytes(*lines: str, encoding: str = "utf-8") -> bytes:
    """A CSV file of these lines."""
    return "".join(f"{line}\r\n" for line in lines).encode(encoding)


def xlsx_bytes(rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook with these rows on its first sheet."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def brought(
    kind: str, content: bytes, actor: Any, name: str = "people.csv", subject: Any = None
) -> Import:
    """An import that was checked."""
    owner = services.upload(
        kind=kind, file=io.BytesIO(content), name=name, actor=actor, subject=subject
    )
    engine.check(owner.pk)
    owner.refresh_from_db()
    return owner


def applied(owner: Import, actor: Any) -> Import:
    """An import that was applied, as far as it could be."""
    services.apply(owner=owner, actor=actor)
    engine.apply(owner.pk)
    owner.refresh_from_db()
    return owner
