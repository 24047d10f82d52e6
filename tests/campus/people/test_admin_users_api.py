"""The admins' API of users: find, make, correct, lock out and in."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import ModelLogEntry

from campus.accounts import services
from campus.accounts.models import User
from campus.institutions.models import Institution
from portal.imports import engine
from portal.imports.models import Import
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.portal.imports.bring import csv_bytes

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/admin/users/"


def found(client: Any, query: str) -> set[str]:
    answer = client.get(f"{ROOT}?{query}")
    assert answer.status_code == 200, answer.content
    return {user["full_name"] for user in answer.json()["data"]}


def test_admins_find_users_by_every_filter(
    admin: User, institution: Institution, api_as: Any
) -> None:
    other = Institution.objects.create(name="Other", slug="other")
    now = timezone.now()
    factories.user(Role.TEACHER, full_name="Tea", email="tea@x.example", last_seen=now)
    factories.user(
        Role.MENTOR, full_name="Men", email=None, phone="+12173334666", phone_verified=True
    )
    off = factories.user(Role.STUDENT, full_name="Off", email="off@x.example")
    services.set_active(user=off, active=False, actor=admin, reason="left")
    factories.student(user=off, institution=other)
    client = api_as(admin)
    assert found(client, "role=teacher") == {"Tea"}
    assert found(client, "is_active=false") == {"Off"}
    assert "Off" not in found(client, "is_active=true")
    assert found(client, f"institution={other.pk}") == {"Off"}
    assert found(client, "institution=99999999999") == set()
    assert found(client, "q=tea@x") == {"Tea"}
    assert found(client, "q=MEN") == {"Men"}
    assert found(client, "q=%2B1217333") == {"Men"}
    assert found(client, "q=te") == {"Tea"}
    stamp = (now - dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found(client, f"seen_since={stamp}&role=teacher") == {"Tea"}
    assert "Tea" not in found(client, "never_seen=true")
    assert "Men" in found(client, "verified=true")
    assert "Men" not in found(client, "verified=false")
    assert client.get(f"{ROOT}?role=wizard").status_code == 400
    one = client.get(f"{ROOT}{off.pk}/").json()["data"]
    assert (one["roles"], one["inactive_reason"]) == (["student"], "left")
    assert "identity_number" not in one


def test_the_list_costs_the_same_for_one_and_for_many(admin: User, api_as: Any) -> None:
    client, counts = api_as(admin), []
    for number in (1, 30):
        for _ in range(number):
            factories.user(Role.TEACHER, Role.MENTOR)
        client.get(ROOT)
        with CaptureQueriesContext(connection) as seen:
            client.get(f"{ROOT}?role=teacher")
        counts.append(len([q for q in seen if "accounts_user" in q["sql"]]))
        assert not [q for q in seen if "COUNT(" in q["sql"]]
    assert counts[0] == counts[1], counts


def test_p2_an_account_is_made_and_invited(admin: User, api_as: Any) -> None:
    client = api_as(admin)
    given = {"email": "New@x.example", "full_name": "New", "roles": ["teacher"]}
    answer = client.post(ROOT, given, format="json")
    assert answer.status_code == 201, answer.content
    user = User.objects.get(email="new@x.example")
    assert (user.roles, user.has_usable_password()) == ({Role.TEACHER}, False)
    assert OutboxMessage.objects.filter(actor__endswith="send_invitation").count() == 1
    assert ModelLogEntry.objects.filter(action="accounts.invite", user=admin).count() == 1
    for wrong, param in (
        ({**given}, "email"),
        ({"full_name": "X", "roles": []}, "email"),
        ({"phone": "12", "full_name": "X", "roles": []}, "phone"),
        ({"email": "y@x.example", "full_name": "X", "roles": ["wizard"]}, "roles"),
    ):
        refused = client.post(ROOT, wrong, format="json")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["param"].startswith(param)
    assert client.post(f"{ROOT}{user.pk}/invite/").status_code == 200
    services.set_password(user=user, password="a-password-77", actor=None)
    assert client.post(f"{ROOT}{user.pk}/invite/").json()["errors"][0]["code"] == "has_password"


def test_only_what_is_named_is_corrected(admin: User, api_as: Any) -> None:
    user = factories.user(Role.TEACHER, email="a@x.example", full_name="A", language="ar")
    client = api_as(admin)
    answer = client.patch(f"{ROOT}{user.pk}/", {"full_name": "B"}, format="json")
    assert answer.status_code == 200
    user = User.objects.get(pk=user.pk)
    assert (user.full_name, user.language, user.email) == ("B", "ar", "a@x.example")
    assert user.roles == {Role.TEACHER}
    client.patch(f"{ROOT}{user.pk}/", {"roles": ["mentor"]}, format="json")
    assert User.objects.get(pk=user.pk).roles == {Role.MENTOR}
    refused = client.patch(f"{ROOT}{user.pk}/", {"email": None}, format="json")
    assert refused.status_code == 400
    changes = ModelLogEntry.objects.filter(object_id=user.pk, user=admin)
    assert {entry.action for entry in changes} == {"accounts.change_profile", "accounts.set_roles"}


def test_p3_disabling_ends_sessions_tokens_and_sockets(
    admin: User, api_as: Any, sign_in: Any
) -> None:
    user = factories.user(Role.TEACHER)
    token, browser, client = api_as(user), sign_in(user), api_as(admin)
    assert token.get("/api/v1/profile/").status_code == 200
    assert client.post(f"{ROOT}{user.pk}/disable/").status_code == 400  # a reason is asked for
    answer = client.post(f"{ROOT}{user.pk}/disable/", {"reason": "left"}, format="json")
    assert answer.json()["data"]["is_active"] is False
    assert token.get("/api/v1/profile/").status_code == 401
    assert browser.get("/en/profile/").status_code == 302
    entry = ModelLogEntry.objects.get(action="accounts.disable")
    assert (entry.user, entry.data["after"]["reason"]) == (admin, "left")
    assert client.post(f"{ROOT}{user.pk}/enable/").json()["data"]["is_active"] is True
    assert token.get("/api/v1/profile/").status_code == 401  # what ended stays ended
    mine = client.post(f"{ROOT}{admin.pk}/disable/", {"reason": "x"}, format="json")
    assert mine.status_code == 403
    assert User.objects.get(pk=admin.pk).is_active


def test_p3_a_password_that_is_reset_is_worth_nothing(admin: User, api_as: Any) -> None:
    user = factories.user(Role.TEACHER, email="r@x.example")
    services.set_password(user=user, password="old-password-77", actor=None)
    token = api_as(user)
    assert api_as(admin).post(f"{ROOT}{user.pk}/reset-password/").status_code == 200
    assert token.get("/api/v1/profile/").status_code == 401
    user = User.objects.get(pk=user.pk)
    assert not user.check_password("old-password-77")
    job = OutboxMessage.objects.get(actor__endswith="send_invitation")
    assert job.kwargs["again"] is True
    assert "r@x.example" not in str(job.kwargs)


def test_p4_an_admin_unlocks(admin: User, api_as: Any) -> None:
    user = factories.user(Role.TEACHER)
    for _ in range(5):
        Client().post("/en/account/login/", {"login": user.email, "password": "wrong-one-77"})
    assert services.is_locked(user=user)
    assert api_as(admin).post(f"{ROOT}{user.pk}/unlock/").status_code == 200
    assert not services.is_locked(user=user)


def test_p11_bulk_create_takes_files_and_rows(admin: User, api_as: Any) -> None:
    client, address = api_as(admin), f"{ROOT}bulk-create/"
    upload = SimpleUploadedFile(
        "u.csv", csv_bytes("email,full_name,roles", "f@x.example,F,student")
    )
    assert client.post(address, {"file": upload}, format="multipart").status_code == 202
    rows = [{"email": "j@x.example", "full_name": "J", "roles": ["teacher", "mentor"]}]
    answer = client.post(address, {"rows": rows}, format="json")
    assert answer.status_code == 202
    owner = Import.objects.get(pk=answer.json()["data"]["id"])
    engine.check(owner.pk)
    assert client.post(f"/api/v1/imports/{owner.pk}/apply/").status_code == 202
    engine.apply(owner.pk)
    assert User.objects.get(email="j@x.example").roles == {Role.TEACHER, Role.MENTOR}
    assert client.post(address, {}, format="json").status_code == 400


def test_users_are_the_admins_alone(editor: User, api: Any, api_as: Any) -> None:
    user = factories.user(Role.STUDENT)
    assert api.get(ROOT).status_code == 401
    for who in (editor, factories.user(Role.TEACHER)):
        client = api_as(who)
        assert client.get(ROOT).status_code == 403
        assert client.get(f"{ROOT}{user.pk}/").status_code == 403
        assert client.post(ROOT, {}, format="json").status_code == 403
        assert client.post(f"{ROOT}bulk-create/", {}, format="json").status_code == 403
        for verb in ("disable", "enable", "reset-password", "unlock", "invite"):
            answer = client.post(f"{ROOT}{user.pk}/{verb}/", {"reason": "x"}, format="json")
            assert answer.status_code == 403
    assert User.objects.get(pk=user.pk).is_active
