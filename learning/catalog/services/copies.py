"""Copying to another season (L3): the structure, not the people."""

import datetime as dt
from typing import Any

from django.db import transaction

from learning.catalog.errors import AlreadyCopied
from learning.catalog.models import Course, Meeting, Season, Section
from learning.catalog.rules import MANAGE
from learning.catalog.services.common import of_institution, require
from portal.audit import record, record_many
from portal.pagecache import touch
from portal.pagecache.marks import EVERYTHING


@transaction.atomic
def copy_section(*, section: Section, season: Season, actor: Any) -> Section:
    """Copy a section to another season (L3): its structure, not its people.

    Taken over: number, code, title, kind, delivery, credit hours, place, price, capacity, approval,
    length of access, and the weekly meetings with their hours. Not taken over: students, waiting
    list, seats taken, instructors; nor halls, which the season has to give anew (the meeting keeps
    the room in words). Days (starts, ends, the window for enrollment, the last day to drop) move by
    as much as the seasons' starts differ. Raises AlreadyCopied.
    """
    require(actor, MANAGE, section)
    of_institution(section.course.institution_id, season.institution_id, "season")
    if Section.objects.filter(season=season, number=section.number).exists():
        raise AlreadyCopied(section=str(section), season=season.code)
    copied = _copy_section(section, season)
    copied.save()
    Meeting.objects.bulk_create(_copy_meetings(section, copied))
    _log_copy(copied, section, season, actor)
    return copied


@transaction.atomic
def copy_course(*, course: Course, season: Season, source: Season, actor: Any) -> list[Section]:
    """Copy all sections of ``course`` in ``source`` to ``season`` (L3); those there already stay.

    Cancelled sections are left out. Modules and contents belong to the course and so are there for
    the new season as they stand. Answers the sections that were made. Eight queries however many.
    """
    require(actor, MANAGE, course)
    of_institution(course.institution_id, season.institution_id, "season")
    there = set(Section.objects.filter(season=season).values_list("number", flat=True))
    sections = [
        section
        for section in course.sections.filter(season=source, is_cancelled=False)
        .select_related("season", "course")
        .prefetch_related("meetings__hall__building")
        if section.number not in there
    ]
    copies = Section.objects.bulk_create(_copy_section(section, season) for section in sections)
    pairs = list(zip(sections, copies, strict=True))
    Meeting.objects.bulk_create(
        meeting for section, copied in pairs for meeting in _copy_meetings(section, copied)
    )
    record_many(
        action="catalog.copy",
        entries=[(copied, _copied_from(section, season)) for section, copied in pairs],
        actor=actor,
    )
    if copies:
        record(
            action="catalog.copy",
            instance=course,
            actor=actor,
            season=season.code,
            sections=len(copies),
        )
        touch(EVERYTHING)  # rows in bulk send no signals
    return copies


def _copy_section(section: Section, season: Season) -> Section:
    shift = season.starts - section.season.starts

    def moved(day: dt.date | None) -> dt.date | None:
        return None if day is None else day + shift

    copied = Section(course=section.course, season=season)
    for name in (
        *("number", "code", "title", "kind", "delivery", "credit_hours", "place", "price"),
        *("currency", "capacity", "access_days", "needs_approval"),
    ):
        setattr(copied, name, getattr(section, name))
    for name in ("starts", "ends", "enrollment_opens", "enrollment_closes", "drop_until"):
        setattr(copied, name, moved(getattr(section, name)))
    return copied


def _copy_meetings(section: Section, copied: Section) -> list[Meeting]:
    return [
        Meeting(
            section=copied,
            weekday=meeting.weekday,
            starts=meeting.starts,
            ends=meeting.ends,
            place=meeting.place or (str(meeting.hall) if meeting.hall else ""),
        )
        for meeting in section.meetings.all()
    ]


def _copied_from(section: Section, season: Season) -> dict[str, Any]:
    return {"from_section": section.pk, "from": section.season.code, "season": season.code}


def _log_copy(copied: Section, section: Section, season: Season, actor: Any) -> None:
    record(action="catalog.copy", instance=copied, actor=actor, **_copied_from(section, season))
