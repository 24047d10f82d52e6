"""What parents and mentors read of several students at once: the next lesson, this week, the courses."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils import timezone

from campus.people.models import Student
from learning.catalog.models import Meeting, Section, Weekday
from learning.enrollments.models import Enrollment, EnrollmentRequest


@dataclass(frozen=True)
class Lesson:
    """A weekly hour on a day of the calendar."""

    day: dt.date
    meeting: Meeting


@dataclass
class Card:
    """One student at a glance.

    ``sections`` are those with a seat, by course; ``waiting`` how many requests are open; ``next`` the
    lesson that comes next, however far away; ``week`` those of the next seven days, by day.
    """

    student: Student
    sections: list[Section] = field(default_factory=list)
    waiting: int = 0
    next: Lesson | None = None
    week: list[tuple[dt.date, list[Lesson]]] = field(default_factory=list)


def cards_of(students: Iterable[Student], *, now: dt.datetime | None = None) -> list[Card]:
    """A card for each student, in their order: three queries, whatever the number.

    Days and hours are those of the portal's timezone, as everywhere with weekly hours.
    """
    cards = {student.pk: Card(student) for student in students}
    if not cards:
        return []
    held = (
        Enrollment.objects.active()
        .filter(student__in=list(cards))
        .select_related("section__course", "section__season")
        .prefetch_related("section__meetings__hall__building")
        .order_by("section__course__code", "section__code", "pk")
    )
    for enrollment in held:
        cards[enrollment.student_id].sections.append(enrollment.section)
    asked = EnrollmentRequest.objects.pending().filter(student__in=list(cards)).order_by()
    for student_id, number in asked.values_list("student_id").annotate(Count("pk")):
        cards[student_id].waiting = number
    moment = timezone.localtime(now)
    for card in cards.values():
        _look_ahead(card, moment)
    return list(cards.values())


def _look_ahead(card: Card, moment: dt.datetime) -> None:
    coming = [
        Lesson(day, meeting)
        for section in card.sections
        if not section.is_cancelled
        for meeting in section.meetings.all()
        if (day := _next_day(section, meeting, moment)) is not None
    ]
    coming.sort(key=lambda lesson: (lesson.day, lesson.meeting.starts, lesson.meeting.pk))
    card.next = coming[0] if coming else None
    by_day: defaultdict[dt.date, list[Lesson]] = defaultdict(list)
    for lesson in coming:
        if lesson.day < moment.date() + dt.timedelta(days=7):
            by_day[lesson.day].append(lesson)
    card.week = list(by_day.items())


def _next_day(section: Section, meeting: Meeting, moment: dt.datetime) -> dt.date | None:
    """On which day the weekly hour is held next; None once the section is over."""
    first = max(moment.date(), section.starts or section.season.starts)
    day = first + dt.timedelta(days=(meeting.weekday - weekday_of(first)) % 7)
    if day == moment.date() and meeting.ends <= moment.time():
        day += dt.timedelta(days=7)
    return day if day <= (section.ends or section.season.ends) else None


def weekday_of(day: dt.date) -> int:
    """The weekday as the portal counts: Saturday is 0."""
    return int(Weekday((day.weekday() + 2) % 7))
