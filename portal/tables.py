"""Tables that leave the portal, as CSV and XLSX, harmless to spreadsheets."""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def harmless(cell: Any) -> str:
    """A cell that no spreadsheet takes for a formula: what begins like one gets a quote before it."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def without_guard(text: str) -> str:
    """A cell without the quote that ``harmless`` put before it: for files that come back."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def csv_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A CSV file to download (UTF-8 with a mark, so that spreadsheets read every script)."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow([str(cell) for cell in header])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return response


class _Line:
    """What a CSV writer writes to: hands the line back."""

    def write(self, line: str) -> bytes:
        return line.encode()


def csv_stream(
    name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """As ``csv_response``, line by line: for tables of any length."""

    def lines() -> Iterator[bytes]:
        writer = csv.writer(_Line())
        yield "\ufeff".encode()
        yield writer.writerow([str(cell) for cell in header])
        for row in rows:
            yield writer.writerow([harmless(cell) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_response(
    name: str,
    header: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    more_sheets: Iterable[tuple[str, Iterable[Sequence[Any]]]] = (),
) -> FileResponse:
    """An Excel workbook to download, written row by row to a file of its own; all cells are texts."""
    book = Workbook(write_only=True)
    _fill(book.create_sheet("1"), header, rows)
    for title, lines in more_sheets:
        _fill(book.create_sheet(title), (), lines)
    output = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    book.save(output)
    output.seek(0)
    return FileResponse(output, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _fill(sheet: Any, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    def cells(row: Sequence[Any]) -> Iterator[WriteOnlyCell]:
        for value in row:
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", harmless(value)))
            cell.data_type = "s"
            yield cell

    if header:
        sheet.append(list(cells([str(cell) for cell in header])))
    for row in rows:
        sheet.append(list(cells(row)))
