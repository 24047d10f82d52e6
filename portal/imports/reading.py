"""Files as rows of texts, read in bounded memory; a hostile or broken file ends in ``BadFile``."""

import codecs
import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from portal.imports.errors import BadFile
from portal.imports.registry import Column, Table, plain
from portal.tables import without_guard

WHAT_IS_WRONG = "what_is_wrong"
"""The column that files of errors carry; it is left out when such a file comes back."""

MAX_COLUMNS = 100
MAX_LINE = 256 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_RATIO = 150
MAX_MEMBERS = 2_000
CHUNK = 64 * 1024
DELIMITERS = ",;\t|"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"
_OPENPYXL_ERRORS = (
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
)


@dataclass(frozen=True)
class Heading:
    """The columns of a table as the file has them: its texts, and each one's declared column."""

    names: list[str]
    columns: list[Column | None]


Rows = Generator[tuple[int, list[str]], None, None]


def check_upload(file: IO[bytes], name: str, *, archive: bool) -> None:
    """Refuse at once what no worker needs to look at: endings, sizes and contents that do not fit."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    if size == 0:
        raise BadFile(_("The file is empty."))
    if size > settings.IMPORT_MAX_BYTES:
        megabytes = settings.IMPORT_MAX_BYTES // 1024**2
        raise BadFile(_("The file is larger than %(megabytes)d MB.") % {"megabytes": megabytes})
    ending = PurePath(name).suffix.lower()
    allowed = {".zip"} if archive else {".csv", ".xlsx"}
    if ending == ".xls" or head == OLD_EXCEL:
        raise BadFile(_("This is an old Excel file. Save it as .xlsx or .csv."))
    if ending not in allowed:
        raise BadFile(
            _("Bring a file that ends in %(endings)s.") % {"endings": " / ".join(sorted(allowed))}
        )
    if (head == ZIP) != (ending in {".xlsx", ".zip"}):
        raise BadFile(_("What is in the file does not fit its ending."))


@contextmanager
def opened(
    file: IO[bytes], name: str, tables: Sequence[Table], *, archive: bool
) -> Iterator[list[tuple[Table, Heading, Rows]]]:
    """The tables of a file, each with its heading and its rows (line number and texts).

    Reading is lazy: rows must be taken while it is open, table after table. Raises ``BadFile`` here or
    while rows are taken.
    """
    check_upload(file, name, archive=archive)
    if archive:
        with _unzipped(file) as members:
            yield list(_of_archive(members, tables))
        return
    [table] = tables
    xlsx = PurePath(name).suffix.lower() == ".xlsx"
    rows = _xlsx_rows(file) if xlsx else _csv_rows(file, table)
    try:
        yield [(table, *_with_heading(rows, table))]
    finally:
        rows.close()


def _with_heading(rows: Rows, table: Table) -> tuple[Heading, Rows]:
    first = next(rows, None)
    if first is None:
        raise BadFile(_("The file holds no rows."))
    heading = heading_of(first[1], table)
    return heading, _cut(rows, heading)


def heading_of(cells: Sequence[str], table: Table) -> Heading:
    """Which column is which; raises ``BadFile`` for unknown, missing and doubled ones."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise BadFile(_("The file has more than %(count)d columns.") % {"count": MAX_COLUMNS})
    columns: list[Column | None] = []
    for name in names:
        column = table.column(name)
        if column is None and plain(name) != plain(WHAT_IS_WRONG) and not table.ignores_unknown:
            known = ", ".join(known.name for known in table.columns)
            raise BadFile(
                _("Unknown column “%(name)s”. Columns are: %(known)s.")
                % {"name": name[:60], "known": known}
            )
        if column is not None and column in columns:
            raise BadFile(_("The column “%(name)s” stands there twice.") % {"name": column.name})
        columns.append(column)
    missing = [c.name for c in table.columns if c.required and c not in columns]
    if missing:
        raise BadFile(_("Missing columns: %(names)s.") % {"names": ", ".join(missing)})
    return Heading(names, columns)


def _cut(rows: Rows, heading: Heading) -> Rows:
    """The rows as wide as the heading, without empty ones, and not more than are allowed."""
    width, count = len(heading.names), 0
    try:
        for number, raw in rows:
            cells = [cell.strip() for cell in raw]
            if not any(cells):
                continue
            count += 1
            if count > settings.IMPORT_MAX_ROWS:
                raise BadFile(
                    _("The file has more than %(count)d rows.")
                    % {"count": settings.IMPORT_MAX_ROWS}
                )
            if any(cells[width:]):
                raise BadFile(
                    _("Line %(line)d has more cells than there are columns.") % {"line": number}
                )
            kept = [without_guard(cell) for cell in cells[:width]]
            yield number, kept + [""] * (width - len(kept))
    finally:
        rows.close()


# --- CSV --------------------------------------------------------------------------------------------
def _csv_rows(file: IO[bytes], table: Table) -> Rows:
    """The lines of a CSV file, whatever its encoding and delimiter."""
    file.seek(0)
    encoding = encoding_of(file)
    file.seek(0)
    stream = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        delimiter = _delimiter_of(stream.readline(MAX_LINE).lstrip("\ufeff"), table)
        stream.seek(0)
        yield from _parsed(_lines(stream), delimiter)
    finally:
        stream.detach()


def encoding_of(file: IO[bytes]) -> str:
    """The encoding of a text file: by its mark, by its zeros, by its being UTF-8; else Latin.

    Raises ``BadFile`` for what is no text.
    """
    head = file.read(CHUNK)
    if head.startswith(codecs.BOM_UTF8):
        return _proven(file, head, "utf-8-sig")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _proven(file, head, "utf-16")
    if b"\0" in head:
        sample = head[: len(head) // 2 * 2]
        odd, even = sample[1::2].count(0), sample[::2].count(0)
        if max(odd, even) * 10 < len(sample):  # no twentieth of the characters: not UTF-16 either
            raise BadFile(_("The file holds null bytes: it is no text."))
        return _proven(file, head, "utf-16-le" if odd > even else "utf-16-be")
    try:
        return _proven(file, head, "utf-8")
    except BadFile:
        file.seek(len(head))
        return _proven(file, head, "cp1252", errors="replace")


def _proven(file: IO[bytes], head: bytes, encoding: str, errors: str = "strict") -> str:
    """``encoding`` if all of the file can be read by it, in pieces."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    piece = head
    try:
        while piece:
            if "\0" in decoder.decode(piece):
                raise BadFile(_("The file holds null bytes: it is no text."))
            piece = file.read(CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadFile(_("The file is not text in UTF-8, UTF-16 or a Latin encoding.")) from None
    return "latin-1" if encoding == "cp1252" and errors == "replace" and _odd(file) else encoding


def _odd(file: IO[bytes]) -> bool:
    """Whether a file uses the five bytes that Windows' Latin leaves open."""
    file.seek(0)
    while piece := file.read(CHUNK):
        if any(byte in piece for byte in b"\x81\x8d\x8f\x90\x9d"):
            return True
    return False


def _delimiter_of(line: str, table: Table) -> str:
    """The delimiter by which the first line names the most known columns."""

    def known(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            return (0, 0)
        return sum(table.column(cell) is not None for cell in cells), len(cells)

    return max(DELIMITERS, key=known)


def _lines(stream: io.TextIOWrapper) -> Iterator[str]:
    while line := stream.readline(MAX_LINE):
        if len(line) >= MAX_LINE:
            raise BadFile(_("A line of the file is too long."))
        yield line


def _parsed(lines: Iterable[str], delimiter: str) -> Rows:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    first = True
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadFile(
                _("Line %(line)d cannot be read: %(error)s.") % {"line": number, "error": error}
            ) from None
        if first and cells:
            cells[0] = cells[0].removeprefix("\ufeff")
            first = False
        _check_width(cells, number)
        yield number, cells


def _check_width(cells: Sequence[str], number: int) -> None:
    if len(cells) > MAX_COLUMNS * 2:
        raise BadFile(_("The file has more than %(count)d columns.") % {"count": MAX_COLUMNS})
    if any(len(cell) > MAX_LINE // 4 for cell in cells):
        raise BadFile(_("Line %(line)d has a cell that is too long.") % {"line": number})


# --- XLSX -------------------------------------------------------------------------------------------
def _xlsx_rows(file: IO[bytes]) -> Rows:
    """The rows of the first sheet, as the texts that a CSV of it would hold."""
    with _unzipped(file):  # only for its checks
        pass
    file.seek(0)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except _OPENPYXL_ERRORS as error:
        raise _no_workbook(error) from None
    try:
        if not book.worksheets:
            raise BadFile(_("The file holds no sheet."))
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size may be a lie
        rows = sheet.iter_rows(values_only=True)
        number = blank = 0
        while True:
            try:
                values = next(rows)
            except StopIteration:
                return
            except _OPENPYXL_ERRORS as error:
                raise _no_workbook(error) from None
            number += 1
            cells = [_cell_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            blank = 0 if cells else blank + 1
            if blank > settings.IMPORT_MAX_ROWS:
                raise BadFile(_("The sheet has too many empty rows."))
            _check_width(cells, number)
            if cells:
                yield number, cells
    finally:
        book.close()


def _no_workbook(error: Exception) -> BadFile:
    # (openpyxl hides what defusedxml refused behind an error of its own.)
    if isinstance(error, DefusedXmlException) or isinstance(error.__cause__, DefusedXmlException):
        return BadFile(_("The file declares entities of its own, which is not allowed."))
    return BadFile(_("The file is no readable Excel workbook."))


def _cell_text(value: Any) -> str:
    """What a cell of a sheet says, as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).replace("\0", "").replace("_x000D_", "")


# --- archives ---------------------------------------------------------------------------------------
@contextmanager
def _unzipped(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """A zip archive whose declared contents are of a size that a portal has use for."""
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        raise BadFile(_("The file is damaged: it cannot be unpacked.")) from None
    with archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        packed = sum(member.compress_size for member in members)
        if len(members) > MAX_MEMBERS:
            raise BadFile(_("The file holds too many parts."))
        if unpacked > MAX_UNPACKED or (unpacked > 2**20 and unpacked > MAX_RATIO * max(packed, 1)):
            raise BadFile(_("The file unpacks to far more than it should."))
        if any(member.flag_bits & 1 for member in members):
            raise BadFile(_("The file is encrypted."))
        yield archive


def _of_archive(
    archive: zipfile.ZipFile, tables: Sequence[Table]
) -> Iterator[tuple[Table, Heading, Rows]]:
    """The declared tables that are in the archive, in the order of their declaration."""
    found: dict[str, list[str]] = {}
    for member in archive.namelist():  # (only ever read by this name; nothing is written to a disk)
        found.setdefault(PurePath(member).name.lower(), []).append(member)
    for table in tables:
        names = found.get(f"{table.name.lower()}.csv", [])
        if len(names) > 1:
            raise BadFile(_("The archive holds %(name)s twice.") % {"name": f"{table.name}.csv"})
        name = next(iter(names), None)
        if name is None:
            if table.required:
                raise BadFile(_("The archive holds no %(name)s.") % {"name": f"{table.name}.csv"})
            continue
        rows = _member_rows(archive, name, table)
        try:
            heading, cut = _with_heading(rows, table)
        except BadFile as error:
            raise BadFile(f"{table.name}.csv: {error}") from None
        yield table, heading, _named(cut, table)


def _named(rows: Rows, table: Table) -> Rows:
    try:
        yield from rows
    except BadFile as error:
        raise BadFile(f"{table.name}.csv: {error}") from None


def _member_rows(archive: zipfile.ZipFile, name: str, table: Table) -> Rows:
    opening: Callable[[], IO[bytes]] = lambda: archive.open(name)  # noqa: E731
    try:
        with opening() as member:
            encoding = encoding_of(member)
        with opening() as member, io.TextIOWrapper(member, encoding, newline="") as stream:
            delimiter = _delimiter_of(stream.readline(MAX_LINE).lstrip("\ufeff"), table)
        with opening() as member, io.TextIOWrapper(member, encoding, newline="") as stream:
            yield from _parsed(_lines(stream), delimiter)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise BadFile(_("The file is damaged: it cannot be unpacked.")) from None
