"""A week laid out as a grid: which column and which rows a lesson takes."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from learning.catalog.models import Meeting, Weekday

QUARTER = 15
LAST_SLOT = 96
WEEKEND = frozenset({Weekday.SATURDAY, Weekday.SUNDAY})


@dataclass(frozen=True)
class Lesson:
    """One weekly hour with its place: rows count quarters of an hour from the grid's first hour."""

    meeting: Meeting
    from_slot: int
    to_slot: int
    lane: str = ""


@dataclass(frozen=True)
class Column:
    """One day of the grid; ``column`` counts from 1."""

    column: int
    label: Any
    is_today: bool
    lessons: list[Lesson] = field(default_factory=list)


@dataclass(frozen=True)
class Hour:
    """A line of the grid."""

    time: dt.time
    slot: int


@dataclass(frozen=True)
class Grid:
    """A week: its columns, the hours beside them, and whether there is anything in it."""

    days: list[Column]
    hours: list[Hour]

    @property
    def has_lessons(self) -> bool:
        """Whether anything is taught in this week."""
        return any(day.lessons for day in self.days)


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def lay_out(week: Sequence[Any]) -> Grid:
    """Lay out the days of ``learning.enrollments.queries.week_of``.

    Saturday and Sunday stand in the grid only where something is taught on them. Two lessons at one
    time share the width; the database holds them apart for a student, not for a teacher.
    """
    meetings = [meeting for day in week for meeting in day.meetings]
    shown = [day for day in week if day.meetings or day.weekday not in WEEKEND]
    if not meetings:
        return Grid([Column(i, d.label, d.is_today) for i, d in enumerate(shown, 1)], [])
    first = min(_minutes(meeting.starts) for meeting in meetings) // 60
    last = -(-max(_minutes(meeting.ends) for meeting in meetings) // 60)
    days = [
        Column(i, day.label, day.is_today, _lessons(day.meetings, first))
        for i, day in enumerate(shown, 1)
    ]
    hours = [
        Hour(dt.time(hour % 24), (hour - first) * 60 // QUARTER) for hour in range(first, last)
    ]
    return Grid(days, hours)


def _lessons(meetings: Iterable[Meeting], first_hour: int) -> list[Lesson]:
    lessons: list[Lesson] = []
    for meeting in sorted(meetings, key=lambda found: (found.starts, found.ends)):
        start = (_minutes(meeting.starts) - first_hour * 60) // QUARTER
        end = min(-(-(_minutes(meeting.ends) - first_hour * 60) // QUARTER), LAST_SLOT)
        lane = ""
        if lessons and start < lessons[-1].to_slot:
            before = lessons.pop()
            lane = "q-lane-1-of-2" if before.lane == "q-lane-2-of-2" else "q-lane-2-of-2"
            first = before.lane or "q-lane-1-of-2"
            lessons.append(Lesson(before.meeting, before.from_slot, before.to_slot, first))
        lessons.append(Lesson(meeting, start, max(end, start + 1), lane))
    return lessons
