"""What a transaction has to tell of points, written at its end in one call, whoever it concerns."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from campus.notifications.services import LiveEvent, Message, close_actions_of, notify_all
from campus.people.models import Student
from campus.people.queries import guardians_to_tell
from campus.points.models import PointTransaction
from campus.points.queries import balances_of

DECIDING = "/points/deciding/"


def tell_asked(rows: list[PointTransaction], title: str) -> None:
    """Each mentor is asked once: with the decision to take for one row, with the way to the list for
    several. The students' pages follow live."""
    by_mentor: dict[int, list[PointTransaction]] = defaultdict(list)
    mentors: dict[int, Any] = {}
    for row in rows:
        mentor = row.student.mentor
        if mentor is not None and mentor.user is not None and mentor.user.is_active:
            mentors[mentor.user.pk] = mentor.user
            by_mentor[mentor.user.pk].append(row)
    messages: list[Message] = []
    for pk, asked in by_mentor.items():
        if len(asked) == 1:
            one = asked[0]
            facts = {**_facts(one), "student": one.student.name}
            messages.append((mentors[pk], "points.asked", facts, DECIDING, "approve", str(one.pk)))
        else:
            facts = {"count": len({one.student_id for one in asked}), "title": title}
            messages.append((mentors[pk], "points.asked_many", facts, DECIDING, "", ""))
    notify_all(messages, events=_events(rows, {}))


def tell_decided(rows: list[PointTransaction], type: str) -> None:
    """The students and their guardians learn it, at once (A4)."""
    students = {row.student_id: row.student for row in rows}
    guardians = guardians_to_tell(students.values())
    close_actions_of([str(row.pk) for row in rows])
    messages: list[Message] = []
    for row in rows:
        student, facts = row.student, {**_facts(row), "reason": row.reason or "–"}
        if student.user is not None:
            messages.append((student.user, type, facts, "/points/", "", ""))
        for guardian in guardians.get(student.pk, ()):
            path = f"/points/students/{student.pk}/"
            messages.append((guardian, type, {**facts, "child": student.name}, path, "", ""))
    notify_all(messages, events=_events(rows, guardians))


def _events(rows: Iterable[PointTransaction], guardians: dict[Any, list[Any]]) -> list[LiveEvent]:
    students: dict[Any, Student] = {row.student_id: row.student for row in rows}
    balances = balances_of(students.values())
    events: list[LiveEvent] = []
    for row in rows:
        balance = balances[row.student_id]
        payload: dict[str, Any] = {
            "student": str(row.student_id),
            "transaction": str(row.pk),
            "state": str(row.state),
            "total": balance.total,
        }
        if balance.required is not None:
            payload["required"] = balance.required
        ids = [row.student.user_id, *(one.pk for one in guardians.get(row.student_id, ()))]
        events.extend((pk, "points.changed", payload) for pk in ids if pk is not None)
    return events


def _facts(row: PointTransaction) -> dict[str, Any]:
    return {"points": row.points, "title": row.title, "category": row.category.name}
