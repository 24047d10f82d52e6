"""Pages of the door: tickets that are typed or scanned, and people who check themselves in (E5, E10)."""

import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from campus.events import door, tickets
from campus.events.models import Attendance, Event, EventRegistration
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def match() -> Event:
    """An event that has begun, and so takes attendance."""
    made = world.event(title="Match")
    world.registered(made, name="Ada Lovelace")
    return world.begun(made)


@pytest.fixture
def ada(match: Event) -> EventRegistration:
    return match.registrations.select_related("student__user").get()


def test_e5_a_typed_code_marks_once_and_the_second_time_says_when(
    match: Event, ada: EventRegistration, client: Client
) -> None:
    client.force_login(world.organizer(match.club, "Helper at the door"))
    path, code = f"/en/events/{match.slug}/door/", tickets.code_of(ada)
    assert "Welcome" in client.post(path, {"code": code}).content.decode()
    again = client.post(path, {"code": code}).content.decode()
    assert "Was here already" in again
    assert "Ada Lovelace" in again
    assert Attendance.objects.present().count() == 1
    forged = client.post(path, {"code": "x" + code[1:]})
    assert forged.status_code == 422
    other = world.registered(world.event())
    assert client.post(path, {"code": tickets.code_of(other)}).status_code == 422
    assert Attendance.objects.count() == 1


def test_the_camera_is_open_to_the_door_alone(match: Event, client: Client) -> None:
    client.force_login(world.organizer(match.club))
    at_the_door = client.get(f"/en/events/{match.slug}/door/")
    assert "camera=(self)" in at_the_door["Permissions-Policy"]
    elsewhere = client.get(f"/en/events/{match.slug}/organize/")
    assert "camera=()" in elsewhere["Permissions-Policy"]


def test_e10_the_screen_shows_a_code_that_changes(match: Event, client: Client) -> None:
    client.force_login(world.organizer(match.club))
    answer = client.get(f"/en/events/{match.slug}/door/screen/")
    assert answer["Cache-Control"].startswith("max-age=0")
    delay = re.search(r"load delay:(\d+)s", answer.content.decode())
    assert delay
    assert 1 <= int(delay[1]) <= door.STEP.total_seconds() + 1
    now = timezone.now()
    codes = {door.code_for(match.pk, now + steps * door.STEP).code for steps in (-1, 0, 1)}
    assert len(codes) == 3
    shown = answer.context["address"].rstrip("/").rpartition("/")[2]
    assert door.event_of(shown) == match.pk
    assert "<svg" in answer.content.decode()


def test_e10_a_visitor_signs_in_and_is_still_let_in_by_the_code_they_scanned(
    match: Event, ada: EventRegistration, client: Client, monkeypatch: Any
) -> None:
    code = door.code_for(match.pk).code
    sent = client.get(f"/en/here/{code}/")
    assert sent.status_code == 302
    assert "/account/login/" in sent["Location"]
    back = parse_qs(urlsplit(sent["Location"]).query)["next"][0]
    assert code not in back
    assert client.cookies["quad_device"]["httponly"]
    # The sign-in takes a minute: the code is another by now.
    _later(monkeypatch, dt.timedelta(minutes=1))
    client.force_login(ada.student.user)  # type: ignore[union-attr, arg-type]
    assert client.get(f"/en/here/{code}/").status_code == 409
    shown = client.get(back)
    assert "I am here" in shown.content.decode()
    assert not Attendance.objects.exists()  # looking at the page marks nobody
    done = client.post(f"{back}arrive/")
    assert "You are checked in" in done.content.decode()
    mark = Attendance.objects.get()
    assert (mark.registration, mark.method) == (ada, Attendance.Method.SELF)
    assert "You were checked in already" in client.post(f"{back}arrive/").content.decode()
    assert Attendance.objects.count() == 1


def test_e10_a_pass_is_of_no_use_on_another_device_nor_a_code_later(
    match: Event, ada: EventRegistration, client: Client, monkeypatch: Any
) -> None:
    code = door.code_for(match.pk).code
    first = client.get(f"/en/here/{code}/")
    back = parse_qs(urlsplit(first["Location"]).query)["next"][0]
    other = Client()
    other.force_login(ada.student.user)  # type: ignore[union-attr, arg-type]
    assert other.get(back).status_code == 400
    assert other.post(f"{back}arrive/").status_code == 400
    _later(monkeypatch, dt.timedelta(minutes=1))
    assert other.post(f"/en/here/{code}/arrive/").status_code == 409
    assert not Attendance.objects.exists()


def test_e10_who_is_not_registered_is_told_so(match: Event, client: Client) -> None:
    client.force_login(factories.student().user)  # type: ignore[arg-type]
    answer = client.post(f"/en/here/{door.code_for(match.pk).code}/arrive/")
    assert answer.status_code == 409
    assert "not registered" in answer.content.decode()
    assert not Attendance.objects.exists()


def test_e10_two_people_on_one_device_are_told_apart_for_the_organizers(
    match: Event, client: Client
) -> None:
    Event.objects.filter(pk=match.pk).update(state="scheduled", starts=timezone.now() + world.HOUR)
    world.registered(match, name="Blaise")
    people = list(match.registrations.select_related("student__user"))
    device = ""
    for one in people:
        client.logout()
        if device:
            client.cookies["quad_device"] = device
        client.force_login(one.student.user)  # type: ignore[union-attr, arg-type]
        code = door.code_for(match.pk).code
        page = client.get(f"/en/here/{code}/").content.decode()
        device = client.cookies["quad_device"].value
        action = re.search(r'action="(/en/here/[^"]+)"', page)
        assert action
        assert client.post(action[1]).status_code == 200
    first, second = Attendance.objects.order_by("recorded_at")
    assert first.device == second.device != ""


def _later(monkeypatch: Any, by: dt.timedelta) -> None:
    """Codes are asked that much later."""
    now = timezone.now
    monkeypatch.setattr(door.timezone, "now", lambda: now() + by)
