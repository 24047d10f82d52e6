"""L4 and L6 under real parallel transactions, and what the locks keep from happening."""

import random
from collections import Counter
from functools import partial

import pytest

from campus.notifications.models import Notification
from learning.catalog.models import Section
from learning.enrollments import services
from learning.enrollments.errors import (
    AlreadyEnrolled,
    AlreadyRequested,
    DomainError,
    TimetableClash,
)
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.models import StreamEvent
from portal.roles import Role
from tests.concurrency.parallel import in_parallel, without_the_locks
from tests.learning.enrollments import world

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def enroll(student, section):
    return partial(services.enroll, student=student, section_id=section.pk, actor=student.user)


def counts_agree(section):
    """The counter is the count, the capacity holds, the queue has no gap in its order."""
    row = Section.objects.get(pk=section.pk)
    active = Enrollment.objects.active().filter(section=section).count()
    assert row.seats_taken == active
    assert row.capacity is None or active <= row.capacity
    return row


def rush(students, section):
    return in_parallel([enroll(student, section) for student in students])


def test_l4_two_hundred_ask_for_fifty_places():
    students = [world.student() for _ in range(200)]
    section = world.section(capacity=50)
    results = rush(students, section)
    kinds = Counter(type(result).__name__ for result in results)
    assert kinds == {"Enrollment": 50, "EnrollmentRequest": 150}
    row = counts_agree(section)
    assert row.seats_taken == 50
    assert row.last_queue_number == 150
    queue = EnrollmentRequest.objects.waiting_for_seat().filter(section=section)
    assert sorted(queue.values_list("queue_number", flat=True)) == list(range(1, 151))
    in_order = list(queue.order_by("queue_number").values_list("created_at", flat=True))
    assert in_order == sorted(in_order)
    seated = set(Enrollment.objects.values_list("student_id", flat=True))
    waiting = set(queue.values_list("student_id", flat=True))
    assert seated | waiting == {student.pk for student in students}
    assert not seated & waiting
    assert Notification.objects.count() == 200
    assert StreamEvent.objects.filter(type="notification.created").count() == 200
    places = Notification.objects.filter(type="enrollments.waiting").values_list(
        "params", flat=True
    )
    assert sorted(params["place"] for params in places) == list(range(1, 151))


def test_l4_control_without_the_lock_the_section_is_over_booked(monkeypatch):
    students = [world.student() for _ in range(64)]
    section = world.section(capacity=10)
    with without_the_locks(monkeypatch, section=True):
        rush(students, section)
        taken = Enrollment.objects.active().filter(section=section).count()
    assert taken > 10, "the control shows no race: the test above proves nothing"


def test_l4_without_the_lock_the_database_still_refuses_the_one_too_many(monkeypatch):
    students = [world.student() for _ in range(64)]
    section = world.section(capacity=10)
    monkeypatch.setattr(
        services,
        "lock_section",
        lambda pk: Section.objects.select_related("course", "season").get(pk=pk),
    )
    rush(students, section)
    assert Enrollment.objects.active().filter(section=section).count() <= 10


def test_l4_the_same_student_many_times_at_once_is_in_once():
    student, section = world.student(), world.section(capacity=5)
    results = in_parallel([enroll(student, section) for _ in range(32)])
    assert [type(result) for result in results].count(Enrollment) == 1
    assert sum(isinstance(result, AlreadyEnrolled) for result in results) == 31
    assert counts_agree(section).seats_taken == 1
    assert Notification.objects.count() == 1


def test_l4_the_same_student_many_times_at_once_waits_once():
    first, student, section = world.student(), world.student(), world.section(capacity=1)
    enroll(first, section)()
    results = in_parallel([enroll(student, section) for _ in range(32)])
    assert [type(result) for result in results].count(EnrollmentRequest) == 1
    assert sum(isinstance(result, AlreadyRequested) for result in results) == 31


def test_l4_drops_enrollments_and_promotions_at_once_lose_no_seat():
    section = world.section(capacity=20)
    inside = [world.student() for _ in range(20)]
    waiting = [world.student() for _ in range(20)]
    newcomers = [world.student() for _ in range(20)]
    for student in [*inside, *waiting]:
        enroll(student, section)()
    ids = dict(Enrollment.objects.values_list("student_id", "pk"))
    calls = [
        partial(services.drop, enrollment_id=ids[student.pk], actor=student.user)
        for student in inside
    ]
    calls += [enroll(student, section) for student in newcomers]
    random.Random(7).shuffle(calls)
    results = in_parallel(calls)
    assert not [result for result in results if isinstance(result, Exception)]
    assert counts_agree(section).seats_taken == 20
    active = Enrollment.objects.active().filter(section=section)
    assert set(active.values_list("student_id", flat=True)) == {s.pk for s in waiting}
    assert EnrollmentRequest.objects.waiting_for_seat().count() == 20
    promoted = Notification.objects.filter(type="enrollments.promoted")
    assert promoted.count() == 20
    assert promoted.values("user").distinct().count() == 20


def test_l4_one_drop_sent_many_times_frees_one_seat():
    section = world.section(capacity=1)
    first, *waiting = [world.student() for _ in range(4)]
    enrollment = enroll(first, section)()
    for student in waiting:
        enroll(student, section)()
    drop = partial(services.drop, enrollment_id=enrollment.pk, actor=first.user)
    results = in_parallel([drop] * 16)
    assert sum(isinstance(result, Enrollment) for result in results) == 1
    assert sum(isinstance(result, DomainError) for result in results) == 15
    assert EnrollmentRequest.objects.waiting_for_seat().count() == 2
    assert counts_agree(section).seats_taken == 1


def test_l5_one_request_decided_by_many_at_once_is_decided_once():
    section = world.section(needs_approval=True, capacity=5)
    student, admins = world.student(), [world.user(Role.ADMIN) for _ in range(8)]
    request = enroll(student, section)()
    calls = [
        partial(decide, request_id=request.pk, actor=admin)
        for admin in admins
        for decide in (services.approve, services.reject)
    ]
    results = in_parallel(calls)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert all(isinstance(r, DomainError) for r in results if isinstance(r, Exception))
    request.refresh_from_db()
    assert counts_agree(section).seats_taken == (1 if request.state == "approved" else 0)


def clashing_pairs(number):
    pairs = []
    for _ in range(number):
        student = world.student()
        sections = [world.section((2, "09:00", "10:00")), world.section((2, "09:30", "10:30"))]
        pairs.append((student, sections))
    return pairs


def take_both_at_once(pairs):
    both = 0
    for student, sections in pairs:
        results = in_parallel([enroll(student, section) for section in sections])
        both += sum(isinstance(result, Enrollment) for result in results) == 2
        assert all(isinstance(r, TimetableClash) for r in results if isinstance(r, Exception))
    return both


def test_l6_two_sections_at_the_same_hour_are_not_both_given():
    assert take_both_at_once(clashing_pairs(15)) == 0


def test_l6_control_without_the_lock_on_the_student_both_are_given(monkeypatch):
    with without_the_locks(monkeypatch, students=True):
        assert take_both_at_once(clashing_pairs(15)) > 0


def test_locks_in_one_order_never_wait_in_a_circle():
    """The same people wait for the same sections, in opposite order; all are dropped at once."""
    sections = [world.section(capacity=1, access_days=day) for day in range(1, 5)]
    holders = [[world.student() for _ in range(1)] for _ in sections]
    people = [world.student() for _ in range(6)]
    for section, [holder] in zip(sections, holders, strict=True):
        enroll(holder, section)()
    for position, section in enumerate(sections):
        for student in people if position % 2 else reversed(people):
            enroll(student, section)()
    admin = world.user(Role.ADMIN)
    calls = [
        partial(services.set_capacity, section_id=section.pk, capacity=7, actor=admin)
        for section in sections
    ] + [
        partial(services.drop, enrollment_id=e.pk, actor=admin) for e in Enrollment.objects.active()
    ]
    results = in_parallel(calls)
    assert [str(result) for result in results if isinstance(result, Exception)] == []
    for section in sections:
        assert counts_agree(section).seats_taken == 6
    assert not EnrollmentRequest.objects.pending().exists()
