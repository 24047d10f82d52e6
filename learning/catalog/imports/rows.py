"""Reading the file: rows become courses, sections and meetings; bad ones are listed with their line."""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from learning.catalog.imports.report import ImportReport, Issue
from learning.catalog.imports.terms import TERMS, Span, Term, part_span
from learning.catalog.imports.text import (
    clean,
    credit_range,
    degree_attributes,
    hard_prerequisites,
    split_description,
)
from learning.catalog.models import Section, Weekday
from portal.errors import InvalidInput

REQUIRED_COLUMNS = frozenset(
    {
        "Year", "Term", "Subject", "Number", "Name", "Description", "Credit Hours", "Section Info",
        "Degree Attributes", "Schedule Information", "CRN", "Section", "Part of Term",
        "Section Title", "Section Credit Hours", "Section Status", "Type", "Start Time", "End Time",
        "Days of Week", "Room", "Building", "Instructors",
    }
)  # fmt: skip
DAYS = {
    "S": Weekday.SATURDAY,
    "U": Weekday.SUNDAY,
    "M": Weekday.MONDAY,
    "T": Weekday.TUESDAY,
    "W": Weekday.WEDNESDAY,
    "R": Weekday.THURSDAY,
    "F": Weekday.FRIDAY,
}
ARRANGED = "ARRANGED"
NO_ROOM = frozenset({"", "ARR"})
CANCELLED = "C"
LONGEST = {"Name": 200, "Section Title": 200, "CRN": 20, "Section": 20, "Room": 40, "Building": 190}


class BadRow(ValueError):
    """A row that cannot be taken in; its text is the reason."""


@dataclass(frozen=True)
class MeetingRow:
    """One weekly hour as the source says it."""

    weekday: int
    starts: dt.time
    ends: dt.time
    building: str
    room: str
    line: int

    @property
    def hall(self) -> tuple[str, str] | None:
        """Building and room, where the source names both."""
        return None if self.room in NO_ROOM or not self.building else (self.building, self.room)


@dataclass
class CourseRow:
    """A course as the source says it."""

    code: str
    department: str
    values: dict[str, Any]
    category: str
    tags: list[str]
    prerequisites: list[str] = field(default_factory=list)

    def snapshot(self) -> dict[str, Any]:
        """What is kept to see, next time, what the source changed."""
        return {
            **{name: _plain(value) for name, value in self.values.items()},
            "department": self.department,
            "category": self.category,
            "tags": self.tags,
            "prerequisites": self.prerequisites,
        }


@dataclass
class SectionRow:
    """A section as the source says it, from all its rows."""

    number: str
    course: str
    department: str
    span: Span
    values: dict[str, Any]
    kinds: list[str] = field(default_factory=list)
    instructors: list[str] = field(default_factory=list)
    meetings: dict[tuple[int, dt.time, dt.time], MeetingRow] = field(default_factory=dict)
    without_hall: set[int] = field(default_factory=set)

    def finish(self) -> None:
        """Work out what depends on all the rows."""
        online = [kind for kind in self.kinds if kind.startswith("Online")]
        if not online:
            delivery = Section.Delivery.IN_PERSON
        elif len(online) == len(self.kinds):
            delivery = Section.Delivery.ONLINE
        else:
            delivery = Section.Delivery.HYBRID
        self.values["kind"] = " / ".join(self.kinds)[:60]
        self.values["delivery"] = delivery.value
        if self.meetings:
            self.values["place"] = ""

    def snapshot(self) -> dict[str, Any]:
        """What is kept to see, next time, what the source changed."""
        return {
            **{name: _plain(value) for name, value in self.values.items()},
            "course": self.course,
            "instructors": self.instructors,
            "meetings": [
                [
                    m.weekday,
                    f"{m.starts:%H:%M}",
                    f"{m.ends:%H:%M}",
                    m.building,
                    m.room,
                    m.line not in self.without_hall,
                ]
                for m in self.meetings.values()
            ],
        }


@dataclass
class SeasonRow:
    """One term of the file with its sections by registration number."""

    code: str
    year: int
    term: Term
    sections: dict[str, SectionRow] = field(default_factory=dict)


@dataclass
class Catalog:
    """All that a file says."""

    courses: dict[str, CourseRow] = field(default_factory=dict)
    seasons: dict[str, SeasonRow] = field(default_factory=dict)

    @property
    def sections(self) -> Iterator[SectionRow]:
        """The sections of every term, in the order of the file."""
        for season in self.seasons.values():
            yield from season.sections.values()


def _plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    return value if value is None or isinstance(value, bool | int) else str(value)


def _time(text: str) -> dt.time:
    try:
        return dt.datetime.strptime(text, "%I:%M %p").time()
    except ValueError:
        raise BadRow(_("time '%(text)s' is not understood") % {"text": text}) from None


def _meetings(row: dict[str, str], line: int, report: ImportReport) -> list[MeetingRow]:
    """The weekly hours of one row; none where times are arranged."""
    start, days = row["Start Time"], row["Days of Week"]
    unknown = set(days) - set(DAYS)
    if unknown:
        raise BadRow(_("unknown weekday '%(days)s'") % {"days": "".join(sorted(unknown))})
    if start in ("", ARRANGED):
        return []
    starts, ends = _time(start), _time(row["End Time"])
    if ends <= starts:
        raise BadRow(_("the meeting ends before it starts"))
    if not days:
        report.notices.append(Issue(line, _("times without a weekday; taken in without a meeting")))
    return [
        MeetingRow(DAYS[day].value, starts, ends, row["Building"], row["Room"], line)
        for day in dict.fromkeys(days)
    ]


def _season(catalog: Catalog, row: dict[str, str], year: int | None) -> SeasonRow:
    term = TERMS.get(row["Term"].lower())
    if term is None:
        raise BadRow(_("unknown term '%(term)s'") % {"term": row["Term"]})
    if not row["Year"].isdecimal() or not 1900 <= int(row["Year"]) <= 2200:
        raise BadRow(_("year '%(year)s' is not a year") % {"year": row["Year"]})
    held = year or int(row["Year"])
    code = f"{held}-{term.suffix}"
    return catalog.seasons.setdefault(code, SeasonRow(code, held, term))


def _course(row: dict[str, str]) -> CourseRow:
    least, most = credit_range(row["Credit Hours"])
    category, tags = degree_attributes(row["Degree Attributes"])
    about, notes, prerequisite = split_description(
        row["Description"], row["Section Info"], row["Schedule Information"]
    )
    return CourseRow(
        code=f"{row['Subject']} {row['Number']}",
        department=row["Subject"],
        category=category,
        tags=tags,
        values={
            "title": row["Name"],
            "description": about,
            "notes": notes,
            "prerequisite_text": prerequisite,
            "level": f"{row['Number'][0]}00",
            "credit_min": least,
            "credit_max": most,
        },
    )


def _take(
    catalog: Catalog, row: dict[str, str], line: int, year: int | None, report: ImportReport
) -> None:
    """Add one row; raises BadRow before anything of it is kept."""
    for column in ("Subject", "Number", "Name", "CRN"):
        if not row[column]:
            raise BadRow(_("'%(column)s' is empty") % {"column": column})
    for column, most in LONGEST.items():
        if len(row[column]) > most:
            raise BadRow(
                _("'%(column)s' is longer than %(most)d letters") % {"column": column, "most": most}
            )
    if not row["Number"][0].isdigit():
        raise BadRow(_("course number '%(number)s' is not a number") % {"number": row["Number"]})
    season = _season(catalog, row, year)
    course = _course(row)
    hours, _most = credit_range(row["Section Credit Hours"])
    meetings = _meetings(row, line, report)
    section = season.sections.get(row["CRN"])
    if section and section.course != course.code:
        raise BadRow(
            _("registration number %(number)s is already that of %(course)s")
            % {"number": row["CRN"], "course": section.course}
        )
    catalog.courses.setdefault(course.code, course)
    if section is None:
        span = part_span(season.term, season.year, row["Part of Term"])
        section = season.sections[row["CRN"]] = SectionRow(
            number=row["CRN"],
            course=course.code,
            department=row["Subject"],
            span=span,
            values={
                "code": row["Section"],
                "title": row["Section Title"],
                "credit_hours": hours,
                "place": row["Building"],
                "starts": span.starts,
                "ends": span.ends,
                "is_cancelled": row["Section Status"] == CANCELLED,
            },
        )
    _merge(section, row, meetings, report)


def _merge(
    section: SectionRow, row: dict[str, str], meetings: list[MeetingRow], report: ImportReport
) -> None:
    """Several rows of one section are its several meetings."""
    if row["Type"] and row["Type"] not in section.kinds:
        section.kinds.append(row["Type"])
    for name in row["Instructors"].split(";"):
        if name.strip() and name.strip() not in section.instructors:
            section.instructors.append(name.strip())
    section.values["title"] = section.values["title"] or row["Section Title"]
    section.values["place"] = section.values["place"] or row["Building"]
    for meeting in meetings:
        key = (meeting.weekday, meeting.starts, meeting.ends)
        known = section.meetings.setdefault(key, meeting)
        if known is not meeting and known.hall != meeting.hall:
            report.notices.append(
                Issue(
                    meeting.line,
                    _("the same hour as line %(line)d in another room; the first is kept")
                    % {"line": known.line},
                )
            )


def read_catalog(path: Path, *, year: int | None, report: ImportReport) -> Catalog:
    """Read ``path`` (CSV, UTF-8), all terms as ``year`` if one is given.

    Raises InvalidInput if it is no catalog at all: not text, or columns missing.
    """
    catalog = Catalog()
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        try:
            missing = REQUIRED_COLUMNS - set(reader.fieldnames or ())
            if missing:
                raise InvalidInput(
                    _("The file lacks these columns: %(columns)s.")
                    % {"columns": ", ".join(sorted(missing))},
                    param="file",
                )
            line = reader.line_num + 1
            for raw in reader:
                report.rows += 1
                try:
                    if raw.get(None) or None in raw.values():
                        raise BadRow(_("the row has too many or too few columns"))
                    row = {name: clean(value) for name, value in raw.items()}
                    _take(catalog, row, line, year, report)
                except ValueError as error:
                    report.bad_rows.append(Issue(line, str(error)))
                line = reader.line_num + 1
        except (UnicodeDecodeError, csv.Error) as error:
            raise InvalidInput(_("The file is not a table in UTF-8."), param="file") from error
    for section in catalog.sections:
        section.finish()
    report.courses = len(catalog.courses)
    report.sections = sum(len(season.sections) for season in catalog.seasons.values())
    return catalog


def link_prerequisites(catalog: Catalog, *, known: set[str]) -> None:
    """Find the hard prerequisites among the courses of the file and those ``known`` already."""
    everything = known | catalog.courses.keys()
    for course in catalog.courses.values():
        found = hard_prerequisites(course.values["prerequisite_text"], known=everything)
        course.prerequisites = [code for code in found if code != course.code]
