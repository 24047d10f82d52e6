"""E5, E6, E7, E12: tickets, the door, scans that come later, and what completing leaves."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone

from campus.events import services, tickets
from campus.events.errors import (
    EventStateRefused,
    NotAtThisTime,
    NotRegistered,
    ScanFromFuture,
    TicketForged,
    TicketOfAnotherEvent,
    TicketRevoked,
)
from campus.events.models import Attendance, EventAward, EventRegistration, Scan
from campus.events.services import NewScan
from campus.events.services.completion import attendees, award_batch
from campus.events.tasks import award
from portal.errors import NotAllowed
from portal.models import StreamEvent
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Any:
    """An event that has begun, an organizer at its door, and somebody with a ticket."""
    club = world.club()
    event = world.event(club)
    registration = world.registered(event)
    event = world.begun(event)
    return event, world.organizer(club, "Helper at the door"), registration


def test_e5_a_scan_marks_once_and_a_second_says_when_the_first_was(door: Any) -> None:
    event, helper, registration = door
    code = tickets.code_of(registration)
    first = services.check_in(event_id=event.pk, code=code, actor=helper)
    again = services.check_in(
        event_id=event.pk, code=f"https://quad.example/en/tickets/{code}/", actor=helper
    )
    assert (first.outcome, again.outcome) == ("marked", "already")
    assert again.at == first.at
    assert Attendance.objects.count() == 1
    live = StreamEvent.objects.get(stream__name=f"event:{event.pk}", type="event.checked_in")
    assert (live.payload["count"], live.payload["name"]) == (1, registration.name)


def test_e5_a_ticket_cannot_be_guessed_forged_or_used_after_it_was_given_back(door: Any) -> None:
    event, helper, registration = door
    code = tickets.code_of(registration)
    other = world.registered(world.event())
    forged = [
        "",
        "x",
        str(registration.pk),
        code[:-1],
        code + "A",
        "é" * 54,
        "A" * 54,
        "A" * 5000,
        code[:30] + ("A" if code[30] != "A" else "B") + code[31:],
        tickets.code_of(other)[:22] + code[22:],
    ]
    for wrong in forged:
        with pytest.raises(TicketForged):
            services.check_in(event_id=event.pk, code=wrong, actor=helper)
    with pytest.raises(TicketOfAnotherEvent):
        services.check_in(event_id=event.pk, code=tickets.code_of(other), actor=helper)
    coming = world.event(event.club)
    held = world.registered(coming)
    old = tickets.code_of(held)
    services.unregister(registration_id=held.pk, actor=None)
    with pytest.raises(TicketRevoked):
        tickets.registration_of(old, coming)
    back = services.register(event_id=coming.pk, student=held.student, actor=None)
    with pytest.raises(TicketRevoked):
        tickets.registration_of(old, coming)
    assert tickets.registration_of(tickets.code_of(back), coming) == back
    assert not Attendance.objects.exists()


def test_e5_the_door_is_for_the_clubs_organizers_alone(door: Any) -> None:
    event, _helper, registration = door
    code = tickets.code_of(registration)
    for nobody in (registration.student.user, world.organizer(world.club()), factories.teacher()):
        with pytest.raises(NotAllowed):
            services.check_in(event_id=event.pk, code=code, actor=nobody)
    assert not Attendance.objects.exists()


def test_e5_by_hand_for_the_registered_alone_and_not_days_before(door: Any) -> None:
    event, helper, registration = door
    done = services.check_in_by_hand(
        event_id=event.pk, registration_id=registration.pk, actor=helper
    )
    assert (done.outcome, Attendance.objects.get().method) == ("marked", "hand")
    with pytest.raises(NotRegistered):
        services.check_in_by_hand(event_id=event.pk, registration_id=uuid.uuid4(), actor=helper)
    early = world.registered(world.event(event.club))
    with pytest.raises(NotAtThisTime):
        services.check_in_by_hand(event_id=early.event_id, registration_id=early.pk, actor=helper)


def test_a_correction_is_a_new_row_that_names_the_old(door: Any) -> None:
    event, helper, registration = door
    ask = {"event_id": event.pk, "registration_id": registration.pk, "actor": helper}
    first = services.check_in_by_hand(**ask)
    assert first.attendance is not None
    for _ in range(2):
        services.take_back(attendance_id=first.attendance.pk, actor=helper, reason="Wrong one")
    assert not Attendance.objects.present().exists()
    assert services.check_in_by_hand(**ask).outcome == "marked"
    assert [
        (one.is_present, one.corrects_id is not None)
        for one in Attendance.objects.order_by("recorded_at")
    ] == [(True, False), (False, True), (True, True)]
    assert Attendance.objects.present().count() == 1


def test_e6_scans_sent_later_count_once_each_with_their_own_time(door: Any) -> None:
    event, helper, registration = door
    code = tickets.code_of(registration)
    at = timezone.now() - dt.timedelta(minutes=5)
    one, two, bad, ahead = (uuid.uuid4() for _ in range(4))
    scans = [
        NewScan(one, code, at),
        NewScan(two, code, at + dt.timedelta(minutes=1)),
        NewScan(bad, "forged", at),
        NewScan(ahead, code, timezone.now() + dt.timedelta(hours=1)),
    ]
    first = services.send_scans(event_id=event.pk, scans=scans, actor=helper)
    assert [one.outcome for one in first] == ["marked", "already", "refused", "refused"]
    assert [one.code for one in first] == ["", "", "ticket_invalid", "scan_in_future"]
    assert first[1].at == at
    again = services.send_scans(event_id=event.pk, scans=scans, actor=helper)
    assert [one.outcome for one in again] == [one.outcome for one in first]
    assert Attendance.objects.get().at == at
    assert Scan.objects.count() == 4


def test_e6_a_scan_from_the_future_marks_nobody(door: Any) -> None:
    event, _helper, registration = door
    with pytest.raises(ScanFromFuture):
        services.attendance._mark(
            event,
            registration,
            timezone.now() + dt.timedelta(minutes=3),
            Attendance.Method.SCAN,
            None,
        )
    assert not Attendance.objects.exists()


def test_e12_attendance_of_several_days_is_taken_for_each() -> None:
    event = world.event(
        sessions=world.slots(30, 54, 78), takes_daily_attendance=True, certificate_days=2
    )
    registration, once = world.registered(event), world.registered(event)
    helper = world.organizer(event.club)
    event = world.put_at(event, timezone.now() - dt.timedelta(hours=25))
    code = tickets.code_of(registration)
    yesterday = timezone.now() - dt.timedelta(hours=24)
    services.send_scans(
        event_id=event.pk, scans=[NewScan(uuid.uuid4(), code, yesterday)], actor=helper
    )
    for _ in range(2):
        services.check_in(event_id=event.pk, code=code, actor=helper)
    services.check_in(event_id=event.pk, code=tickets.code_of(once), actor=helper)
    assert Attendance.objects.present().filter(registration=registration).count() == 2
    days = {one.pk: one.days for one in attendees(event)}  # type: ignore[attr-defined]
    assert days == {registration.pk: 2, once.pk: 1}


def test_e7_everyone_who_attended_is_through_exactly_once_and_late_ones_follow(
    door: Any,
) -> None:
    event, helper, registration = door
    rows = [registration]
    for _ in range(4):
        made = world.student()
        rows.append(
            EventRegistration.objects.create(
                event=event,
                student=made,
                state="registered",
                queue_number=len(rows) + 10,
                since=timezone.now(),
            )
        )
    for one in rows[:4]:
        services.check_in_by_hand(event_id=event.pk, registration_id=one.pk, actor=helper)
    event = services.complete(event_id=event.pk, actor=None)
    assert award_batch(event_id=event.pk, batch=2) == 2  # (and here the worker dies)
    assert award(event.pk) == 2
    assert award(event.pk) == 0
    completion = event.completion
    completion.refresh_from_db()
    assert (completion.done, completion.total, completion.state) == (4, 4, "done")
    assert EventAward.objects.count() == 4
    late = NewScan(uuid.uuid4(), tickets.code_of(rows[4]), timezone.now() - dt.timedelta(minutes=1))
    services.send_scans(event_id=event.pk, scans=[late], actor=helper)
    assert award(event.pk) == 1
    assert EventAward.objects.count() == 5
    live = StreamEvent.objects.filter(type="event.completion_progressed").order_by("number")
    assert [one.payload["done"] for one in live][:3] == [2, 4, 4]


def test_e7_certificates_are_for_completed_events() -> None:
    event = world.event()
    with pytest.raises(EventStateRefused):
        services.generate(event_id=event.pk, actor=None)
