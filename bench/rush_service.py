"""Rushes at the level of the service, in one process of many threads; started by ``bench.rush``.

Reads commands from standard input, one JSON object a line, and answers each with one line:
``{"do": "prepare", "people": 200}``, ``{"do": "section", "capacity": 50}``,
``{"do": "rush", "section": 7, "locked": true}``, ``{"do": "insert"}``.
"""

import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import django

# Answers go to the standard output; whatever else is printed (logs) goes to the errors.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
django.setup()

from django.contrib.auth.models import Group  # noqa: E402 (Django must be set up)
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import rush_insert  # noqa: E402
from campus.accounts.models import User  # noqa: E402
from campus.institutions.models import Department, Institution  # noqa: E402
from campus.people.models import Student  # noqa: E402
from learning.catalog.models import Course, Season, Section  # noqa: E402
from learning.enrollments import services  # noqa: E402
from learning.enrollments.models import Enrollment, EnrollmentRequest  # noqa: E402
from portal.api.tokens import claims  # noqa: E402
from portal.roles import Role  # noqa: E402

THREADS = 16
CHECK = "catalog_section_not_over_capacity"
students: list[Student] = []
LOCK = "lock_section"
locked = getattr(services, LOCK)


def prepare(people: int) -> list[str]:
    """Make students with accounts; gives their access tokens."""
    from allauth.headless.tokens.strategies.jwt import internal  # noqa: PLC0415 (needs Django up)

    institution = Institution.objects.create(name="Rush", slug="rush")
    group = Group.objects.get_or_create(name=Role.STUDENT)[0]
    tokens = []
    for number in range(people):
        user = User.objects.create_user(email=f"rush{number}@rush.example", password=None)
        user.groups.add(group)
        students.append(
            Student.objects.create(
                institution=institution, user=user, name=f"Rush {number}", number=f"R{number:05}"
            )
        )
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        tokens.append(str(internal.create_access_token(user, client.session, claims())))
    with connection.cursor() as cursor:
        cursor.execute(rush_insert.TABLE)
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


def in_threads(calls: list[Callable[[], Any]]) -> tuple[float, Counter[str]]:
    """Seconds from the start to the last answer, and what came, by kind."""
    seen: Counter[str] = Counter()
    todo = iter(calls)
    lock, start = threading.Lock(), threading.Barrier(THREADS + 1)

    def work() -> None:
        connections["default"].ensure_connection()
        rush_insert.connection()
        start.wait()
        try:
            while True:
                with lock:
                    call = next(todo, None)
                if call is None:
                    return
                try:
                    kind = type(call()).__name__
                except Exception as error:
                    kind = f"error {type(error).__name__}"
                with lock:
                    seen[kind] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, seen


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
    seconds, seen = in_threads([enroll(student, section_id) for student in students])
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
            seconds, seen = in_threads([rush_insert.insert] * len(students))
            return {"seconds": seconds, "seen": seen}
    raise ValueError(asked)


if __name__ == "__main__":
    assert os.environ["DATABASE_URL"]
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
