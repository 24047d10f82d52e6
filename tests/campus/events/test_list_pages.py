"""Pages of what is brought in and taken along: lists of who was there (E5), the private calendar (E8)."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campus.events.models import Attendance, CalendarFeed
from portal.imports import engine
from portal.imports.models import Import
from tests import factories
from tests.campus.events import world
from tests.portal.imports.bring import xlsx_bytes

pytestmark = pytest.mark.django_db


def bring(client: Client, path: str, *rows: Any) -> Import:
    """A list, brought by the page and checked."""
    file = SimpleUploadedFile("list.xlsx", xlsx_bytes(rows))
    answer = client.post(path, {"file": file})
    assert answer.status_code == 302
    found = Import.objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[1])
    engine.check(found.pk)
    return found


def test_e5_a_list_shows_whom_it_did_not_find_and_marks_when_told_to(client: Client) -> None:
    event = world.event()
    there = world.registered(event, name="Ada Lovelace")
    client.force_login(world.organizer(event.club, "Helper at the door"))
    path = f"/en/events/{event.slug}/organize/attendance/"
    assert "Lists are taken once the event has begun." in client.get(path).content.decode()
    event = world.begun(event)
    number = there.student_number
    wrong = bring(client, path, ["number"], [number], ["NOBODY-1"])
    seen = client.get(f"{path}{wrong.pk}/").content.decode()
    assert "NOBODY-1" in seen
    assert "This person is not registered for the event." in seen
    assert "Mark 1 person" not in seen
    client.post(f"{path}{wrong.pk}/apply/")
    assert not Attendance.objects.exists()
    client.post(f"{path}{wrong.pk}/discard/")
    right = bring(client, path, ["number"], [number])
    seen = client.get(f"{path}{right.pk}/").content.decode()
    assert "Ada Lovelace" in seen
    assert "Mark 1 person" in seen
    client.post(f"{path}{right.pk}/apply/")
    engine.apply(right.pk)
    assert Attendance.objects.get().registration == there
    assert "1 person was marked." in client.get(f"{path}{right.pk}/").content.decode()
    other = world.event(event.club)
    elsewhere = f"/en/events/{other.slug}/organize/attendance/{right.pk}/"
    assert client.get(elsewhere).status_code == 404
    client.force_login(world.organizer(event.club))
    assert client.get(f"{path}{right.pk}/").status_code == 404


def test_e5_a_file_that_is_no_list_is_refused_at_its_field(client: Client) -> None:
    event = world.begun(world.event())
    client.force_login(world.organizer(event.club))
    path = f"/en/events/{event.slug}/organize/attendance/"
    answer = client.post(path, {"file": SimpleUploadedFile("list.pdf", b"%PDF-1.7")})
    assert answer.status_code == 422
    assert 'id="id_file_error"' in answer.content.decode()
    assert not Import.objects.exists()


def test_e8_the_address_of_ones_calendar_is_shown_renewed_and_taken_away(client: Client) -> None:
    user = factories.user()
    client.force_login(user)
    path = "/en/events/calendar/mine/"
    assert "Make an address" in client.get(path).content.decode()
    assert not CalendarFeed.objects.exists()
    for _time in range(2):  # twice is one address
        client.post(f"{path}open/")
        first = client.get(path).context["address"]
    assert f'value="{first}"' in client.get(path).content.decode()
    client.post(f"{path}renew/")
    second = client.get(path).context["address"]
    assert client.get(first[first.index("/api/") :]).status_code == 404
    assert client.get(second[second.index("/api/") :]).status_code == 200
    client.post(f"{path}close/")
    assert client.get(second[second.index("/api/") :]).status_code == 404
    assert client.post(f"{path}forget/").status_code == 404
