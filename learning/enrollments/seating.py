"""Who may be seated, asked for a thousand students at once: the rules of enrolling without a query for each.

The same rules hold as for one student (:func:`learning.enrollments.services.enroll`): a student who is
active, a section that is open, free of charge and not full, nobody overtaken on the waiting list (L4, L5),
prerequisites and hours (L6, L18). A test holds the two against each other. Only approval is not asked for:
who manages the section gives it by bringing the file.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from campus.people.models import Student
from learning.catalog.models import Course, Meeting, Section
from learning.enrollments import checks
from learning.enrollments.errors import SectionNotFound
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.errors import DomainError

HOLDING = frozenset({Enrollment.State.ACTIVE, Enrollment.State.COMPLETED})
Hour = tuple[int, dt.time, dt.time]
Pair = tuple[uuid.UUID, int]


@dataclass
class Seat:
    """One student for one section, and what is stored of the two: an enrollment, an open request."""

    student: Student
    section: Section
    enrollment: Enrollment | None = None
    request: EnrollmentRequest | None = None

    @property
    def held(self) -> bool:
        """Whether the student is in, or was to the end: there is nothing to do."""
        return self.enrollment is not None and self.enrollment.state in HOLDING


@dataclass(frozen=True)
class _Hours:
    """The week of a section, and the days on which it runs."""

    label: str
    starts: dt.date
    ends: dt.date
    hours: tuple[Hour, ...]

    def overlaps(self, other: "_Hours") -> bool:
        """Whether one hour of each falls on one moment; hours that touch do not."""
        return (
            self.starts <= other.ends
            and other.starts <= self.ends
            and any(
                day == their_day and begins < their_end and their_begin < ends
                for day, begins, ends in self.hours
                for their_day, their_begin, their_end in other.hours
            )
        )


@dataclass
class Seating:
    """What one pass over a file remembers: seats as they are taken, and who is given which section.

    The seats left are counted from the first time a section is met, so that a pass that only looks and one
    that writes as it goes see the same. Small: a few numbers for each section and student of the file.
    """

    left: dict[int, int | None] = field(default_factory=dict)
    waiting: dict[int, int] = field(default_factory=dict)
    given: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    hours: dict[int, _Hours | None] = field(default_factory=dict)
    needed: dict[int, dict[int, str]] = field(default_factory=dict)
    _completed: set[tuple[uuid.UUID, int]] = field(default_factory=set)
    _held: dict[uuid.UUID, list[int]] = field(default_factory=dict)

    def read(self, pairs: Sequence[tuple[Student, Section]]) -> list[Seat]:
        """The seats of a batch with all that must be known to judge them: 7 queries at most.

        A student or a section that is not stored yet (a file that brings both) has nothing to be read.
        """
        students = {one.pk for one, _section in pairs if not one._state.adding}
        sections = {one.pk: one for _student, one in pairs if one.pk is not None}
        enrollments: dict[Pair, Enrollment] = {}
        requests: dict[Pair, EnrollmentRequest] = {}
        if students and sections:
            of_both = {"student__in": students, "section__in": list(sections)}
            for row in Enrollment.objects.filter(**of_both):
                enrollments[row.student_id, row.section_id] = row
            for asked in EnrollmentRequest.objects.pending().filter(**of_both):
                requests[asked.student_id, asked.section_id] = asked
        self._read_queues(sections)
        courses = {one.course_id for _student, one in pairs if one.course_id is not None}
        self._read_needs(courses, students)
        self._read_weeks(sections, students)
        return [
            Seat(
                student,
                section,
                enrollments.get((student.pk, section.pk)),
                requests.get((student.pk, section.pk)),
            )
            for student, section in pairs
        ]

    def _read_queues(self, sections: dict[int, Section]) -> None:
        new = [pk for pk in sections if pk not in self.left]
        if not new:
            return
        rows = EnrollmentRequest.objects.waiting_for_seat().filter(section_id__in=new)
        for pk in rows.order_by().values_list("section_id", flat=True):
            self.waiting[pk] = self.waiting.get(pk, 0) + 1
        for pk in new:
            self.left[pk] = sections[pk].seats_left

    def _read_needs(self, courses: set[int], students: Collection[uuid.UUID]) -> None:
        new = courses - self.needed.keys()
        if new:
            self.needed |= {pk: {} for pk in new}
            through = Course.prerequisites.through.objects.filter(from_course__in=new)
            found = through.select_related("to_course").order_by("to_course__code")
            for bond in found:
                self.needed[bond.from_course_id][bond.to_course_id] = str(bond.to_course)
        wanted = {needed for course in courses for needed in self.needed[course]}
        self._completed = set()
        if wanted and students:
            done = Enrollment.objects.filter(
                student__in=students, state=Enrollment.State.COMPLETED, section__course__in=wanted
            )
            self._completed = set(done.values_list("student_id", "section__course_id"))

    def _read_weeks(self, sections: Iterable[int], students: Collection[uuid.UUID]) -> None:
        self._held = {}
        if students:
            active = Enrollment.objects.active().filter(student__in=students)
            for student_id, section_id in active.values_list("student_id", "section_id"):
                self._held.setdefault(student_id, []).append(section_id)
        met = {*sections, *(pk for held in self._held.values() for pk in held)}
        new = met - self.hours.keys()
        if not new:
            return
        found: dict[int, tuple[tuple[str, dt.date, dt.date], list[Hour]]] = {}
        rows = Meeting.objects.filter(section__in=new).select_related(
            "section__course", "section__season"
        )
        for one in rows:
            section = one.section
            days = (
                str(section),
                section.starts or section.season.starts,
                section.ends or section.season.ends,
            )
            found.setdefault(section.pk, (days, []))[1].append((one.weekday, one.starts, one.ends))
        for pk in new:
            self.hours[pk] = _Hours(*found[pk][0], tuple(found[pk][1])) if pk in found else None

    def refuse(self, seat: Seat) -> tuple[str, str] | None:
        """Why the student cannot be seated: which of the two (``student``, ``section``) and a sentence.

        None: they can, and the seat is counted as taken.
        """
        student, section = seat.student, seat.section
        try:
            checks.check_student(student)
        except DomainError as refusal:
            return "student", str(refusal)
        try:
            if not (section.course.is_published and section.season.is_active):
                raise SectionNotFound
            checks.check_window(section)
            checks.check_price(section)
        except DomainError as refusal:
            return "section", str(refusal)
        problem = self._seat_problem(seat)
        if problem:
            return "section", problem
        needed = self.needed.get(section.course_id, {}) if section.course_id else {}
        missing = [name for pk, name in needed.items() if (student.pk, pk) not in self._completed]
        if missing:
            told = _("Complete first: %(courses)s.") % {"courses": ", ".join(missing)}
            return "student", told
        clashing = self._clashing(student, section)
        if clashing:
            told = _("The hours overlap with %(sections)s.") % {"sections": ", ".join(clashing)}
            return "student", told
        self.take(seat)
        return None

    def _seat_problem(self, seat: Seat) -> str:
        left = self.left.get(seat.section.pk, seat.section.seats_left)
        if left is not None and left <= 0:
            return _("The section is full.")
        asked = seat.request
        own = asked is not None and asked.waits_for == EnrollmentRequest.WaitsFor.SEAT
        if self.waiting.get(seat.section.pk, 0) > own and checks.hands_seats_on(seat.section):
            return _("Others wait for a seat in this section; seats go in their order.")
        return ""

    def _clashing(self, student: Student, section: Section) -> list[str]:
        wanted = self.hours.get(section.pk)
        if wanted is None:
            return []
        taken = {*self._held.get(student.pk, ()), *self.given.get(_who(student), ())} - {section.pk}
        weeks = [week for pk in taken if (week := self.hours.get(pk)) is not None]
        return sorted(week.label for week in weeks if week.overlaps(wanted))

    def take(self, seat: Seat) -> None:
        """Count the seat as taken by the student."""
        pk = seat.section.pk
        left = self.left.get(pk)
        if left is not None:
            self.left[pk] = left - 1
        asked = seat.request
        if asked is not None and asked.waits_for == EnrollmentRequest.WaitsFor.SEAT:
            self.waiting[pk] -= 1
        if self.hours.get(pk) is not None:
            self.given.setdefault(_who(seat.student), []).append(pk)


def _who(student: Student) -> tuple[int, str]:
    """What stays the same from before a student is stored to after it."""
    return student.institution_id, student.number
