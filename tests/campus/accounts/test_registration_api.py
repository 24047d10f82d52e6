"""Registration, verification and sign-in by API (P1–P3)."""

import json
import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from campus.accounts.models import User
from campus.people.models import Student
from campus.people.queries import student_of
from portal.roles import Role

pytestmark = pytest.mark.django_db
AUTH = "/api/v1/auth/app/v1"
PASSWORD = "correct-horse-9"


def call(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """A JSON request to the headless API; gives (status, body)."""
    response = client.generic(
        method,
        AUTH + path,
        json.dumps(body) if body is not None else "",
        content_type="application/json",
        headers=headers,
    )
    content = json.loads(response.content)
    assert set(content) == {"status", "data", "meta", "errors"}, content
    assert content["status"] == ("success" if response.status_code < 400 else "error")
    return response.status_code, content


def code_in_mail() -> str:
    found = re.search(r"\b(\d{6})\b", mail.outbox[-1].body)
    assert found, mail.outbox[-1].body
    return found.group(1)


def test_p1_p2_registration_with_an_email_alone_is_complete_and_makes_a_student() -> None:
    client = Client()
    status, body = call(
        client, "POST", "/auth/signup", {"email": "Nadia@Example.org", "password": PASSWORD}
    )
    assert status == 401
    assert body["errors"][0]["code"] == "verify_email"
    assert "access_token" not in body["meta"]
    user = User.objects.get(email="nadia@example.org")
    assert user.roles == {Role.STUDENT}
    student = student_of(user)
    assert student is not None and re.fullmatch(r"S\d{4}-00001", student.number)

    status, body = call(
        client,
        "POST",
        "/auth/email/verify",
        {"key": code_in_mail()},
        **{"X-Session-Token": body["meta"]["session_token"]},
    )
    assert status == 200
    assert body["data"]["user"]["email"] == "nadia@example.org"
    assert body["data"]["user"]["roles"] == ["student"]
    assert body["meta"]["access_token"] and body["meta"]["refresh_token"]


def test_p1_p2_registration_with_a_phone_alone_is_complete(texts: list[Any]) -> None:
    client = Client()
    status, body = call(
        client, "POST", "/auth/signup", {"phone": "+1 (217) 333-4666", "password": PASSWORD}
    )
    assert status == 401
    assert body["errors"][0]["code"] == "verify_phone"
    assert texts[-1]["to"] == "+12173334666"
    code = re.search(r"\b(\d{6})\b", texts[-1]["text"])
    assert code
    status, body = call(
        client,
        "POST",
        "/auth/phone/verify",
        {"code": code.group(1)},
        **{"X-Session-Token": body["meta"]["session_token"]},
    )
    assert status == 200, body
    assert body["data"]["user"]["phone"] == "+12173334666"
    assert not mail.outbox
    status, body = call(
        Client(), "POST", "/auth/login", {"phone": "+12173334666", "password": PASSWORD}
    )
    assert status == 200, body


def test_p1_neither_email_nor_phone_is_refused() -> None:
    status, body = call(Client(), "POST", "/auth/signup", {"password": PASSWORD})
    assert status == 400
    assert body["errors"][0]["code"] == "required"
    assert not User.objects.exists()


def test_p2_staff_roles_cannot_be_taken_at_registration() -> None:
    status, body = call(
        Client(),
        "POST",
        "/auth/signup",
        {"email": "a@example.org", "password": PASSWORD, "role": "admin"},
    )
    assert status == 400
    assert body["errors"][0]["param"] == "role"
    assert not User.objects.exists()


def test_p2_a_parent_is_no_student() -> None:
    call(
        Client(),
        "POST",
        "/auth/signup",
        {"email": "a@example.org", "password": PASSWORD, "role": "parent"},
    )
    assert User.objects.get().roles == {Role.PARENT}
    assert not Student.objects.exists()


def test_p2_an_unverified_account_cannot_sign_in() -> None:
    call(Client(), "POST", "/auth/signup", {"email": "a@example.org", "password": PASSWORD})
    cache.clear()  # the mail of the registration is seconds old
    status, body = call(
        Client(), "POST", "/auth/login", {"email": "a@example.org", "password": PASSWORD}
    )
    assert status == 401
    assert body["errors"][0]["code"] == "verify_email"
    assert "access_token" not in body["meta"]


def test_p2_admins_are_exempt_from_verification() -> None:
    User.objects.create_superuser("root@example.org", PASSWORD)
    status, body = call(
        Client(), "POST", "/auth/login", {"email": "root@example.org", "password": PASSWORD}
    )
    assert status == 200
    assert body["meta"]["access_token"]
    assert not [m for m in mail.outbox if "code" in m.subject.lower()]
