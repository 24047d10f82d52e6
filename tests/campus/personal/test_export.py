"""P9: the download of all that the portal holds on a person."""

import csv
import datetime as dt
import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from campus.accounts.models import User
from campus.notifications.models import Notification, NotificationDelivery
from campus.notifications.preferences import choose
from campus.people.models import Student
from campus.personal import services, tasks
from campus.personal.errors import TooManyExports
from campus.personal.models import DataExport
from learning.enrollments.services import enroll
from portal import personal
from portal.models import OutboxMessage
from tests import factories
from tests.campus.accounts.openid import flows

pytestmark = pytest.mark.django_db
URL = "/api/v1/profile/export/"
NUMBER = "X4711-98765"


@pytest.fixture
def person(student: Student, section: Any) -> User:
    """A student of whom every part of the portal holds something."""
    user = student.user
    assert user is not None
    user.identity_number = NUMBER
    user.full_name = "=Nadia Haddad"
    user.photo.save("me.webp", ContentFile(b"the-picture"))
    user.save()
    enroll(student=student, section_id=section.pk, actor=user)
    choose(user=user, type="enrollments.promoted", channel="email", timing="off")
    flows.Flow(flows.signed_in(user), *flows.client()).tokens("openid roles")
    return user


def made(user: User) -> DataExport:
    """A download, made as a worker does."""
    export = services.request_export(user=user, actor=user)
    tasks.build_export(export_id=str(export.pk))
    export.refresh_from_db()
    return export


def opened(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_p9_a_download_holds_what_every_part_holds(person: User, api_as: Any) -> None:
    client = api_as(person)
    asked = client.post(URL)
    assert asked.status_code == 202
    assert asked.json()["data"]["state"] == "pending" and asked.json()["data"]["file"] is None
    [job] = OutboxMessage.objects.filter(actor=services.BUILD)
    tasks.build_export(**job.kwargs)
    [told] = client.get(URL).json()["data"]
    assert told["state"] == "ready" and told["size"] > 100
    answer = client.get(told["file"])
    assert answer["Content-Type"] == "application/zip"
    assert "attachment" in answer["Content-Disposition"] and "no-store" in answer["Cache-Control"]
    with opened(body(answer)) as archive:
        data = json.loads(archive.read("data.json"))
        names = set(archive.namelist())
        [account] = list(
            csv.DictReader(io.StringIO(archive.read("account.csv").decode("utf-8-sig")))
        )
        assert archive.read(data["account"][0]["photo"]) == b"the-picture"
    assert data["account"][0]["identity_number"] == NUMBER, "in full: it is the person's own"
    assert account["full_name"] == "'=Nadia Haddad", "no spreadsheet takes it for a formula"
    assert data["student"][0]["number"] == person.student.number
    assert data["enrollments"][0]["state"] == "active"
    assert data["addresses"][0]["email"] == person.email
    assert [row["what"] for row in data["security"] if row["kind"] == "connected app"] == [
        "Library",
        "Library",
    ]
    assert data["notifications"] and data["notification_choices"][0]["timing"] == "off"
    assert {holder.name for holder in personal.holders()} <= set(data)
    assert {"data.json", "account.csv", "enrollments.csv"} <= names
    text = json.dumps(data)
    assert person.password not in text and "gAAAA" not in text and "sealed:" not in text


def test_p9_the_owner_is_told_when_it_is_ready(person: User) -> None:
    made(person)
    note = Notification.objects.get(user=person, type="personal.export_ready")
    assert note.path == "/profile/data/"
    assert NotificationDelivery.objects.filter(notification=note).count() == 1


def test_p9_nobody_else_fetches_it(person: User, admin: User, api_as: Any, sign_in: Any) -> None:
    export = made(person)
    file, page = f"{URL}{export.pk}/file/", reverse("personal:archive", args=[export.pk])
    assert api_as(person).get(file).status_code == 200, "the control"
    assert sign_in(person).get(page).status_code == 200
    for other in (factories.user(), admin, factories.user(is_superuser=True)):
        assert api_as(other).get(file).status_code == 404
        assert sign_in(other).get(page).status_code == 404
        assert api_as(other).get(URL).json()["data"] == []
    assert APIClient().get(file).status_code == 401
    assert Client().get(page).status_code == 302
    assert Client().get(f"/media/{export.file.name}").status_code == 404


def test_p9_it_goes_after_its_time(person: User, api_as: Any) -> None:
    export = made(person)
    name, storage = export.file.name, export.file.storage
    DataExport.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert api_as(person).get(f"{URL}{export.pk}/file/").status_code == 404
    assert storage.exists(name)
    assert tasks.forget_exports() == {"files": 1}
    assert not storage.exists(name)
    assert tasks.forget_exports() == {"files": 0}
    export.refresh_from_db()
    assert export.state == "expired" and not export.file


def test_p9_one_at_a_time_and_some_a_day(person: User) -> None:
    first = services.request_export(user=person, actor=person)
    assert services.request_export(user=person, actor=person) == first
    assert OutboxMessage.objects.filter(actor=services.BUILD).count() == 1
    tasks.build_export(export_id=str(first.pk))
    tasks.build_export(export_id=str(first.pk))
    assert Notification.objects.filter(type="personal.export_ready").count() == 1
    for _ in range(services.EXPORTS_A_DAY - 1):
        made(person)
    with pytest.raises(TooManyExports):
        services.request_export(user=person, actor=person)


def test_p9_the_page_asks_and_shows(person: User, sign_in: Any) -> None:
    client, page = sign_in(person), reverse("personal:data")
    assert client.get(page).status_code == 200
    assert client.post(page).status_code == 302
    assert "being made" in client.get(page).content.decode()
    tasks.build_export(export_id=str(DataExport.objects.get().pk))
    assert "Fetch the file" in client.get(page).content.decode()
