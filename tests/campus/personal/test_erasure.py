"""P9: erasure: asked with proof, taken back in time, and then nothing names the person."""

import datetime as dt
import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Token
from django.core import serializers
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient
from wagtail.models import ModelLogEntry

from campus.accounts import services as accounts
from campus.accounts.models import User
from campus.notifications.models import Notification
from campus.people.models import Guardianship, Student
from campus.personal import services, tasks
from campus.personal.errors import AlreadyAsked, LastAdmin, NothingAsked, PersonNotFound
from campus.personal.models import DataExport, ErasureRequest
from learning.enrollments.models import Enrollment, EnrollmentRequest
from learning.enrollments.services import enroll
from portal.models import OutboxMessage, StreamEvent
from portal.roles import Role
from tests import factories
from tests.campus.accounts.openid import flows

pytestmark = pytest.mark.django_db
URL = "/api/v1/profile/erasure/"
NAME = "Zenobia Quillfeather"
PHONE = "+12173334666"
CANARIES = ("Zenobia", "Quillfeather", "zenobia@example.org", PHONE, "Byron Lane")


@pytest.fixture
def person(section: Any) -> User:
    """A student whose name is in many places."""
    user = factories.user(
        Role.STUDENT,
        full_name="Before",
        email="zenobia@example.org",
        phone=PHONE,
        phone_verified=True,
        identity_number="Byron Lane 12",
        date_of_birth=dt.date(2001, 2, 3),
    )
    factories.student(user=user, name="Before")
    accounts.update_profile(user=user, changes={"full_name": NAME}, actor=user)
    user.photo.save("me.webp", ContentFile(b"the-picture"))
    return User.objects.get(pk=user.pk)


def due(request: ErasureRequest) -> None:
    """Its day has come."""
    ErasureRequest.objects.filter(pk=request.pk).update(due_at=timezone.now())


def erased(user: User) -> User:
    """Asked, due and carried out, as a worker does."""
    request = services.ask_erasure(user=user, actor=user)
    due(request)
    tasks.erase(request_id=str(request.pk))
    return User.objects.get(pk=user.pk)


# --- asking ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "param"),
    [({}, "password"), ({"password": "wrong"}, "password"), ({"password": ""}, "password")],
)
def test_p9_without_the_password_nothing_happens(
    given: dict[str, str], param: str, person: User, api_as: Any
) -> None:
    answer = api_as(person).post(URL, given, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["param"] == param
    assert not ErasureRequest.objects.exists()


def test_p4_guessing_the_password_here_locks_the_account(person: User, api_as: Any) -> None:
    client = api_as(person)
    for _ in range(accounts.ATTEMPTS):
        client.post(URL, {"password": "wrong"}, format="json")
    assert client.post(URL, {"password": factories.PASSWORD}, format="json").status_code == 400
    assert accounts.is_locked(user=person)


def test_p9_with_it_there_is_a_time_of_grace(person: User, api_as: Any, settings: Any) -> None:
    client = api_as(person)
    assert client.get(URL).status_code == 404
    answer = client.post(URL, {"password": factories.PASSWORD}, format="json")
    assert answer.status_code == 202, answer.json()
    request = ErasureRequest.objects.get()
    wait = request.due_at - timezone.now()
    assert abs(wait - dt.timedelta(days=settings.ERASURE_GRACE_DAYS)) < dt.timedelta(minutes=1)
    job = OutboxMessage.objects.get(actor=services.ERASE)
    assert job.due_at >= request.due_at - dt.timedelta(seconds=5)
    tasks.erase(**job.kwargs)
    assert User.objects.get(pk=person.pk).full_name == NAME, "a job that comes early does nothing"
    assert client.get(URL).json()["data"]["state"] == "waiting"
    assert Notification.objects.filter(user=person, type="personal.erasure_asked").count() == 1
    again = client.post(URL, {"password": factories.PASSWORD}, format="json")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "already_asked")
    assert client.delete(URL).status_code == 204
    due(request)
    tasks.erase(**job.kwargs)
    assert User.objects.get(pk=person.pk).full_name == NAME, "taken back"
    assert client.delete(URL).status_code == 409
    assert APIClient().post(URL).status_code == 401


def test_p9_the_pages_ask_and_take_back(person: User, sign_in: Any) -> None:
    client, page = sign_in(person), reverse("personal:erasure")
    wrong = client.post(page, {"password": "wrong"})
    assert wrong.status_code == 422 and not ErasureRequest.objects.exists()
    assert client.post(page, {"password": factories.PASSWORD}).status_code == 302
    assert "Keep my account" in client.get(page).content.decode()
    assert client.post(page, {"action": "cancel"}).status_code == 302
    assert ErasureRequest.objects.get().state == "canceled"
    assert Client().get(page).status_code == 302


# --- carrying out ---------------------------------------------------------------------------------
def everything() -> str:
    """All that the database holds, but for its log."""
    found = []
    for model in serializers.python.apps.get_models():  # type: ignore[attr-defined]
        if model._meta.managed and model._meta.db_table in connection.introspection.table_names():
            if model._meta.label in {"wagtailcore.ModelLogEntry", "wagtailcore.PageLogEntry"}:
                continue
            found.extend(model._default_manager.values_list())
    return json.dumps(found, default=str, ensure_ascii=False)


def test_p9_nothing_names_the_person_afterwards(
    person: User, section: Any, admin: User, django_capture_on_commit_callbacks: Any
) -> None:
    section.needs_approval = True
    section.save()
    enroll(student=person.student, section_id=section.pk, actor=person)
    parent = factories.user(Role.PARENT)
    Guardianship.objects.create(guardian=parent, student=person.student)
    accounts.update_profile(user=person, changes={"second_phone": "+12173334777"}, actor=person)
    photo = person.photo.name
    before = everything()
    for canary in CANARIES[:4]:
        assert canary in before, f"the control: {canary} is there"
    assert NAME in json.dumps(list(Notification.objects.filter(user=admin).values("params")))
    with django_capture_on_commit_callbacks(execute=True):
        gone = erased(person)
    after = everything()
    for canary in (*CANARIES, "2173334777"):
        assert canary not in after, canary
    assert not gone.photo.storage.exists(photo)
    assert (gone.email, gone.phone, gone.is_active, gone.inactive_reason) == (
        None,
        None,
        False,
        "erased",
    )
    assert str(gone) == f"#{gone.pk}" and not gone.identity_number and not gone.groups.exists()
    student = Student.objects.get(number=person.student.number)
    assert (student.user, student.name, student.state) == (None, student.number, "left")
    assert not Guardianship.objects.exists()
    assert ErasureRequest.objects.get().state == "done"


def test_p9_the_log_tells_that_it_was_done_and_of_whom_by_number(
    person: User, admin: User, api_as: Any
) -> None:
    accounts.update_profile(user=person, changes={"full_name": f"{NAME} II"}, actor=person)
    log = "/api/v1/audit-logs/?page_size=100"
    export = "/api/v1/audit-logs/export/"
    client = api_as(admin)
    assert f"{NAME} II" in client.get(log).content.decode(), "while the person is there, it is told"
    assert f"{NAME} II" in client.get(export).content.decode()
    erased(person)
    entry = ModelLogEntry.objects.get(action="personal.erase")
    assert entry.label == f"#{person.pk}" and entry.user_id is None
    stored = json.dumps(list(ModelLogEntry.objects.values_list("label", "data")), default=str)
    told = client.get(log).content.decode() + client.get(export).content.decode()
    assert "accounts.change_profile" in told, "that it was changed stays"
    for canary in CANARIES:
        assert canary not in stored and canary not in told, canary


def test_p9_seats_and_places_go_to_others(person: User, section: Any) -> None:
    section.capacity = 1
    section.save()
    enroll(student=person.student, section_id=section.pk, actor=person)
    waiting = factories.student()
    enroll(student=waiting, section_id=section.pk, actor=waiting.user)
    full = factories.section(course=section.course, season=section.season, capacity=0)
    place = enroll(student=person.student, section_id=full.pk, actor=person)
    assert isinstance(place, EnrollmentRequest)
    number = person.student.number
    erased(person)
    assert Enrollment.objects.get(student=waiting).state == "active"
    kept = Enrollment.objects.get(student__number=number)
    assert kept.state == "dropped", "the row stays for the record"
    place.refresh_from_db()
    assert place.state == "withdrawn"
    section.refresh_from_db()
    assert section.seats_taken == 1
    assert Notification.objects.filter(user=waiting.user, type="enrollments.promoted").exists()


def test_p9_every_way_in_is_shut_and_the_address_is_free(person: User, api_as: Any) -> None:
    browser = flows.signed_in(person)
    tokens = flows.Flow(browser, *flows.client()).tokens()
    own = api_as(person)
    services.request_export(user=person, actor=person)
    erased(person)
    assert browser.get("/en/profile/").status_code == 302
    assert own.get("/api/v1/profile/").status_code == 401
    answer = Client().get("/identity/o/api/userinfo", **flows.bearer(tokens["access_token"]))
    assert answer.status_code == 401 and not Token.objects.exists()
    assert not EmailAddress.objects.filter(email="zenobia@example.org").exists()
    assert not DataExport.objects.exists()
    assert (
        StreamEvent.objects.filter(
            stream__name="system:sockets", payload__user_id=person.pk
        ).count()
        >= 0
    )
    new = accounts.register(
        user=User(), email="zenobia@example.org", phone=PHONE, password="a-long-walk-by-the-sea"
    )
    assert new.pk != person.pk


def test_p9_it_may_run_again_after_a_crash(person: User, monkeypatch: Any) -> None:
    request = services.ask_erasure(user=person, actor=person)
    due(request)
    real = services.personal.holders

    def broken() -> list[Any]:
        found = real()
        return [*found[:2], None]  # the third has no ``erase``: the process dies there

    monkeypatch.setattr(services.personal, "holders", broken)
    with pytest.raises(AttributeError):
        tasks.erase(request_id=str(request.pk))
    half = User.objects.get(pk=person.pk)
    assert not half.is_active, "shut first"
    with pytest.raises(NothingAsked):
        services.cancel_erasure(user=half, actor=half)
    monkeypatch.setattr(services.personal, "holders", real)
    tasks.erase(request_id=str(request.pk))
    tasks.erase(request_id=str(request.pk))
    assert User.objects.get(pk=person.pk).full_name == ""
    assert ModelLogEntry.objects.filter(action="personal.erase").count() == 1


# --- admins ---------------------------------------------------------------------------------------
def test_p9_the_last_admin_cannot_go(admin: User, person: User) -> None:
    with pytest.raises(LastAdmin):
        services.ask_erasure(user=admin, actor=admin)
    second = factories.user(Role.ADMIN)
    request = services.ask_erasure(user=admin, actor=admin)
    other = services.ask_erasure(user=second, actor=second)
    due(request)
    due(other)
    tasks.erase(request_id=str(request.pk))
    tasks.erase(request_id=str(other.pk))
    second.refresh_from_db()
    assert second.is_active and second.email, "the first took the place of neither: one stays"
    other.refresh_from_db()
    assert other.state == "canceled"


def test_p9_an_admin_erases_at_once_with_a_reason(
    admin: User, person: User, api_as: Any, sign_in: Any
) -> None:
    address = f"/api/v1/admin/users/{person.pk}/erase/"
    client = api_as(admin)
    assert client.post(address, {}, format="json").status_code == 400
    answer = client.post(address, {"reason": "Asked by letter"}, format="json")
    assert answer.status_code == 202, answer.json()
    [job] = OutboxMessage.objects.filter(actor=services.ERASE)
    tasks.erase(**job.kwargs)
    assert User.objects.get(pk=person.pk).email is None
    assert client.post(address, {"reason": "again"}, format="json").status_code == 409
    second = factories.student().user
    page = reverse("personal_erase", args=[second.pk])
    browser = sign_in(admin)
    assert (
        page in browser.get(reverse("wagtailusers_users:edit", args=[second.pk])).content.decode()
    )
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"reason": ""}).status_code == 200
    assert browser.post(page, {"reason": "Asked by letter"}).status_code == 302
    assert ErasureRequest.objects.get(user=second).asked_by == admin


@pytest.mark.parametrize("role", [Role.EDITOR, Role.TEACHER, Role.STUDENT])
def test_p9_nobody_else_erases_another(role: Role, person: User, api_as: Any, sign_in: Any) -> None:
    user = factories.user(role)
    address = f"/api/v1/admin/users/{person.pk}/erase/"
    assert api_as(user).post(address, {"reason": "x"}, format="json").status_code == 403
    page = sign_in(user).post(reverse("personal_erase", args=[person.pk]), {"reason": "x"})
    assert page.status_code in {302, 403}
    with pytest.raises(PersonNotFound):
        services.ask_erasure(user=person, actor=user, reason="x")
    assert not ErasureRequest.objects.exists()


def test_p9_an_admin_of_an_institution_reaches_its_own_people_alone(person: User) -> None:
    from campus.institutions.models import InstitutionAdministrator  # noqa: PLC0415

    elsewhere = factories.institution(slug="elsewhere", name="Elsewhere")
    local = factories.user(Role.ADMIN)
    InstitutionAdministrator.objects.create(institution=elsewhere, user=local)
    factories.user(Role.ADMIN)
    with pytest.raises(PersonNotFound):
        services.ask_erasure(user=person, actor=local, now=True, reason="x")
    theirs = factories.student(institution=elsewhere).user
    assert services.ask_erasure(user=theirs, actor=local, now=True, reason="x")
    with pytest.raises(AlreadyAsked):
        services.ask_erasure(user=theirs, actor=local, now=True, reason="x")
    with pytest.raises(PersonNotFound):
        services.ask_erasure(user=factories.user(), actor=local, now=True, reason="x")
