"""Events under real parallel transactions (E4, E5, E6, E7, E12), and what the guards keep from happening."""

import random
import uuid
from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from campus.certificates.models import Certificate
from campus.events import services, tasks
from campus.events.errors import RegistrationDecided
from campus.events.models import Attendance, Event, EventAward, EventRegistration, Scan
from campus.events.services import NewScan, attendance, completion, registration
from campus.events.tickets import code_of
from campus.notifications.models import Notification
from campus.points.models import PointTransaction
from tests import factories
from tests.campus.events import world
from tests.concurrency.parallel import in_parallel, without

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

State = EventRegistration.State
SEATS = ("events_never_over_capacity", "events_queue_number_once")


def register(made: Event, student: Any) -> Any:
    return partial(services.register, event_id=made.pk, student=student, actor=None)


def unlocked_event(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Event.objects.select_related("club", "hall")
    monkeypatch.setattr(registration, "lock_event", lambda pk: found.get(pk=pk))


def holds(made: Event, places: int) -> None:
    """The places are given and counted once, and those who wait have numbers behind each other."""
    row = Event.objects.get(pk=made.pk)
    rows = row.registrations.order_by("queue_number")
    assert row.seats_taken == places
    assert rows.filter(state=State.REGISTERED).count() == places
    waiting = list(rows.filter(state=State.WAITING).values_list("created_at", flat=True))
    assert waiting == sorted(waiting)


# --- places -----------------------------------------------------------------------------------------


def test_e4_sixty_ask_for_ten_places_and_the_rest_wait_in_order() -> None:
    made = world.event(capacity=10)
    students = [world.student() for _ in range(60)]
    results = in_parallel([register(made, student) for student in students])
    assert Counter(result.state for result in results) == {"registered": 10, "waiting": 50}
    holds(made, 10)
    rows = made.registrations.order_by("queue_number")
    # Whoever got a place asked before whoever waits; the numbers have no gap.
    assert list(rows.values_list("queue_number", flat=True)) == list(range(1, 61))
    assert set(rows[:10].values_list("state", flat=True)) == {"registered"}
    assert sorted(one.place for one in results if one.state == "waiting") == list(range(1, 51))
    told = Notification.objects.filter(type__in=["events.registered", "events.waiting"])
    assert told.count() == told.values("user").distinct().count() == 60


def test_e4_control_without_the_lock_the_event_is_over_booked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world.event(capacity=10)
    students = [world.student() for _ in range(40)]
    unlocked_event(monkeypatch)
    with without(*SEATS):
        in_parallel([register(made, student) for student in students])
        taken = made.registrations.filter(state=State.REGISTERED).count()
    assert taken > 10, "the control shows no race: the test above proves nothing"


def test_e4_without_the_lock_the_database_still_refuses_the_one_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world.event(capacity=5)
    students = [world.student() for _ in range(20)]
    unlocked_event(monkeypatch)
    in_parallel([register(made, student) for student in students])
    assert made.registrations.filter(state=State.REGISTERED).count() <= 5


def test_e4_one_student_many_times_at_once_is_one_registration() -> None:
    made, student = world.event(capacity=5), world.student()
    results = in_parallel([register(made, student) for _ in range(24)])
    assert {result.state for result in results} == {"registered"}, results
    assert EventRegistration.objects.count() == 1
    assert Notification.objects.filter(user=student.user).count() == 1
    holds(made, 1)


def test_e4_places_given_back_while_others_ask_are_never_lost_nor_given_twice() -> None:
    made = world.event(capacity=10)
    inside = [world.registered(made) for _ in range(10)]
    waiting = [world.registered(made) for _ in range(8)]
    newcomers = [world.student() for _ in range(8)]
    calls = [partial(services.unregister, registration_id=one.pk, actor=None) for one in inside[:8]]
    calls += [register(made, student) for student in newcomers]
    random.Random(7).shuffle(calls)
    results = in_parallel(calls)
    assert not [result for result in results if isinstance(result, Exception)]
    holds(made, 10)
    in_now = set(made.registrations.filter(state=State.REGISTERED).values_list("pk", flat=True))
    assert in_now == {one.pk for one in [*inside[8:], *waiting]}
    promoted = Notification.objects.filter(type="events.promoted")
    assert promoted.count() == promoted.values("user").distinct().count() == 8


def test_e12_one_request_decided_by_many_at_once_is_decided_once() -> None:
    made = world.event(needs_approval=True, capacity=5)
    asked = world.registered(made)
    organizers = [world.organizer(made.club) for _ in range(8)]
    deeds = [services.approve, services.reject] * 4
    results = in_parallel(
        [
            partial(do, registration_id=asked.pk, actor=actor)
            for do, actor in zip(deeds, organizers, strict=True)
        ]
    )
    assert Counter(type(one) for one in results) == {EventRegistration: 1, RegistrationDecided: 7}
    told = Notification.objects.filter(
        user=asked.student.user, type__in=["events.approved", "events.rejected"]
    )
    assert told.count() == 1


# --- the door ---------------------------------------------------------------------------------------


def scan_at_eight_doors() -> list[Any]:
    """One ticket, scanned by eight at one moment."""
    made = world.event()
    ticket = code_of(world.registered(made))
    world.begun(made)
    organizers = [world.organizer(made.club) for _ in range(8)]
    return in_parallel(
        [partial(services.check_in, event_id=made.pk, code=ticket, actor=one) for one in organizers]
    )


def unlocked_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance, "_lock", lambda pk: EventRegistration.objects.get(pk=pk))


def test_e5_one_ticket_at_eight_doors_at_once_is_counted_once() -> None:
    results = scan_at_eight_doors()
    assert Counter(result.outcome for result in results) == {"marked": 1, "already": 7}
    [mark] = Attendance.objects.all()
    assert {result.at for result in results} == {mark.at}  # all are told of the first


def test_e5_control_without_the_lock_doors_fail_or_count_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unlocked_door(monkeypatch)
    refused = [one for one in scan_at_eight_doors() if isinstance(one, Exception)]
    assert refused, "the control shows no race: the test above proves nothing"
    assert Attendance.objects.count() == 1  # (the database holds what the lock does not)
    with without("events_attendance_once"):
        scan_at_eight_doors()
        twice = Attendance.objects.values("registration").count()
    assert twice > 2


def test_e6_scans_sent_by_two_devices_and_sent_again_count_once_each() -> None:
    made = world.event()
    tickets = [code_of(world.registered(made)) for _ in range(5)]
    world.begun(made)
    organizer = world.organizer(made.club)
    now = timezone.now()
    devices = [[NewScan(uuid.uuid4(), ticket, now) for ticket in tickets] for _ in range(2)]
    results = in_parallel(
        [
            partial(services.send_scans, event_id=made.pk, scans=scans, actor=organizer)
            for scans in devices * 4
        ]
    )
    assert not [result for result in results if isinstance(result, Exception)], results
    assert Attendance.objects.count() == 5
    assert Scan.objects.count() == 10
    outcomes = Counter(Scan.objects.values_list("outcome", flat=True))
    assert outcomes == {"marked": 5, "already": 5}


# --- what it leaves ---------------------------------------------------------------------------------


def completed() -> Event:
    """An event that gives certificates and points, with eight who attended, whose job is to come."""
    club = world.club()
    place = club.institution
    made = world.event(
        club,
        certificate_template=factories.certificate_template(institution=place),
        point_category=factories.point_category(institution=place),
        points=5,
    )
    tickets = [code_of(world.registered(made)) for _ in range(8)]
    made = world.begun(made)
    for ticket in tickets:
        services.check_in(event_id=made.pk, code=ticket, actor=None)
    return services.complete(event_id=made.pk, actor=None)


def test_e7_a_completion_that_runs_six_times_at_once_gives_each_their_own_once() -> None:
    made = completed()
    results = in_parallel([partial(tasks.award, event_id=made.pk)] * 6)
    assert not [result for result in results if isinstance(result, Exception)], results
    assert sum(results) == 8
    for kind in (EventAward, Certificate, PointTransaction):
        assert kind.objects.count() == 8, kind
    done = made.completion
    done.refresh_from_db()
    assert (done.done, done.total, done.certificates, done.points) == (8, 8, 8, 8)


def test_e7_control_without_the_lock_several_take_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made = completed()
    manager = completion.EventCompletion.objects
    monkeypatch.setattr(manager, "select_for_update", lambda **_how: manager.all(), raising=False)
    results = in_parallel([partial(tasks.award, event_id=made.pk)] * 6)
    given = sum(result for result in results if isinstance(result, int))
    failed = [result for result in results if isinstance(result, Exception)]
    assert given > 8 or failed
    assert Certificate.objects.count() == 8  # (the database holds what the lock does not: C1, A3)
    assert PointTransaction.objects.count() == 8
