"""A report as it is shown: its lines with what follows from them, and the last line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.reports.errors import TooManyLines
from portal.reports.registry import Column, Kind, Period, Report

MOST = 5_000
"""Lines of one report."""
DRAWN = 20
"""Of these, what a chart draws: the largest."""


@dataclass(frozen=True)
class Table:
    """The lines of a report over a period; ``totals`` is empty where there are none."""

    report: Report
    period: Period
    rows: list[dict[str, Any]]
    totals: dict[str, Any]

    def cells(self) -> Iterator[list[Any]]:
        """The lines as lists, in the order of the columns."""
        for row in self.rows:
            yield [row[column.name] for column in self.report.columns]

    def last_line(self) -> list[Any]:
        """The totals in the order of the columns, None where a column adds nothing."""
        return [self.totals.get(column.name) for column in self.report.columns]

    def drawn(self) -> dict[str, Any]:
        """What the chart shows: labels and series of numbers."""
        chart = self.report.chart
        rows = self.rows
        if chart.kind == "bar" and len(rows) > DRAWN:
            largest = sorted(rows, key=lambda row: -(row[chart.values[0]] or 0))[:DRAWN]
            kept = {id(row) for row in largest}
            rows = [row for row in rows if id(row) in kept]
        labels = {column.name: str(column.label) for column in self.report.columns}
        return {
            "kind": chart.kind,
            "labels": [str(row[chart.label]) for row in rows],
            "series": [
                {"label": labels[name], "values": [row[name] for row in rows]}
                for name in chart.values
            ],
            "left_out": len(self.rows) - len(rows),
        }


def table_of(report: Report, *, user: Any, period: Period) -> Table:
    """Read ``report`` for ``user``. Raises TooManyLines."""
    found = report.read(user, period)
    if len(found) > MOST:
        raise TooManyLines
    rows = [_whole(report.columns, dict(row)) for row in found]
    totals: dict[str, Any] = {}
    if rows:
        added = {c.name: sum(row[c.name] or 0 for row in rows) for c in report.columns if c.adds}
        totals = _whole(report.columns, added)
    return Table(report, period, rows, totals)


def _whole(columns: tuple[Column, ...], row: dict[str, Any]) -> dict[str, Any]:
    for column in columns:
        if column.share_of is not None:
            part, whole = (row.get(name) for name in column.share_of)
            known = part is not None and whole
            row[column.name] = round(100 * float(part) / float(whole), 1) if known else None  # type: ignore[arg-type]
        elif column.kind == Kind.HOURS and row.get(column.name) is not None:
            row[column.name] = round(float(row[column.name]), 1)
    return row
