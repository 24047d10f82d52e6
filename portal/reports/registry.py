"""Reports: what an app counts over a period, declared once and used by the admin, the site and the API.

An app's ``reports.py`` registers its own. A report reads what its reader may see and nothing else: an
organizer their clubs' share, an institution's admin that institution's.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.days import midnight
from portal.reports.errors import NoSuchReport

Row = Mapping[str, Any]


class Kind(StrEnum):
    """What stands in a column, and so how it is written."""

    TEXT = "text"
    NUMBER = "number"
    HOURS = "hours"
    PERCENT = "percent"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    """One column. ``adds``: the last line holds its sum.

    A percentage is never given: it is ``part`` of ``whole``, two other columns, in each line and in
    the last one (0 to 100 with one decimal; None where the whole is nothing).
    """

    name: str
    label: Any
    kind: Kind = Kind.NUMBER
    adds: bool = False
    share_of: tuple[str, str] | None = None


@dataclass(frozen=True)
class Chart:
    """What is drawn: bars (or a line over time) of ``values`` for each ``label``, two columns' names."""

    label: str
    values: tuple[str, ...]
    kind: str = "bar"


@dataclass(frozen=True)
class Period:
    """Whole days of the portal's timezone, both included."""

    since: dt.date
    until: dt.date

    @property
    def begins(self) -> dt.datetime:
        """The first moment."""
        return midnight(self.since)

    @property
    def ends(self) -> dt.datetime:
        """The first moment after it."""
        return midnight(self.until + dt.timedelta(days=1))


Reader = Callable[[Any, Period], Sequence[Row]]
"""Lines of a report in order, for who reads it and over which period; a fixed number of queries."""


@dataclass(frozen=True)
class Report:
    """One report. Whoever holds ``permission`` (of ``rules``, without an object) may read it."""

    name: str
    title: Any
    about: Any
    permission: str
    columns: tuple[Column, ...]
    read: Reader
    chart: Chart


_REPORTS: dict[str, Report] = {}


def register(report: Report) -> None:
    """Offer ``report``; its name is its address and must be new."""
    if report.name in _REPORTS:
        raise ValueError(f"There is a report {report.name!r} already.")
    _REPORTS[report.name] = report


def reports_for(user: Any) -> list[Report]:
    """The reports that ``user`` may read, by title."""
    found = [one for one in _REPORTS.values() if user.has_perm(one.permission)]
    return sorted(found, key=lambda one: str(one.title))


def report_for(user: Any, name: str) -> Report:
    """The report called ``name``; raises NoSuchReport where there is none for ``user``."""
    report = _REPORTS.get(name)
    if report is None or not user.has_perm(report.permission):
        raise NoSuchReport
    return report
