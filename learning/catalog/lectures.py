"""The weekly hours of sections as bookings of their halls (B4): one calendar with events and bookings."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone, translation

from bookings.queries import title_for
from bookings.services.lectures import Lecture, LecturesSet, set_lectures
from campus.notifications.services import notify
from campus.venues.hours import weekday_of
from campus.venues.reservations import Period
from learning.catalog.models import Meeting, Section
from portal.jobs import enqueue
from portal.jobs.outbox import enqueue_many

BOOK = "learning.catalog.tasks.book"
IN_ONE_JOB = 200
AT_ONCE = 50
"""Sections in one transaction: an import holds the halls of a few only."""
MOVES = frozenset({"meetings", "starts", "ends", "season", "is_cancelled"})
"""What of a section says when and where its lectures are."""
LONGEST_SPAN = dt.timedelta(days=370)
"""A section without a sensible end is booked for a year."""
logger = structlog.get_logger(__name__)


def lectures_of(section: Section, meetings: Iterable[Meeting]) -> Iterator[Lecture]:
    """Each date of each weekly hour in a hall, from the section's (or season's) first day to its last."""
    if section.is_cancelled:
        return
    zone = timezone.get_default_timezone()
    first = section.starts or section.season.starts
    last = min(section.ends or section.season.ends, first + LONGEST_SPAN)
    for meeting in meetings:
        if meeting.hall is None:
            continue
        ahead = (meeting.weekday - weekday_of(first)) % 7
        day = first + dt.timedelta(days=ahead)
        while day <= last:
            starts, ends = (
                dt.datetime.combine(day, hour, tzinfo=zone).astimezone(dt.UTC)
                for hour in (meeting.starts, meeting.ends)
            )
            title = section.title or section.course.title
            yield Lecture(
                section, meeting.hall, Period(starts, ends), f"{section.course.code} {title}"
            )
            day += dt.timedelta(days=7)


def book_lectures(*, sections: Sequence[int], actor: Any) -> LecturesSet:
    """Bring the calendars of the halls to what the sections (ids) say now; clashes are told, not raised.

    Some sections at a time, each part in one transaction, with a fixed number of queries.
    """
    done = LecturesSet()
    ids = sorted(set(sections))
    for start in range(0, len(ids), AT_ONCE):
        part = list(
            Section.objects.filter(pk__in=ids[start : start + AT_ONCE])
            .select_related("course", "season")
            .order_by("pk")
        )
        meetings: dict[int, list[Meeting]] = {section.pk: [] for section in part}
        rows = Meeting.objects.filter(section__in=part, hall__isnull=False)
        for meeting in rows.select_related("hall__building").order_by("pk"):
            meetings[meeting.section_id].append(meeting)
        wanted = [one for section in part for one in lectures_of(section, meetings[section.pk])]
        told = set_lectures(sources=part, wanted=wanted, actor=actor)
        done.booked += told.booked
        done.kept += told.kept
        done.given_back += told.given_back
        done.clashes += told.clashes
    return done


def follow(sections: Iterable[int], *, actor: Any) -> None:
    """Have the calendars of the halls follow these sections (ids): by jobs, after the caller's commit.

    An import or an edit is not kept waiting by the halls, nor refused because of them: what clashes is told
    to who did it.
    """
    ids = sorted(set(sections))
    parts = [ids[start : start + IN_ONE_JOB] for start in range(0, len(ids), IN_ONE_JOB)]
    who = getattr(actor, "pk", None)
    if len(parts) == 1:
        enqueue(BOOK, sections=parts[0], by=who)
    elif parts:
        enqueue_many(BOOK, ({"sections": part, "by": who} for part in parts))


def book_and_tell(*, sections: Sequence[int], actor: Any) -> LecturesSet:
    """:func:`book_lectures`, and one notification to ``actor`` (if any) of what has no hall now."""
    done = book_lectures(sections=sections, actor=actor)
    if done.clashes:
        logger.warning("lectures_clash", clashes=len(done.clashes), sections=len(sections))
    if done.clashes and actor is not None:
        first = done.clashes[0]
        hall, starts, other = first.lecture.hall, first.lecture.period.starts, first.other
        day = starts.astimezone(timezone.get_default_timezone())
        with transaction.atomic(), translation.override(actor.language or None):
            place = hall.building.institution_id
            why = title_for(actor, other, place) if other is not None else first.message
            notify(
                users=[actor],
                type="bookings.lectures_clash",
                params={
                    "count": len(done.clashes),
                    "lecture": first.lecture.purpose,
                    "hall": str(hall),
                    "when": f"{day:%Y-%m-%d %H:%M}",
                    "why": str(why),
                },
                path=f"/halls/{hall.pk}/?view=day&day={day:%Y-%m-%d}",
            )
    return done


def give_back_lectures(*, section: Section, actor: Any) -> LecturesSet:
    """Give back what a section has, before it is deleted."""
    return set_lectures(sources=[section], wanted=[], actor=actor)
