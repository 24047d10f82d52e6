"""Where readers stand to the sections on a page: one statement for all of them.

It is SQL by hand, for both databases: every course page that somebody signed in opens asks it, and
making it from querysets took longer than the database takes to answer.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from campus.people.models import Student
from learning.enrollments.models import Enrollment, EnrollmentRequest

# All that the students have, few as that is: as many parameters for one section as for a hundred.
STATEMENT = """
SELECT 0, held.id, held.section_id, held.student_id, held.state, ''
  FROM enrollments_enrollment held
  JOIN people_student student ON student.id = held.student_id
 WHERE {whose}
UNION ALL
SELECT 1, asked.id, asked.section_id, asked.student_id, asked.state, asked.waits_for
  FROM enrollments_enrollmentrequest asked
  JOIN people_student student ON student.id = asked.student_id
 WHERE {whose} AND asked.state = 'pending'
"""


@dataclass(frozen=True)
class Standing:
    """What a student has to do with one section: an enrollment, an open request, or neither."""

    enrollment: Enrollment | None = None
    request: EnrollmentRequest | None = None

    @property
    def state(self) -> str:
        """``active``, ``completed``, ``waiting``, ``requested``, or empty where they may enroll."""
        if self.request is not None:
            waits = self.request.waits_for == EnrollmentRequest.WaitsFor.SEAT
            return "waiting" if waits else "requested"
        if self.enrollment is None:
            return ""
        known = {Enrollment.State.ACTIVE, Enrollment.State.COMPLETED}
        return str(self.enrollment.state) if self.enrollment.state in known else ""


def standings_of(user: Any, section_ids: Iterable[int]) -> dict[int, Standing]:
    """What ``user``, as a student, has to do with each of the sections; every section is there.

    One query, and one for the places on waiting lists where the student is on one. Enrollments and
    requests are loaded as far as a page needs them.
    """
    ids = list(section_ids)
    if not ids or user is None or not user.is_authenticated:
        return {pk: Standing() for pk in ids}
    found = _standings("student.user_id = %s", [user.pk], ids)
    return {pk: next((mine for mine in found[pk].values()), Standing()) for pk in ids}


def family_standings_of(
    students: Iterable[Student], section_ids: Iterable[int]
) -> dict[int, list[tuple[Student, Standing]]]:
    """What each of the students has to do with each of the sections, in the order of the students.

    As many queries as for one student; none where there are no students.
    """
    ids, people = list(section_ids), list(students)
    if not ids or not people:
        return {pk: [] for pk in ids}
    marks = ", ".join(["%s"] * len(people))
    keys = [Student._meta.pk.get_db_prep_value(student.pk, connection) for student in people]
    found = _standings(f"student.id IN ({marks})", keys, ids)
    return {
        pk: [(student, found[pk].get(student.pk, Standing())) for student in people] for pk in ids
    }


def _standings(
    whose: str, values: Sequence[Any], ids: list[int]
) -> dict[int, dict[uuid.UUID, Standing]]:
    """Standings by section and student; students without one are not there."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(whose=whose), [*values, *values])
        rows = cursor.fetchall()
    found: dict[int, dict[uuid.UUID, Standing]] = {pk: {} for pk in ids}
    waiting: dict[uuid.UUID, EnrollmentRequest] = {}
    for is_request, pk, section_id, student_id, state, waits_for in rows:
        here = found.get(section_id)
        if here is None:  # of a section that is not on the page
            continue
        student = _uuid(student_id)
        facts = {"section_id": section_id, "student_id": student, "state": state}
        known = here.get(student, Standing())
        if is_request:
            asked = _loaded(EnrollmentRequest, pk, {**facts, "waits_for": waits_for})
            here[student] = Standing(known.enrollment, asked)
            if waits_for == EnrollmentRequest.WaitsFor.SEAT:
                waiting[asked.pk] = asked
        else:
            here[student] = Standing(_loaded(Enrollment, pk, facts), known.request)
    if waiting:
        for placed in EnrollmentRequest.objects.filter(pk__in=list(waiting)).with_place():
            waiting[placed.pk].place = placed.place
    return found


def _loaded(model: Any, pk: Any, facts: dict[str, Any]) -> Any:
    """An instance of ``model`` of which these facts are known; the rest is loaded when asked for."""
    return model.from_db(connection.alias, ["id", *facts], [_uuid(pk), *facts.values()])


def _uuid(value: Any) -> uuid.UUID:
    """An id as the database gives it: SQLite keeps them as text."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
