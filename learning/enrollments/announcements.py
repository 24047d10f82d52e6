"""What a transaction has to tell, gathered while it works and written at its end in a fixed order.

Streams are locked as they are written. Written as they occur, two transactions that tell the same two
people in different order would wait for each other; written at the end by the order of people, never.
"""

import uuid
from typing import Any

from django.db.models import Exists, OuterRef, Q

from campus.accounts.models import User
from campus.institutions.models import InstitutionAdministrator
from campus.notifications.services import LiveEvent, Message, close_actions, notify_all
from campus.people.models import Student
from campus.people.queries import guardians_to_tell
from learning.catalog.models import Section
from learning.enrollments.models import EnrollmentRequest
from portal.roles import Role


class Announcements:
    """Collects notifications and live events of one transaction; :meth:`send` writes them.

    What concerns a student goes to their account, if there is one, and to their guardians (P10), each by
    their own preferences. ``guarded`` False spares the look-up of guardians where there are none.
    """

    def __init__(self, *, guarded: bool = True) -> None:
        self._guarded = guarded
        self._students: dict[uuid.UUID, Student] = {}
        self._told: list[tuple[uuid.UUID, str, dict[str, Any], str, int | None]] = []
        self._changes: list[tuple[uuid.UUID, dict[str, Any]]] = []
        self._messages: list[Message] = []
        self._settled: list[uuid.UUID] = []

    def tell_student(
        self,
        student: Student,
        section: Section,
        type: str,
        *,
        except_for: Any = None,
        **params: Any,
    ) -> None:
        """A notification for the student and their guardians, but not for ``except_for``."""
        self._students[student.pk] = student
        not_to = getattr(except_for, "pk", None)
        facts = {**_facts(section), **params}
        self._told.append((student.pk, type, facts, _path(section), not_to))

    def changed(self, student: Student, section: Section, **payload: Any) -> None:
        """The live event by which the open pages of the student and their guardians follow."""
        self._students[student.pk] = student
        facts = {
            key: str(value) if isinstance(value, uuid.UUID) else value
            for key, value in payload.items()
        }
        self._changes.append((student.pk, {"section_id": section.pk, **facts}))

    def ask_deciders(self, request: EnrollmentRequest, section: Section) -> None:
        """Ask the section's instructors and the admins for a decision, with the action to take (N3)."""
        rows = InstitutionAdministrator.objects.filter(user_id=OuterRef("pk"))
        here = Exists(rows.filter(institution_id=section.course.institution_id))
        admins = Q(groups__name=Role.ADMIN) & (here | ~Exists(rows))
        deciders = User.objects.filter(
            Q(staff_profile__sections=section) | admins | Q(is_superuser=True), is_active=True
        ).distinct()
        params = {**_facts(section), "student": request.student.name}
        for user in deciders:
            self._messages.append(
                (
                    user,
                    "enrollments.requested",
                    params,
                    f"/sections/{section.pk}/students/",
                    "approve",
                    str(request.pk),
                )
            )

    def close_actions(self, target: uuid.UUID) -> None:
        """What ``target`` asked for is settled."""
        self._settled.append(target)

    def send(self) -> None:
        """Write all that was gathered, in the transaction; who cares for whom is one query."""
        for target in sorted(self._settled):
            close_actions(target=target)
        guardians = guardians_to_tell(self._students.values()) if self._guarded else {}
        for student_id, type, facts, path, not_to in self._told:
            student = self._students[student_id]
            if student.user is not None and student.user_id != not_to:
                self._messages.append((student.user, type, facts, path, "", ""))
            for guardian in guardians.get(student_id, ()):
                if guardian.pk != not_to:
                    about = {**facts, "child": student.name}
                    self._messages.append(
                        (guardian, type, about, f"/children/{student_id}/", "", "")
                    )
        events: list[LiveEvent] = []
        for student_id, payload in self._changes:
            student = self._students[student_id]
            if student.user_id is not None:
                events.append((student.user_id, "enrollment.changed", payload))
            for guardian in guardians.get(student_id, ()):
                about = {**payload, "student": str(student_id)}
                events.append((guardian.pk, "enrollment.changed", about))
        notify_all(self._messages, events=events)


def _facts(section: Section) -> dict[str, Any]:
    return {
        "course": section.course.title,
        "code": section.course.code,
        "section": str(section),
        "section_id": section.pk,
    }


def _path(section: Section) -> str:
    return f"/courses/{section.course.slug}/"
