"""Seasons, sections and weekly meetings of a catalog, as far as the source changed them."""

from typing import Any

from django.db import models

from learning.catalog.imports.bulk import differences, told
from learning.catalog.imports.held import Held, staff_key
from learning.catalog.imports.report import Issue
from learning.catalog.imports.rooms import Halls, Use
from learning.catalog.imports.rows import MeetingRow, SeasonRow, SectionRow
from learning.catalog.imports.terms import Span, term_span
from learning.catalog.lectures import MOVES
from learning.catalog.models import Meeting, Season, Section
from portal.audit import record_many

SECTION_FIELDS = (
    "code", "title", "kind", "delivery", "credit_hours", "place", "starts", "ends", "is_cancelled",
    "course",
)  # fmt: skip


class SectionWriter:
    """Writes the sections of one season into what an import holds."""

    def __init__(self, held: Held) -> None:
        self.held = held

    def season(self, row: SeasonRow) -> Season:
        """The season of that term, made where it is missing."""
        span = term_span(row.term, row.year)
        season, created = Season.objects.get_or_create(
            institution=self.held.institution,
            code=row.code,
            defaults={
                "name": f"{row.term.name} {row.year}",
                "kind": row.term.kind,
                "starts": span.starts,
                "ends": span.ends,
            },
        )
        if created:
            self.held.report.created["seasons"] += 1
        return season

    def write(self, season: Season, rows: list[SectionRow]) -> None:
        """Write at most a thousand sections of one season."""
        existing = {
            section.number: section
            for section in Section.objects.filter(
                season=season, number__in=[row.number for row in rows]
            ).select_related("course")
        }
        new: list[Section] = []
        changed: list[Section] = []
        touched: list[tuple[SectionRow, Section, set[str]]] = []
        entries: list[tuple[models.Model, dict[str, Any]]] = []
        for row in rows:
            snapshot = row.snapshot()
            section = existing.get(row.number)
            if section and section.imported == snapshot:
                continue
            old = (section.imported if section else None) or {}
            if section is None:
                section = Section(season=season, number=row.number)
                new.append(section)
            else:
                changed.append(section)
            values = {**row.values, "course": self.held.courses[row.course]}
            said = differences(old, snapshot)
            for name in SECTION_FIELDS:
                if name in said:
                    setattr(section, name, values[name])
            section.imported = snapshot
            touched.append((row, section, said))
            entries.append((section, told(old, snapshot)))
        if not touched:
            return
        Section.objects.bulk_create(new)
        if changed:
            Section.objects.bulk_update(changed, [*SECTION_FIELDS, "imported"])
        self.held.count("sections", new, changed)
        record_many(action="catalog.import", entries=entries, actor=self.held.actor)
        self._write_instructors([(r, s) for r, s, said in touched if "instructors" in said])
        self._write_meetings(season, [(r, s) for r, s, said in touched if "meetings" in said])
        self.held.moved += [section.pk for _row, section, said in touched if MOVES & said]

    def _write_instructors(self, touched: list[tuple[SectionRow, Section]]) -> None:
        through: Any = Section.instructors.through
        through.objects.filter(section__in=[section for _row, section in touched]).delete()
        through.objects.bulk_create(
            through(
                section_id=section.pk,
                staffprofile_id=self.held.staff[staff_key(row.department, name)].pk,
            )
            for row, section in touched
            for name in row.instructors
        )

    def _write_meetings(self, season: Season, touched: list[tuple[SectionRow, Section]]) -> None:
        """Put the meetings of ``touched`` in place of what they had."""
        ids = [section.pk for _row, section in touched]
        Meeting.objects.filter(section__in=ids).delete()
        taken = self._halls_in_use(season, ids)
        meetings: list[Meeting] = []
        for row, section in touched:
            for meeting in row.meetings.values():
                hall = None
                if meeting.hall and meeting.line not in row.without_hall:
                    hall = self.held.halls[meeting.hall]
                    met = taken.put(meeting.hall, Use(row.number, meeting, row.span))
                    if met:
                        hall = None
                        self._tell_taken(meeting, met[0])
                meetings.append(
                    Meeting(
                        section=section,
                        weekday=meeting.weekday,
                        starts=meeting.starts,
                        ends=meeting.ends,
                        hall=hall,
                        place="" if hall else _place(meeting),
                    )
                )
        Meeting.objects.bulk_create(meetings)

    def _tell_taken(self, meeting: MeetingRow, other: Use) -> None:
        issue = Issue(
            meeting.line,
            f"the room is taken by section {other.section} of the portal; taken in without the hall",
        )
        if issue not in self.held.report.clashes:
            self.held.report.clashes.append(issue)

    def _halls_in_use(self, season: Season, except_for: list[int]) -> Halls:
        """What the portal itself holds in these halls over the season's days."""
        halls = Halls()
        held = (
            Meeting.objects.filter(
                hall__building__institution=self.held.institution,
                section__is_cancelled=False,
                section__season__ends__gte=season.starts,
                section__season__starts__lte=season.ends,
            )
            .exclude(section__in=except_for)
            .select_related("section__season", "hall__building")
            .order_by("id")
        )
        for meeting in held:
            section, hall = meeting.section, meeting.hall
            if hall is None:
                continue
            key = (hall.building.name, hall.code)
            span = Span(
                section.starts or section.season.starts, section.ends or section.season.ends
            )
            row = MeetingRow(meeting.weekday, meeting.starts, meeting.ends, *key, line=0)
            halls.put(key, Use(section.number, row, span))
        return halls


def _place(meeting: MeetingRow) -> str:
    """The room in words, kept where no hall is set."""
    return " ".join(part for part in (meeting.building, meeting.room) if part and part != "ARR")
