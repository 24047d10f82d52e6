"""Rooms that two sections want at one time (L1): the later one is taken in without the hall."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from learning.catalog.imports.report import ImportReport, Issue
from learning.catalog.imports.rows import Catalog, MeetingRow
from learning.catalog.imports.terms import Span


class Use(NamedTuple):
    """A section's claim to a hall for one weekly hour."""

    section: str
    meeting: MeetingRow
    span: Span


def overlap(one: Use, other: Use) -> bool:
    """Whether two claims to one hall meet in weekday, hour and dates."""
    return (
        one.meeting.weekday == other.meeting.weekday
        and one.meeting.starts < other.meeting.ends
        and other.meeting.starts < one.meeting.ends
        and one.span.starts <= other.span.ends
        and other.span.starts <= one.span.ends
    )


@dataclass
class Halls:
    """Who has which hall when."""

    uses: dict[tuple[str, str], list[Use]] = field(default_factory=lambda: defaultdict(list))

    def put(self, hall: tuple[str, str], use: Use) -> list[Use]:
        """Note a claim; answers those of other sections that it meets, in the order they were put."""
        met = [
            other
            for other in self.uses[hall]
            if other.section != use.section and overlap(use, other)
        ]
        self.uses[hall].append(use)
        return met


def settle_rooms(catalog: Catalog, report: ImportReport) -> None:
    """Find the clashes in the file. A line that meets an earlier line in a room loses the hall.

    A line loses only against one that keeps its hall; all pairs that meet are reported.
    """
    halls = Halls()
    claims = sorted(
        (
            (meeting, section)
            for section in catalog.sections
            if not section.values["is_cancelled"]
            for meeting in section.meetings.values()
            if meeting.hall
        ),
        key=lambda claim: (claim[0].line, claim[0].weekday),
    )
    pairs: dict[tuple[int, int], str] = {}
    losers: set[int] = set()
    for meeting, section in claims:
        hall = meeting.hall
        if hall is None:
            continue
        for other in halls.put(hall, Use(section.number, meeting, section.span)):
            pairs[meeting.line, other.meeting.line] = other.section
            if other.meeting.line not in losers:
                losers.add(meeting.line)
                section.without_hall.add(meeting.line)
    for (line, other_line), other_section in sorted(pairs.items()):
        report.clashes.append(
            Issue(
                line,
                _("the room is taken by section %(section)s (line %(line)d)%(left)s")
                % {
                    "section": other_section,
                    "line": other_line,
                    "left": "" if line not in losers else _("; taken in without the hall"),
                },
            )
        )
