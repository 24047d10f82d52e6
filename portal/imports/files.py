"""What is handed out: a template for each kind, and a file's rows with what is wrong in them."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence

from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from portal.imports.engine import BATCH
from portal.imports.models import Import, ImportRow
from portal.imports.reading import WHAT_IS_WRONG
from portal.imports.registry import Importer, importer_of
from portal.tables import csv_stream, harmless, xlsx_response

FORMATS = ("csv", "xlsx")
ARCHIVE = "zip"


def template(importer: Importer, form: str) -> HttpResponseBase:
    """An empty file with the headings; as a workbook also with a sheet that explains them.

    There are no example rows under the heading: a file that is brought back as it was imports nobody.
    """
    [table] = importer.tables
    header = [column.name for column in table.columns]
    if form == "csv":
        return csv_stream(importer.kind, header, [])
    explained = [[_("Column"), _("Required"), _("Meaning"), _("Example")]] + [
        [c.name, _("yes") if c.required else "", f"{c.label}. {c.help}".strip(), c.example]
        for c in table.columns
    ]
    return xlsx_response(importer.kind, header, [], more_sheets=[(_("Help"), explained)])


def formats_of_errors(importer: Importer) -> tuple[str, ...]:
    """The forms in which what is wrong is handed out; of an archive first as one that can come back."""
    return (ARCHIVE, *FORMATS) if importer.archive else FORMATS


def rows_with_errors(owner: Import, form: str, *, only_wrong: bool = False) -> HttpResponseBase:
    """The rows of an import as they stood, and in a last column what is wrong.

    Corrected, the file can be brought back as it is: that column is left out then. Of an archive that is
    its ``zip``; as one table its rows stand beneath each other, with the file and line of each.
    """
    importer = importer_of(owner.kind)
    if form == ARCHIVE:
        return _archive_with_errors(owner, importer)
    several = len(importer.tables) > 1
    name = f"{owner.kind}-errors"
    if several:
        header: list[str] = [_("File"), _("Line"), WHAT_IS_WRONG, _("Cells")]
        rows: Iterator[Sequence[str]] = (
            [row.table, str(row.number), sentence(row), *row.cells]
            for row in _rows(owner, only_wrong)
        )
    else:
        names = owner.headings.get(importer.tables[0].name, [])
        kept = [i for i, heading in enumerate(names) if heading != WHAT_IS_WRONG]
        header = [*(names[i] for i in kept), WHAT_IS_WRONG]
        rows = ([*(row.cells[i] for i in kept), sentence(row)] for row in _rows(owner, only_wrong))
    return csv_stream(name, header, rows) if form == "csv" else xlsx_response(name, header, rows)


def _archive_with_errors(owner: Import, importer: Importer) -> FileResponse:
    """Every table of the archive, all its rows, written one after the other to a file of its own."""
    output = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in importer.tables:
            names = owner.headings.get(table.name)
            if names is None:
                continue
            kept = [i for i, heading in enumerate(names) if heading != WHAT_IS_WRONG]
            with (
                archive.open(f"{table.name}.csv", "w", force_zip64=True) as member,
                io.TextIOWrapper(member, "utf-8", newline="") as text,
            ):
                writer = csv.writer(text)
                writer.writerow([*(names[i] for i in kept), WHAT_IS_WRONG])
                for row in _rows(owner, only_wrong=False, table=table.name):
                    cells = [*(row.cells[i] for i in kept), sentence(row)]
                    writer.writerow([harmless(cell) for cell in cells])
    output.seek(0)
    return FileResponse(
        output,
        as_attachment=True,
        filename=f"{owner.kind}-errors.zip",
        content_type="application/zip",
    )


def sentence(row: ImportRow) -> str:
    """All that is wrong with a row, in one cell."""
    return "; ".join(
        f"{error['column']}: {error['message']}" if error["column"] else error["message"]
        for error in row.errors
    )


def _rows(owner: Import, only_wrong: bool, table: str | None = None) -> Iterator[ImportRow]:
    """In the order of the file (or of one of its tables), ``BATCH`` at a time."""
    rows = ImportRow.objects.filter(owner=owner).order_by("position")
    if table is not None:
        rows = rows.filter(table=table)
    if only_wrong:
        rows = rows.filter(outcome=ImportRow.Outcome.WRONG)
    after = -1
    while batch := list(rows.filter(position__gt=after)[:BATCH]):
        yield from batch
        after = batch[-1].position


def original(owner: Import) -> FileResponse:
    """The file as it was brought, always to download; 404 once it was removed."""
    if not owner.file:
        raise Http404
    return FileResponse(
        owner.file.open("rb"),
        as_attachment=True,
        filename=owner.file_name,
        content_type="application/octet-stream",
    )
