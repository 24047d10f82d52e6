"""Codes: six digits, ten minutes, few tries, used once (P2, P5)."""

import re
import time
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from campus.accounts.models import User
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call, code_in, last_mail, sign_in

pytestmark = pytest.mark.django_db
NEW = "another-horse-77"


def asked(login: str) -> tuple[Client, str]:
    """Someone who asked for a reset, and their session."""
    client = Client()
    status, body = call(client, "POST", "/auth/password/request", {"email": login})
    assert status == 401
    assert body["errors"][0]["code"] == "password_reset_by_code"
    return client, body["meta"]["session_token"]


def set_new(client: Client, session: str, code: str) -> int:
    return call(
        client,
        "POST",
        "/auth/password/reset",
        {"key": code, "password": NEW},
        X_Session_Token=session,
    )[0]


def test_p5_reset_by_a_code_in_a_mail_ends_the_lock_and_is_used_once() -> None:
    user = factories.user(Role.STUDENT)
    for _ in range(5):
        sign_in("wrong", email=str(user.email))
    client, session = asked(str(user.email))
    code = code_in(last_mail())
    assert set_new(client, session, code) == 401  # by design: done, now sign in
    assert sign_in(factories.PASSWORD, email=str(user.email))[0] == 400
    assert sign_in(NEW, email=str(user.email))[0] == 200
    assert set_new(client, session, code) == 409


def test_p5_reset_by_a_text_message_for_who_has_only_a_phone(texts: list[Any]) -> None:
    factories.user(Role.STUDENT, email=None, phone="+12173334666", phone_verified=True)
    for _ in range(5):
        sign_in("wrong", phone="+12173334666")
    client, session = asked("+1 217 333 4666")
    assert texts[-1]["to"] == "+12173334666"
    assert set_new(client, session, code_in(texts[-1]["text"])) == 401
    assert sign_in(NEW, phone="+12173334666")[0] == 200
    assert not [m for m in mail.outbox if "code" in m.subject]


def test_p5_a_reset_by_text_message_proves_the_phone_and_a_mailed_one_does_not(
    texts: list[Any],
) -> None:
    for number, login, proves in (
        ("+12173334666", "+12173334666", True),
        ("+12173334777", "lena@example.org", False),
    ):
        email = login if "@" in login else None
        user = factories.user(Role.STUDENT, email=email, phone=number)
        assert not user.phone_verified
        client, session = asked(login)
        code = code_in(last_mail() if email else texts[-1]["text"])
        assert set_new(client, session, f"{(int(code) + 1) % 1_000_000:06}") == 400
        assert not User.objects.get(pk=user.pk).phone_verified
        assert set_new(client, session, code) == 401
        assert User.objects.get(pk=user.pk).phone_verified is proves
    assert sign_in(NEW, phone="+12173334666")[0] == 200, "no second code is asked for"


def test_p5_a_reset_that_was_only_begun_proves_nothing(texts: list[Any]) -> None:
    user = factories.user(Role.STUDENT, phone="+12173334666")
    client = Client()
    client.post("/en/account/password/reset/", {"email": "+12173334666"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post(
        "/en/account/password/change/",
        {"oldpassword": factories.PASSWORD, "password1": NEW, "password2": NEW},
    )
    user.refresh_from_db()
    assert user.check_password(NEW) and not user.phone_verified


def test_p5_the_pages_reset_by_code() -> None:
    user = factories.user(Role.STUDENT)
    client = Client()
    response = client.post("/en/account/password/reset/", {"email": str(user.email)}, follow=True)
    where = response.redirect_chain[-1][0]
    response = client.post(where, {"code": code_in(last_mail())}, follow=True)
    where = response.redirect_chain[-1][0]
    client.post(where, {"password1": NEW, "password2": NEW})
    assert sign_in(NEW, email=str(user.email))[0] == 200


def test_p5_three_wrong_tries_end_a_code() -> None:
    user = factories.user(Role.STUDENT)
    client, session = asked(str(user.email))
    code = code_in(last_mail())
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert [set_new(client, session, wrong) for _ in range(3)] == [400, 400, 400]
    assert set_new(client, session, code) == 409
    assert sign_in(factories.PASSWORD, email=str(user.email))[0] == 200


def test_p5_a_code_is_good_for_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    user = factories.user(Role.STUDENT)
    client, session = asked(str(user.email))
    code = code_in(last_mail())
    later = time.time() + 601
    monkeypatch.setattr("allauth.account.internal.flows.code_verification.time.time", lambda: later)
    assert set_new(client, session, code) == 409
    assert not User.objects.get(pk=user.pk).check_password(NEW)


@pytest.mark.parametrize("wrong", ["", "0", "x" * 2000, "12345\0", "۱۲۳۴۵۶", "<script>"])
def test_p2_codes_of_the_wrong_kind_are_refused(wrong: str) -> None:
    client = Client()
    _, body = call(
        client, "POST", "/auth/signup", {"email": "a@example.org", "password": "correct-horse-9"}
    )
    session = body["meta"]["session_token"]
    status, body = call(
        client, "POST", "/auth/email/verify", {"key": wrong}, X_Session_Token=session
    )
    assert status == 400
    assert "access_token" not in body["meta"]
    assert User.objects.get().last_login is None


def test_p2_a_new_code_makes_the_old_one_worthless() -> None:
    client = Client()
    _, body = call(
        client, "POST", "/auth/signup", {"email": "a@example.org", "password": "correct-horse-9"}
    )
    session = body["meta"]["session_token"]
    first = code_in(last_mail())
    cache.clear()  # one mail in ten seconds
    status, _ = call(client, "POST", "/auth/email/verify/resend", X_Session_Token=session)
    second = code_in(last_mail())
    assert status == 200 and len(mail.outbox) == 2
    if first != second:
        assert (
            call(client, "POST", "/auth/email/verify", {"key": first}, X_Session_Token=session)[0]
            == 400
        )
    assert (
        call(client, "POST", "/auth/email/verify", {"key": second}, X_Session_Token=session)[0]
        == 200
    )


def test_p2_a_code_counts_only_in_the_session_that_asked() -> None:
    _, first = call(
        Client(), "POST", "/auth/signup", {"email": "a@example.org", "password": "correct-horse-9"}
    )
    code = code_in(last_mail())
    _, other = call(
        Client(), "POST", "/auth/signup", {"email": "b@example.org", "password": "correct-horse-9"}
    )
    if code != code_in(last_mail()):
        status, _ = call(
            Client(),
            "POST",
            "/auth/email/verify",
            {"key": code},
            X_Session_Token=other["meta"]["session_token"],
        )
        assert status == 400
    assert first["meta"]["session_token"] != other["meta"]["session_token"]


def test_p9_mails_are_in_the_readers_language() -> None:
    user = factories.user(Role.STUDENT, language="ar")
    asked(str(user.email))
    assert re.search(r"[\u0600-\u06ff]", last_mail())


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "no-address"},
        {"email": "a" * 300 + "@example.org"},
        {"email": "a\0@example.org"},
        {"email": ["a@example.org"]},
        {"phone": "12345"},
        {"phone": "+999999999999999999"},
        {"phone": "+1abc"},
        {"phone": "0217 333 4666"},
        {"email": "a@example.org", "password": ""},
        {"email": "a@example.org", "password": "12345678"},
        {"email": "a@example.org", "password": "password"},
        {"email": "a@example.org", "password": "a\0b-horse-99"},
        {"email": "a@example.org", "full_name": "x" * 201},
        {"email": "a@example.org", "role": "teacher"},
    ],
)
def test_p2_bad_registrations_are_refused_and_store_nothing(wrong: dict[str, Any]) -> None:
    status, body = call(Client(), "POST", "/auth/signup", {"password": "correct-horse-9", **wrong})
    assert status == 400, body
    assert not User.objects.exists()
    assert not mail.outbox


@pytest.mark.parametrize("raw", ["", "[]", "{", "null", '"x"', "\xff"])
def test_f1_what_is_no_json_object_gets_the_envelope_too(raw: str) -> None:
    response = Client().generic(
        "POST",
        "/api/v1/auth/app/v1/auth/login",
        raw.encode("latin-1"),
        content_type="application/json",
    )
    assert response.status_code == 400
    assert set(response.json()) == {"status", "data", "meta", "errors"}
