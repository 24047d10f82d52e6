"""Another process of the portal under test: makes people, and tells how things stand."""

import json
import sys
import uuid
from collections import Counter
from typing import Any

import django

django.setup()

from django.db import close_old_connections, transaction  # noqa: E402

from campus.notifications.models import Notification, NotificationDelivery  # noqa: E402
from campus.notifications.preferences import choose  # noqa: E402
from learning.catalog.models import Section  # noqa: E402
from learning.enrollments.models import Enrollment  # noqa: E402
from portal.models import OutboxMessage, Stream, StreamEvent  # noqa: E402
from portal.realtime import carrier, streams  # noqa: E402
from portal.roles import Role  # noqa: E402
from tests import factories  # noqa: E402
from tests.faults.certifying import certify, drawn, stand_of_certificates  # noqa: E402
from tests.faults.importing import apply_import, bring_roster, stand_of_import  # noqa: E402


def students(count: int) -> list[dict[str, Any]]:
    """New students, each with an access token, who want a mail for each place they get."""
    made = []
    for _ in range(count):
        user = factories.user(Role.STUDENT, email=f"{uuid.uuid4().hex}@example.org")
        student = factories.student(user=user, number=uuid.uuid4().hex[:20])
        choose(user=user, type="enrollments.enrolled", channel="email", timing="at_once")
        made.append(
            {"student": str(student.pk), "user": user.pk, "token": factories.access_token(user)}
        )
    return made


def section(capacity: int) -> int:
    """A section of a new course in a new season, open for enrollment."""
    return int(factories.section(capacity=capacity).pk)


def publish(users: list[int], count: int = 1) -> None:
    """Events in the streams of people, each in a transaction of its own."""
    for _ in range(count):
        for user in users:
            with transaction.atomic():
                streams.publish(streams.user_stream(user), "notification.read", {"unread": 0})
    carrier.drain()


def state(section: int, users: list[int]) -> dict[str, Any]:
    """What the database holds of a rush for ``section`` by ``users``."""
    enrollments = Enrollment.objects.filter(section_id=section)
    told = Notification.objects.filter(user_id__in=users)
    deliveries = NotificationDelivery.objects.filter(notification__user_id__in=users)
    gaps = 0
    for stream in Stream.objects.filter(name__in=[f"user:{pk}" for pk in users]):
        numbers = StreamEvent.objects.filter(stream=stream).order_by("number")
        gaps += list(numbers.values_list("number", flat=True)) != list(range(1, stream.head + 1))
    return {
        "active": enrollments.filter(state=Enrollment.State.ACTIVE).count(),
        "students": enrollments.values("student").distinct().count(),
        "rows": enrollments.count(),
        "counter": Section.objects.get(pk=section).seats_taken,
        "told": sorted(Counter(told.values_list("user_id", flat=True)).values()),
        "mails": dict(Counter(deliveries.values_list("state", flat=True))),
        "mail_ids": sorted(
            f"<{pk}@notifications.quad>" for pk in told.values_list("pk", flat=True)
        ),
        "gaps": gaps,
    }


def jobs() -> dict[str, int]:
    """How many jobs are open, and how many have failed for good."""
    rows = OutboxMessage.objects.all()
    return {
        "open": rows.filter(done_at=None, failed_at=None).count(),
        "failed": rows.exclude(failed_at=None).count(),
    }


COMMANDS: dict[str, Any] = {
    call.__name__: call
    for call in (
        *(students, section, publish, state, jobs),
        *(bring_roster, apply_import, stand_of_import),
        *(certify, drawn, stand_of_certificates),
    )
}

if __name__ == "__main__":
    for line in sys.stdin:
        order = json.loads(line)
        close_old_connections()
        print(json.dumps({"answer": COMMANDS[order.pop("do")](**order)}), flush=True)
        close_old_connections()
