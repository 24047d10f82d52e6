"""Importers: what an app takes from files, declared once and used by the admin, the API and commands."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _

from portal.imports.errors import BadCell, NoSuchImporter

MAX_CELL = 2_000
"""Characters of one cell, where its column says no other number."""

Parser = Callable[[str], Any]


@dataclass(frozen=True)
class Column:
    """One column: its name in the file, and how a cell is read.

    ``parse`` gets the text without blanks around it, never an empty one, and gives the value or raises
    ``BadCell``. ``aliases`` are other names that are understood. What is ``unique`` stands in one row
    of the file only. An empty cell leaves what is stored as it is.
    """

    name: str
    label: Any
    help: Any = ""
    example: str = ""
    required: bool = False
    unique: bool = False
    parse: Parser = str
    max_length: int = MAX_CELL
    aliases: tuple[str, ...] = ()


@dataclass
class Row:
    """One row on its way: texts as they stood, values as they were read, and what it would do.

    ``plan`` sets ``outcome`` (``create``, ``change``, ``same``), ``label`` (how the row is called in
    lists), and ``before`` and ``after`` (JSON, the changed fields only). ``target`` is the importer's
    own: what it found stored, kept from ``plan`` to ``apply`` of the same batch.
    """

    table: str
    number: int
    cells: list[str]
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)
    label: str = ""
    outcome: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    target: Any = None

    def wrong(self, column: str, message: Any) -> None:
        """Say what is wrong with one cell (or, with an empty ``column``, with the row)."""
        self.errors.append({"column": column, "message": str(message)})


@dataclass
class Run:
    """What holds for one pass over a file.

    ``locks`` tells that the pass writes: ``plan`` then reads what it will change with a lock. ``facts``
    is the importer's own memory of the pass; it must stay small. ``import_id`` names the import, whose
    stored rows an importer may read where it has to lock in one order before the first batch.
    ``subject`` is the id of what the rows are about, for kinds that have such.
    """

    actor: Any
    import_id: UUID | None = None
    locks: bool = False
    subject: UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    seen: dict[tuple[str, str], dict[Any, int]] = field(default_factory=dict)
    results: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, number: int = 1) -> None:
        """Add to what the result tells."""
        if number:
            self.results[name] = self.results.get(name, 0) + number


@dataclass(frozen=True)
class Table:
    """One table of a file: a single CSV or sheet (empty name), or one of an archive."""

    columns: tuple[Column, ...]
    name: str = ""
    required: bool = True
    ignores_unknown: bool = False

    def column(self, name: str) -> Column | None:
        """The column that a heading names, however it is written (``E-Mail``, ``full name``)."""
        wanted = plain(name)
        for column in self.columns:
            if wanted in {plain(known) for known in (column.name, *column.aliases)}:
                return column
        return None


class Importer:
    """One kind of import. An app subclasses it, and registers one instance in its ``importers.py``.

    For each batch the engine calls ``check`` (what the columns' parsers cannot see), then ``plan``
    for the rows without errors, then, when it is applied, ``apply`` for those that create or change;
    all three may use the database a fixed number of times for a batch, never for a row. ``apply``
    runs in the one transaction of the whole file and writes the log. What ``plan`` finds at that
    moment must be what the preview showed, else nothing is written.
    """

    kind: ClassVar[str]
    label: ClassVar[Any]
    help: ClassVar[Any] = ""
    icon: ClassVar[str] = "upload"
    permission: ClassVar[str]
    tables: ClassVar[tuple[Table, ...]]
    archive: ClassVar[bool] = False
    has_subject: ClassVar[bool] = False
    """Its rows are about one thing, which whoever brings them names: it has an address of its own, and is
    not offered where files of any kind are brought."""

    def may_use(self, user: Any) -> bool:
        """Whether ``user`` may bring such files."""
        return bool(user.is_active and user.has_perm(self.permission))

    def oversees(self, user: Any) -> bool:
        """Whether ``user`` sees everybody's imports of this kind, not only their own."""
        return bool(user.is_superuser)

    def start(self, run: Run) -> None:
        """Before the first batch of a pass: read what all rows need."""

    def check(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Say what is wrong with rows, by ``row.wrong(column, sentence)``."""

    def plan(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Set what each row would do; may still say that it is wrong."""
        raise NotImplementedError

    def apply(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Write rows that create or change; counts by ``run.count``."""
        raise NotImplementedError

    def finish(self, run: Run) -> None:
        """After the last batch was applied, in the same transaction."""


_importers: dict[str, Importer] = {}


def register(importer: Importer) -> Importer:
    """Add a kind of import; a name can be registered once."""
    known = _importers.setdefault(importer.kind, importer)
    if type(known) is not type(importer):
        raise ValueError(f"The importer {importer.kind} is registered twice.")
    return known


def importers() -> list[Importer]:
    """All, in the order of their registration."""
    return list(_importers.values())


def importer_of(kind: str) -> Importer:
    """The importer of a kind; raises ``NoSuchImporter``."""
    try:
        return _importers[kind]
    except KeyError:
        raise NoSuchImporter from None


def importers_for(user: Any) -> list[Importer]:
    """Those that ``user`` may use."""
    if not getattr(user, "is_authenticated", False):
        return []
    return [importer for importer in _importers.values() if importer.may_use(user)]


def importers_at_large_for(user: Any) -> list[Importer]:
    """Those of them whose files can be brought anywhere: what is about one thing is brought there."""
    return [importer for importer in importers_for(user) if not importer.has_subject]


def plain(name: str) -> str:
    """A heading as it is compared: letters and digits alone, in lower case."""
    return "".join(char for char in name.casefold() if char.isalnum())


# --- parsers that many importers use ----------------------------------------------------------------
def text(max_length: int) -> Parser:
    """Words, blanks inside brought to one."""

    def parse(cell: str) -> str:
        value = " ".join(cell.split())
        if len(value) > max_length:
            raise BadCell(_("At most %(count)d characters.") % {"count": max_length})
        return value

    return parse


def whole_number(least: int, most: int) -> Parser:
    """A whole number from ``least`` to ``most``."""

    def parse(cell: str) -> int:
        digits = cell.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
            raise BadCell(_("Enter a whole number."))
        value = int(cell)
        if not least <= value <= most:
            raise BadCell(
                _("Enter a number from %(least)d to %(most)d.") % {"least": least, "most": most}
            )
        return value

    return parse


def one_of(choices: Iterable[str]) -> Parser:
    """One of some words, in any case."""
    known = {choice.casefold(): choice for choice in choices}

    def parse(cell: str) -> str:
        try:
            return known[cell.casefold()]
        except KeyError:
            raise BadCell(
                _("Enter one of: %(choices)s.") % {"choices": ", ".join(known.values())}
            ) from None

    return parse


def some_of(choices: Iterable[str]) -> Parser:
    """Words of a list, parted by commas, semicolons or bars."""
    one = one_of(choices)

    def parse(cell: str) -> tuple[str, ...]:
        words = [w.strip() for w in cell.replace(";", ",").replace("|", ",").split(",")]
        return tuple(sorted({one(word) for word in words if word}))

    return parse


def date(cell: str) -> dt.date:
    """A day as ``2009-05-31``."""
    try:
        return dt.date.fromisoformat(cell[:10] if cell[10:] in {"", "T00:00:00"} else cell)
    except ValueError:
        raise BadCell(_("Enter a date as 2009-05-31.")) from None
