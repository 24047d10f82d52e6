"""E4, E12, E13: places, the queue, the audience, approval."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from campus.events import services
from campus.events.errors import (
    AnswerMissing,
    AnswerUnfit,
    CapacityBelowRegistered,
    EventCancelled,
    EventFull,
    EventHasBegun,
    EventNotFound,
    NotForYou,
    RegistrationClosed,
    RegistrationDecided,
    RegistrationNotFound,
    RegistrationNotOpenYet,
    RegistrationRejected,
    StudentNotActive,
)
from campus.events.models import Answer, Event, EventRegistration
from campus.notifications.models import Notification
from campus.people.models import Student
from portal.errors import NotAllowed
from portal.models import StreamEvent
from portal.roles import Role
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db
State = EventRegistration.State


def told(user: Any) -> list[str]:
    return list(
        Notification.objects.filter(user=user, type__startswith="events.")
        .order_by("created_at")
        .values_list("type", flat=True)
    )


def test_e4_places_are_given_until_there_are_none_and_the_rest_wait_in_order() -> None:
    event = world.event(capacity=2)
    got = [world.registered(event) for _ in range(5)]
    assert [one.state for one in got] == ["registered"] * 2 + ["waiting"] * 3
    assert [one.place for one in got] == [0, 0, 1, 2, 3]
    event.refresh_from_db()
    assert event.seats_taken == 2


def test_e4_registering_twice_is_one_registration() -> None:
    event = world.event(capacity=1)
    student = world.student()
    first = services.register(event_id=event.pk, student=student, actor=student.user)
    again = services.register(event_id=event.pk, student=student, actor=student.user)
    assert first.pk == again.pk
    assert EventRegistration.objects.count() == 1
    assert told(student.user) == ["events.registered"]
    waiting = world.registered(event)
    assert waiting.student is not None
    repeated = services.register(event_id=event.pk, student=waiting.student, actor=None)
    assert (repeated.pk, repeated.place) == (waiting.pk, 1)


def test_e4_a_place_that_comes_free_goes_to_the_first_who_waits_who_is_told_once_and_live() -> None:
    event = world.event(capacity=1)
    holder, second, third = (world.registered(event) for _ in range(3))
    services.unregister(registration_id=holder.pk, actor=holder.student.user)  # type: ignore[union-attr]
    second.refresh_from_db()
    third.refresh_from_db()
    event.refresh_from_db()
    assert (second.state, third.state, event.seats_taken) == ("registered", "waiting", 1)
    assert told(second.student.user) == ["events.waiting", "events.promoted"]  # type: ignore[union-attr]
    assert told(third.student.user) == ["events.waiting"]  # type: ignore[union-attr]
    assert told(holder.student.user) == ["events.registered"]  # type: ignore[union-attr]
    live = StreamEvent.objects.filter(
        stream__name=f"user:{second.account_id}", type="event_registration.changed"
    )
    assert [one.payload["state"] for one in live.order_by("number")] == ["waiting", "registered"]


def test_e4_cancelling_again_is_harmless_and_coming_back_gets_the_end_of_the_queue() -> None:
    event = world.event(capacity=1)
    holder, second = world.registered(event), world.registered(event)
    assert holder.student is not None
    for _ in range(2):
        services.unregister(registration_id=holder.pk, actor=holder.student.user)
    event.refresh_from_db()
    assert event.seats_taken == 1
    back = services.register(event_id=event.pk, student=holder.student, actor=holder.student.user)
    assert (back.pk, back.state, back.place) == (holder.pk, "waiting", 1)
    second.refresh_from_db()
    assert back.queue_number > second.queue_number


def test_e4_cancelling_is_possible_until_the_start() -> None:
    event = world.event(capacity=1)
    holder, waiting = world.registered(event), world.registered(event)
    world.put_at(event, timezone.now() - dt.timedelta(minutes=1))
    with pytest.raises(EventHasBegun):
        services.unregister(registration_id=holder.pk, actor=holder.student.user)  # type: ignore[union-attr]
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


def test_e4_without_a_waiting_list_a_full_event_refuses() -> None:
    event = world.event(capacity=1, has_waiting_list=False)
    world.registered(event)
    with pytest.raises(EventFull):
        world.registered(event)
    assert EventRegistration.objects.count() == 1


def test_e4_more_places_seat_who_waits_and_fewer_than_registered_are_refused() -> None:
    event = world.event(capacity=2)
    rows = [world.registered(event) for _ in range(4)]
    with pytest.raises(CapacityBelowRegistered) as refused:
        services.edit_event(event_id=event.pk, changes={"capacity": 1}, actor=None)
    assert refused.value.details["registered"] == 2
    services.edit_event(event_id=event.pk, changes={"capacity": 3}, actor=None)
    assert [EventRegistration.objects.get(pk=one.pk).state for one in rows] == [
        *("registered", "registered", "registered"),
        "waiting",
    ]
    services.edit_event(event_id=event.pk, changes={"capacity": None}, actor=None)
    event.refresh_from_db()
    assert event.seats_taken == 4


def test_e4_a_waiting_student_who_is_not_active_any_more_is_passed_by() -> None:
    event = world.event(capacity=1)
    holder, gone, third = (world.registered(event) for _ in range(3))
    Student.objects.filter(pk=gone.student_id).update(state=Student.State.LEFT)
    services.unregister(registration_id=holder.pk, actor=None)
    gone.refresh_from_db()
    third.refresh_from_db()
    assert (gone.state, third.state) == ("waiting", "registered")


def test_e13_nobody_is_promoted_into_an_event_that_has_begun() -> None:
    event = world.event(capacity=1)
    world.registered(event)
    waiting = world.registered(event)
    event = world.begun(event)
    Event.objects.filter(pk=event.pk).update(capacity=5)
    assert services.fill_places(event_id=event.pk) == 0
    waiting.refresh_from_db()
    assert waiting.state == "waiting"
    assert told(waiting.student.user)[-1] == "events.list_closed"  # type: ignore[union-attr]


def test_e13_a_start_that_has_passed_ends_the_list_also_before_the_job_came_by() -> None:
    event = world.event(capacity=1)
    world.registered(event)
    waiting = world.registered(event)
    world.put_at(event, timezone.now() - dt.timedelta(seconds=1))
    Event.objects.filter(pk=event.pk).update(capacity=5)
    assert services.fill_places(event_id=event.pk) == 0
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


def test_e4_the_window_is_kept() -> None:
    now = timezone.now()
    soon = world.event(registration_opens=now + world.HOUR)
    with pytest.raises(RegistrationNotOpenYet):
        world.registered(soon)
    past = world.event(registration_closes=now - world.HOUR)
    with pytest.raises(RegistrationClosed):
        world.registered(past)
    off = services.cancel(event_id=world.event().pk, actor=None)
    with pytest.raises(EventCancelled):
        world.registered(off)
    with pytest.raises(EventNotFound):
        world.registered(world.draft())
    assert not EventRegistration.objects.exists()


def test_e4_only_those_whom_it_is_for() -> None:
    ours, other = factories.department(), factories.department()
    event = world.event(audience_departments=[ours], audience_semesters=[3, 5])
    world.registered(event, department=ours, semester=3)
    for facts in ({"department": other, "semester": 3}, {"department": ours, "semester": 4}):
        with pytest.raises(NotForYou):
            world.registered(event, **facts)
    with pytest.raises(StudentNotActive):
        world.registered(world.event(), state=Student.State.ON_LEAVE)
    teacher = factories.teacher()
    with pytest.raises(NotForYou):
        services.register(event_id=event.pk, actor=teacher)
    assert services.register(event_id=world.event().pk, actor=teacher).user == teacher


def test_e4_a_parent_registers_a_child_and_nobody_elses() -> None:
    event = world.event()
    child, stranger = world.student(user=None), world.student()
    parent = factories.parent(child)
    made = services.register(event_id=event.pk, student=child, actor=parent)
    assert made.state == "registered"
    note = Notification.objects.get(user=parent)
    assert note.params["child"] == child.name
    with pytest.raises(NotAllowed):
        services.register(event_id=event.pk, student=stranger, actor=parent)
    with pytest.raises(NotAllowed):
        services.register(event_id=event.pk, actor=parent)
    theirs = world.registered(event)
    with pytest.raises(RegistrationNotFound):
        services.unregister(registration_id=theirs.pk, actor=parent)
    services.unregister(registration_id=made.pk, actor=parent)
    assert not EventRegistration.objects.registered().filter(student=child).exists()


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.EDITOR, Role.ADMIN])
def test_e4_who_is_no_student_teacher_or_mentor_does_not_register(role: Role) -> None:
    with pytest.raises(NotAllowed):
        services.register(event_id=world.event().pk, actor=factories.user(role))
    assert not EventRegistration.objects.exists()


def test_e12_registrations_that_need_approval_wait_for_it() -> None:
    club = world.club()
    organizer = world.organizer(club)
    event = world.event(club, capacity=1, needs_approval=True)
    asked, second, third = (world.registered(event) for _ in range(3))
    assert {asked.state, second.state, third.state} == {"requested"}
    event.refresh_from_db()
    assert event.seats_taken == 0
    assert told(organizer) == ["events.requested"] * 3
    services.approve(registration_id=asked.pk, actor=organizer)
    later = services.approve(registration_id=second.pk, actor=organizer)
    assert (later.state, later.place) == ("waiting", 1)
    services.reject(registration_id=third.pk, actor=organizer, reason="Members only")
    with pytest.raises(RegistrationDecided):
        services.approve(registration_id=third.pk, actor=organizer)
    with pytest.raises(RegistrationRejected):
        services.register(event_id=event.pk, student=third.student, actor=None)
    assert told(asked.student.user) == ["events.approved"]  # type: ignore[union-attr]
    assert told(third.student.user) == ["events.rejected"]  # type: ignore[union-attr]
    assert not Notification.objects.filter(action_taken_at=None, type="events.requested").exists()
    stranger = world.organizer(world.club())
    with pytest.raises(RegistrationNotFound):
        services.approve(registration_id=second.pk, actor=stranger)


def test_e12_questions_are_answered_as_they_ask() -> None:
    event = world.event()
    questions = services.set_questions(
        event_id=event.pk,
        questions=[
            {"text": "T-shirt", "kind": "choice", "choices": ["S", "M"], "is_required": True},
            {"text": "Anything else? 🎉 مرحبا", "kind": "long"},
        ],
        actor=None,
    )
    student = world.student()
    ask = {"event_id": event.pk, "student": student, "actor": None}
    first, second = (str(one.pk) for one in questions)
    with pytest.raises(AnswerMissing) as missing:
        services.register(**ask, answers={second: "hm"})  # type: ignore[arg-type]
    assert missing.value.param == f"answers.{first}"
    for unfit in ({first: "XL"}, {first: "S", "other": "x"}, {first: "S", second: "x" * 2001}):
        with pytest.raises(AnswerUnfit):
            services.register(**ask, answers=unfit)  # type: ignore[arg-type]
    assert not EventRegistration.objects.exists()
    services.register(**ask, answers={first: "M", second: "é 🎉 عربي"})  # type: ignore[arg-type]
    assert set(Answer.objects.values_list("text", flat=True)) == {"M", "é 🎉 عربي"}
