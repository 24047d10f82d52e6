"""What a transaction has to tell, gathered while it works and written at its end in a fixed order.

Streams are locked as they are written. Written as they occur, two transactions that tell the same two
people in different order would wait for each other; written at the end by the order of people, never.
"""

import uuid
from typing import Any

from django.db.models import Q

from campus.accounts.models import User
from campus.notifications.services import LiveEvent, Message, close_actions, notify_all
from campus.people.models import Student
from learning.catalog.models import Section
from learning.enrollments.models import EnrollmentRequest
from portal.roles import Role


class Announcements:
    """Collects notifications and live events of one transaction; :meth:`send` writes them."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._events: list[LiveEvent] = []
        self._settled: list[uuid.UUID] = []
        self._touched: dict[int, bool] = {}

    def tell_student(self, student: Student, section: Section, type: str, **params: Any) -> None:
        """A notification for the student; one without an account has nobody to tell."""
        if student.user is not None:
            self._messages.append(
                (student.user, type, {**_facts(section), **params}, _path(section), "", "")
            )

    def changed(self, student: Student, section: Section, **payload: Any) -> None:
        """The live event by which an open page of the student follows."""
        if student.user_id is not None:
            facts = {
                key: str(value) if isinstance(value, uuid.UUID) else value
                for key, value in payload.items()
            }
            self._events.append(
                (student.user_id, "enrollment.changed", {"section_id": section.pk, **facts})
            )

    def ask_deciders(self, request: EnrollmentRequest, section: Section) -> None:
        """Ask the section's instructors and the admins for a decision, with the action to take (N3)."""
        deciders = User.objects.filter(
            Q(staff_profile__sections=section) | Q(groups__name=Role.ADMIN) | Q(is_superuser=True),
            is_active=True,
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
        """Write all that was gathered, in the transaction."""
        for target in sorted(self._settled):
            close_actions(target=target)
        notify_all(self._messages, events=self._events)


def _facts(section: Section) -> dict[str, Any]:
    return {
        "course": section.course.title,
        "code": section.course.code,
        "section": str(section),
        "section_id": section.pk,
    }


def _path(section: Section) -> str:
    return f"/courses/{section.course.slug}/"
