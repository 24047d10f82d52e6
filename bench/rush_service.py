"""Rushes at the level of the service, in one process of many threads; started by ``bench.rush``.

Reads commands from standard input, one JSON object a line, and answers each with one line:
``{"do": "prepare", "people": 200}``, ``{"do": "section", "capacity": 50}``,
``{"do": "rush", "section": 7, "locked": true}``, ``{"do": "insert"}``.
"""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from bench import service
from bench.rush_insert import insert
from campus.institutions.models import Department, Institution
from campus.people.models import Student
from learning.catalog.models import Course, Season, Section
from learning.enrollments import services
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.roles import Role

CHECK = "catalog_section_not_over_capacity"
crew = service.Crew()
students: list[Student] = []
LOCK = "lock_section"
locked = getattr(services, LOCK)


def prepare(people: int) -> list[str]:
    """Make students with accounts; gives their access tokens."""
    institution = Institution.objects.create(name="Rush", slug="rush")
    tokens = []
    for number in range(people):
        user = service.user(f"rush{number}@rush.example", Role.STUDENT)
        students.append(
            Student.objects.create(
                institution=institution, user=user, name=f"Rush {number}", number=f"R{number:05}"
            )
        )
        tokens.append(service.token(user))
    service.bare_table()
    return tokens


def section(capacity: int) -> int:
    """A new free section; its course has no hours, so that students can be used again."""
    institution = Institution.objects.get(slug="rush")
    department = Department.objects.get_or_create(
        institution=institution, code="RSH", defaults={"name": "Rush"}
    )[0]
    course = Course.objects.get_or_create(
        institution=institution,
        code="RSH 1",
        defaults={"department": department, "slug": "rsh-1", "title": "Rush"},
    )[0]
    today = timezone.localdate()
    season = Season.objects.get_or_create(
        institution=institution,
        code="rush",
        defaults={"name": "Rush", "starts": today, "ends": today.replace(year=today.year + 1)},
    )[0]
    return Section.objects.create(
        course=course, season=season, number=f"{time.monotonic_ns()}", capacity=capacity
    ).pk


def enroll(student: Student, section_id: int) -> Callable[[], Any]:
    """One request, as the API makes it."""
    return lambda: services.enroll(student=student, section_id=section_id, actor=student.user)


def rush(section_id: int, *, with_lock: bool) -> dict[str, Any]:
    """All students at once; without the lock also without the database's check of the capacity."""
    definition = ""
    if not with_lock:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [CHECK]
            )
            [definition] = cursor.fetchone() or [""]
            cursor.execute(f"ALTER TABLE catalog_section DROP CONSTRAINT {CHECK}")
        unlocked = Section.objects.select_related("course", "season")
        setattr(services, LOCK, lambda pk: unlocked.get(pk=pk))
    seconds, seen = crew.run(
        [enroll(student, section_id) for student in students], kind=service.class_of
    )
    facts = {"seconds": seconds, "seen": seen, **state(section_id)}
    if not with_lock:
        setattr(services, LOCK, locked)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_section SET capacity = NULL WHERE id = %s", [section_id])
            cursor.execute(f"ALTER TABLE catalog_section ADD CONSTRAINT {CHECK} {definition}")
    return facts


def state(section_id: int) -> dict[str, Any]:
    """What the database holds after a rush."""
    row = Section.objects.get(pk=section_id)
    queue = (
        EnrollmentRequest.objects.waiting_for_seat().filter(section=row).order_by("queue_number")
    )
    waiting = list(queue.values_list("queue_number", flat=True))
    return {
        "active": Enrollment.objects.active().filter(section=row).count(),
        "counter": row.seats_taken,
        "waiting": len(waiting),
        "in_order": waiting == list(range(1, len(waiting) + 1)),
    }


def answer(asked: dict[str, Any]) -> Any:
    """Do what a line asks for."""
    match asked["do"]:
        case "prepare":
            return prepare(asked["people"])
        case "section":
            return section(asked["capacity"])
        case "rush":
            return rush(asked["section"], with_lock=asked["locked"])
        case "state":
            return state(asked["section"])
        case "insert":
            seconds, seen = crew.run([insert] * len(students), kind=service.class_of, bare=True)
            return {"seconds": seconds, "seen": seen}
    raise ValueError(asked)


if __name__ == "__main__":
    service.serve(answer)
