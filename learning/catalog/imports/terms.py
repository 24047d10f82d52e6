"""When a term runs. The catalog names a term and a part of it, never a date."""

import datetime as dt
from typing import NamedTuple

from learning.catalog.models import Season

MONDAY = 0


class Span(NamedTuple):
    """The first and the last day of something."""

    starts: dt.date
    ends: dt.date


class Term(NamedTuple):
    """A kind of term: it begins on the first Monday on or after a day and lasts whole weeks."""

    suffix: str
    name: str
    kind: Season.Kind
    month: int
    day: int
    weeks: int


TERMS = {
    "spring": Term("sp", "Spring", Season.Kind.SEMESTER, 1, 15, 16),
    "summer": Term("su", "Summer", Season.Kind.SUMMER, 5, 15, 12),
    "fall": Term("fa", "Fall", Season.Kind.SEMESTER, 8, 22, 16),
    "winter": Term("wi", "Winter", Season.Kind.OTHER, 12, 15, 4),
}

# Weeks of the summer term, the first included, the last not. The sessions' letters are the source's:
# S1 is the first four weeks, S2 the eight that follow, in halves S2A and S2B; A and B are the halves of
# the whole. Every other part (1, SF, S18, LF, none) runs the whole term as far as the source tells.
SUMMER_PARTS = {
    "S1": (0, 4),
    "S2": (4, 12),
    "S2A": (4, 8),
    "S2B": (8, 12),
    "A": (0, 6),
    "B": (6, 12),
}


def _weeks(first_monday: dt.date, begin: int, end: int) -> Span:
    """From the Monday of week ``begin`` to the Friday of the week before ``end``."""
    return Span(
        first_monday + dt.timedelta(weeks=begin),
        first_monday + dt.timedelta(weeks=end, days=-3),
    )


def _first_monday(term: Term, year: int) -> dt.date:
    earliest = dt.date(year, term.month, term.day)
    return earliest + dt.timedelta(days=(MONDAY - earliest.weekday()) % 7)


def term_span(term: Term, year: int) -> Span:
    """The days of ``term`` in ``year``: summer runs from mid May to early August."""
    return _weeks(_first_monday(term, year), 0, term.weeks)


def part_span(term: Term, year: int, part: str) -> Span:
    """The days of a part of the term (``S2``); the whole term where the part is not known."""
    if term.suffix != "su":
        return term_span(term, year)
    begin, end = SUMMER_PARTS.get(part, (0, term.weeks))
    return _weeks(_first_monday(term, year), begin, end)
