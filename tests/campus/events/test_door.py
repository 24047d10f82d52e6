"""E10: the code at the door, that changes; and the pass that survives a sign-in."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from campus.events import door, services
from campus.events.errors import CodeExpired, CodeForged, NotRegistered
from campus.events.models import Attendance
from portal.models import StreamEvent
from tests import factories
from tests.campus.events import world

PHONE, OTHER = "phone-of-lina", "phone-of-omar"


@pytest.fixture
def event(db: None) -> Any:
    """An event that has begun."""
    made = world.event()
    made.person = world.registered(made)
    made.friend = world.registered(made)
    world.begun(made)
    return made


def test_e10_a_code_holds_for_seconds_and_for_its_event_alone(event: Any) -> None:
    now = timezone.now().replace(second=3, microsecond=0)
    shown = door.code_for(event.pk, now)
    address = "https://quad.example:8443/en/door/{}/"
    assert door.event_of(address.format(shown.code), now) == event.pk
    fresh = door.code_for(event.pk).code
    assert door.admitted_to(address.format(fresh), PHONE) == event.pk
    assert now < shown.changes_at <= now + door.STEP
    assert door.event_of(shown.code, shown.changes_at + dt.timedelta(seconds=5)) == event.pk
    assert door.code_for(event.pk, shown.changes_at).code != shown.code
    for later in (shown.changes_at + door.STEP, now + dt.timedelta(hours=1)):
        with pytest.raises(CodeExpired):
            door.event_of(shown.code, later)
    with pytest.raises(CodeExpired):  # (one that is not shown yet)
        door.event_of(door.code_for(event.pk, now + 3 * door.STEP).code, now)
    other = door.code_for(world.event().pk, now).code
    forged = ["", "x", "é" * 44, "A" * 44, "A" * 9000, shown.code[:-1], shown.code + "A"]
    forged += [other[:22] + shown.code[22:], "a:b", ":" * 50]
    for wrong in forged:
        with pytest.raises(CodeForged):
            door.admitted_to(wrong, PHONE)


def test_e10_the_signed_in_registrant_is_marked_and_nobody_else(event: Any) -> None:
    code = door.code_for(event.pk).code
    done = services.self_check_in(token=code, device=PHONE, actor=event.person.student.user)
    assert (done.outcome, Attendance.objects.get().method) == ("marked", "self")
    again = services.self_check_in(token=code, device=PHONE, actor=event.person.student.user)
    assert (again.outcome, again.at) == ("already", done.at)
    for nobody in (factories.teacher(), world.student().user):
        with pytest.raises(NotRegistered):
            services.self_check_in(token=code, device=OTHER, actor=nobody)
    assert Attendance.objects.count() == 1
    assert PHONE not in Attendance.objects.get().device


def test_e10_one_device_for_two_people_is_told_to_the_organizers(event: Any) -> None:
    code = door.code_for(event.pk).code
    for one, device in ((event.person, PHONE), (event.friend, PHONE)):
        services.self_check_in(token=code, device=device, actor=one.student.user)
    told = StreamEvent.objects.filter(type="event.checked_in").order_by("number")
    assert [row.payload.get("shared_device") for row in told] == [None, True]
    # The same phone at another event is not the same device there: nobody is followed from one to the next.
    assert door.device_digest(event.pk, PHONE) != door.device_digest(world.event().pk, PHONE)


def test_e10_a_pass_survives_the_sign_in_on_the_same_device_alone(
    event: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = door.code_for(event.pk)
    kept = door.pass_for(shown.code, PHONE)
    monkeypatch.setattr(timezone, "now", lambda: shown.changes_at + dt.timedelta(minutes=3))
    with pytest.raises(CodeExpired):
        door.admitted_to(shown.code, PHONE)
    with pytest.raises(CodeExpired):
        door.pass_for(shown.code, PHONE)
    assert door.admitted_to(kept, PHONE) == event.pk
    with pytest.raises(CodeForged):
        door.admitted_to(kept, OTHER)
    monkeypatch.setattr(door, "PASS_HOLDS", dt.timedelta(seconds=-1))
    with pytest.raises(CodeExpired):
        door.admitted_to(kept, PHONE)
