"""A report as a file."""

from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.reports.queries import Table
from portal.reports.registry import Kind
from portal.tables import csv_stream, xlsx_response

FORMATS = ("csv", "xlsx")


def download(table: Table, form: str) -> StreamingHttpResponse | FileResponse:
    """All lines and the last one, as CSV or XLSX."""
    period = table.period
    name = f"{table.report.name}-{period.since.isoformat()}-{period.until.isoformat()}"
    header = [column.label for column in table.report.columns]
    kinds = [column.kind for column in table.report.columns]
    rows = [
        [_plain(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in table.cells()
    ]
    if table.totals:
        last = [_plain(cell, kind) for cell, kind in zip(table.last_line(), kinds, strict=True)]
        rows.append([_("Total") if not last[0] else last[0], *last[1:]])
    return (csv_stream if form == "csv" else xlsx_response)(name, header, rows)


def _plain(cell: Any, kind: Kind) -> Any:
    if cell is None:
        return ""
    if kind == Kind.MOMENT:
        return timezone.localtime(cell).isoformat(timespec="minutes")
    return cell
