"""Five failures lock the account for fifteen minutes; answers never tell who exists (P4)."""

import time
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from campus.accounts import services
from campus.accounts.models import User
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call, sign_in

pytestmark = pytest.mark.django_db
PHONE = "+12173334666"


@pytest.fixture
def person() -> User:
    return factories.user(Role.STUDENT, phone=PHONE, phone_verified=True)


def fail(times: int, **login: str) -> None:
    for _ in range(times):
        status, body = sign_in("wrong-password", **login)
        assert status == 400
        assert body["errors"][0]["code"] != "too_many_login_attempts"


def code_of(password: str, **login: str) -> str | None:
    _status, body = sign_in(password, **login)
    return body["errors"][0]["code"] if body["errors"] else None


def test_p4_five_failures_lock_whatever_the_address_they_come_from(person: User) -> None:
    for n in range(5):
        client = Client(REMOTE_ADDR=f"10.0.0.{n}")
        status, _ = call(
            client, "POST", "/auth/login", {"email": person.email, "password": "wrong"}
        )
        assert status == 400
    assert code_of(factories.PASSWORD, email=str(person.email)) == "too_many_login_attempts"
    assert services.is_locked(user=person)


def test_p4_email_and_phone_count_as_one(person: User) -> None:
    fail(2, email=str(person.email))
    fail(2, phone=PHONE)
    fail(1, email=str(person.email).upper())
    assert code_of(factories.PASSWORD, phone=PHONE) == "too_many_login_attempts"
    assert code_of(factories.PASSWORD, email=str(person.email)) == "too_many_login_attempts"


def test_p4_the_lock_of_one_phone_is_not_that_of_all(person: User) -> None:
    other = factories.user(Role.STUDENT, phone="+12173334777", phone_verified=True)
    fail(5, phone=PHONE)
    assert code_of(factories.PASSWORD, phone=PHONE) == "too_many_login_attempts"
    assert sign_in(factories.PASSWORD, phone=str(other.phone))[0] == 200


def test_p4_the_pages_lock_too_and_ways_of_writing_a_phone_are_one(person: User) -> None:
    for written in ["+12173334666", "+1 217 333 4666", "+1-217-333-4666", "+1 (217) 333-4666"]:
        Client().post("/en/account/login/", {"login": written, "password": "wrong"})
    fail(1, email=str(person.email))
    client = Client()
    client.post("/en/account/login/", {"login": PHONE, "password": factories.PASSWORD})
    assert "_auth_user_id" not in client.session


def test_p4_four_failures_do_not_lock_and_signing_in_is_no_failure(person: User) -> None:
    fail(4, email=str(person.email))
    assert sign_in(factories.PASSWORD, email=str(person.email))[0] == 200
    assert not services.is_locked(user=person)


def test_p4_the_fifteen_minutes_begin_with_the_fifth_failure(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = time.time()
    now = [start]
    monkeypatch.setattr("allauth.core.internal.ratelimit.time.time", lambda: now[0])
    fail(4, email=str(person.email))
    now[0] = start + 14 * 60
    fail(1, email=str(person.email))
    now[0] = start + 28 * 60
    assert code_of(factories.PASSWORD, email=str(person.email)) == "too_many_login_attempts"
    now[0] = start + 29 * 60 + 1
    assert sign_in(factories.PASSWORD, email=str(person.email))[0] == 200


def test_p4_an_admin_unlocks(person: User) -> None:
    fail(5, email=str(person.email))
    admin = factories.user(Role.ADMIN)
    client = Client()
    client.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/admin/users/edit/{person.pk}/")
    assert page.status_code == 200
    assert f"/admin/users/unlock/{person.pk}/" in page.content.decode(), "there is a button for it"
    client.post(f"/admin/users/unlock/{person.pk}/")
    assert not services.is_locked(user=person)
    assert sign_in(factories.PASSWORD, email=str(person.email))[0] == 200


def test_p4_who_is_no_admin_cannot_unlock(person: User) -> None:
    fail(5, email=str(person.email))
    client = Client()
    client.force_login(
        factories.user(Role.EDITOR), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    client.post(f"/admin/users/unlock/{person.pk}/")
    assert services.is_locked(user=person)


# --- enumeration --------------------------------------------------------------------------------
def same(a: tuple[int, dict[str, Any]], b: tuple[int, dict[str, Any]]) -> None:
    """The same answer but for the session's own token."""
    for _status, body in (a, b):
        body["meta"].pop("session_token", None)
    assert a == b


def test_p4_sign_in_does_not_tell_who_exists(person: User) -> None:
    same(
        sign_in("wrong-password", email=str(person.email)),
        sign_in("wrong-password", email="nobody@example.org"),
    )
    same(sign_in("wrong-password", phone=PHONE), sign_in("wrong-password", phone="+12173334999"))


def test_p4_a_name_that_nobody_has_locks_too(person: User) -> None:
    fail(5, email="nobody@example.org")
    assert code_of("x", email="nobody@example.org") == "too_many_login_attempts"


def test_p4_registration_does_not_tell_who_exists(person: User, texts: list[Any]) -> None:
    count = User.objects.count()
    password = "correct-horse-9"
    taken = call(Client(), "POST", "/auth/signup", {"email": person.email, "password": password})
    assert User.objects.count() == count
    assert "already" in str(mail.outbox[-1].body)
    cache.clear()
    free = call(
        Client(), "POST", "/auth/signup", {"email": "new@example.org", "password": password}
    )
    same(taken, free)
    taken = call(Client(), "POST", "/auth/signup", {"phone": PHONE, "password": password})
    assert "already" in texts[-1]["text"]
    free = call(Client(), "POST", "/auth/signup", {"phone": "+12173334888", "password": password})
    same(taken, free)


@pytest.mark.parametrize(
    "spelled", ["PERSON@EXAMPLE.ORG", " person@example.org ", "Person@Example.Org"]
)
def test_p4_an_email_in_another_case_is_the_same(spelled: str) -> None:
    factories.user(Role.STUDENT, email="person@example.org")
    status, body = call(
        Client(), "POST", "/auth/signup", {"email": spelled, "password": "correct-horse-9"}
    )
    assert status == 401 and body["errors"][0]["code"] == "verify_email"
    assert User.objects.count() == 1


def test_p4_password_reset_does_not_tell_who_exists(person: User, texts: list[Any]) -> None:
    path = "/auth/password/request"
    same(
        call(Client(), "POST", path, {"email": person.email}),
        call(Client(), "POST", path, {"email": "nobody@example.org"}),
    )
    same(
        call(Client(), "POST", path, {"email": PHONE}),
        call(Client(), "POST", path, {"email": "+12173334999"}),
    )
    assert [text["to"] for text in texts] == [PHONE]
