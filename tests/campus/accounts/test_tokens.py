"""Tokens and sessions: short, rotated, and ended together (P3)."""

import threading
from typing import Any

import jwt as pyjwt
import pytest
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from campus.accounts import services
from campus.accounts.models import User
from campus.accounts.tokens import TokenStrategy
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call, sign_in

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> dict[str, Any]:
    """The meta of a fresh sign-in: access and refresh token."""
    status, body = sign_in(factories.PASSWORD, email=str(user.email))
    assert status == 200, body
    assert body["data"]["user"]["id"] == user.pk
    meta: dict[str, Any] = body["meta"]
    return meta


def profile(token: str) -> int:
    """The status of a read with an access token."""
    return call(Client(), "GET", "/api/v1/profile/", Authorization=f"Bearer {token}")[0]


def refresh(token: str) -> tuple[int, dict[str, Any]]:
    return call(Client(), "POST", "/tokens/refresh", {"refresh_token": token})


def test_p3_an_access_token_is_short_lived_and_reads_the_profile() -> None:
    meta = signed_in(factories.user(Role.STUDENT))
    claims = pyjwt.decode(meta["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] <= 300
    assert profile(meta["access_token"]) == 200
    assert profile(meta["access_token"][:-4] + "AAAA") == 401
    assert profile(meta["refresh_token"]) == 401


def test_p3_refresh_rotates_and_refuses_the_rotated() -> None:
    meta = signed_in(factories.user(Role.STUDENT))
    status, body = refresh(meta["refresh_token"])
    assert status == 200
    assert body["data"]["refresh_token"] != meta["refresh_token"]
    assert profile(body["data"]["access_token"]) == 200
    assert refresh(meta["refresh_token"])[0] == 400
    assert refresh(body["data"]["refresh_token"])[0] == 200


@pytest.mark.parametrize("wrong", ["", "x", "a.b.c", "\0", "é", "x" * 5000])
def test_p3_what_is_no_refresh_token_is_refused(wrong: str) -> None:
    status, body = refresh(wrong)
    assert status == 400
    assert body["data"] is None


def ended(user: User, meta: dict[str, Any], browser: Client) -> None:
    """Assert that nothing of the sign-ins is left."""
    assert profile(meta["access_token"]) == 401
    assert refresh(meta["refresh_token"])[0] == 400
    assert browser.get("/en/profile/").status_code == 302
    assert not Session.objects.filter(session_data__contains="never").exists()


@pytest.fixture
def ended_sockets(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str | None]]:
    """The calls that end sockets."""
    calls: list[tuple[int, str | None]] = []
    monkeypatch.setattr(
        services,
        "end_sockets",
        lambda user_id, session_key=None: calls.append((user_id, session_key)),
    )
    return calls


@pytest.fixture
def person() -> User:
    return factories.user(Role.STUDENT)


@pytest.fixture
def browser(person: User) -> Client:
    client = Client()
    client.post("/en/account/login/", {"login": str(person.email), "password": factories.PASSWORD})
    assert client.get("/en/profile/").status_code == 200
    return client


def test_p3_signing_out_by_api_ends_every_session_token_and_socket(
    person: User, browser: Client, ended_sockets: list[Any]
) -> None:
    meta = signed_in(person)
    other = signed_in(person)
    status, _body = call(
        Client(), "DELETE", "/auth/session", Authorization=f"Bearer {meta['access_token']}"
    )
    assert status == 401  # by design: the answer to "who am I" after it
    ended(person, meta, browser)
    assert profile(other["access_token"]) == 401
    assert (person.pk, None) in ended_sockets


def test_p3_signing_out_on_the_site_ends_every_session_token_and_socket(
    person: User, browser: Client, ended_sockets: list[Any]
) -> None:
    meta = signed_in(person)
    browser.post("/en/account/logout/")
    ended(person, meta, browser)
    assert (person.pk, None) in ended_sockets


def test_p3_a_password_change_ends_every_session_and_token(
    person: User, browser: Client, ended_sockets: list[Any]
) -> None:
    meta = signed_in(person)
    new = "another-horse-77"
    response = browser.post(
        "/en/account/password/change/",
        {"oldpassword": factories.PASSWORD, "password1": new, "password2": new},
    )
    assert response.status_code == 302, response.content.decode()
    ended(person, meta, browser)
    assert (person.pk, None) in ended_sockets
    assert sign_in(factories.PASSWORD, email=str(person.email))[0] == 400
    assert sign_in(new, email=str(person.email))[0] == 200


def test_p3_disabling_ends_every_session_and_token_and_keeps_out(
    person: User, browser: Client, ended_sockets: list[Any]
) -> None:
    meta = signed_in(person)
    admin = factories.user(Role.ADMIN)
    services.set_active(user=person, active=False, actor=admin, reason="left")
    ended(person, meta, browser)
    assert (person.pk, None) in ended_sockets
    status, body = sign_in(factories.PASSWORD, email=str(person.email))
    assert status in {400, 401}
    assert "access_token" not in body["meta"]
    services.set_active(user=person, active=True, actor=admin)
    assert profile(meta["access_token"]) == 401
    assert sign_in(factories.PASSWORD, email=str(person.email))[0] == 200


def test_p3_a_disabled_account_is_out_even_where_only_the_flag_is_set(person: User) -> None:
    """Access tokens are checked against session and user at each use (stateful validation)."""
    meta = signed_in(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert profile(meta["access_token"]) == 401


def test_p3_ending_one_session_of_the_list_ends_its_tokens_only(
    person: User, browser: Client, ended_sockets: list[Any]
) -> None:
    meta = signed_in(person)
    browser.post("/en/account/sessions/")  # "sign out other sessions"
    assert profile(meta["access_token"]) == 401
    assert refresh(meta["refresh_token"])[0] == 400
    assert browser.get("/en/profile/").status_code == 200
    assert len(ended_sockets) == 1 and ended_sockets[0][1] is not None


# --- parallel refresh ---------------------------------------------------------------------------
def winners(strategy: JWTTokenStrategy, token: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many of eight parallel refreshes of one token succeed."""
    barrier = threading.Barrier(8)
    won: list[bool] = []

    def work() -> None:
        try:
            barrier.wait()
            won.append(strategy.refresh_token(token) is not None)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 8
    return sum(won)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_p3_of_eight_parallel_refreshes_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    user = factories.user(Role.STUDENT)
    for _round in range(3):
        meta = signed_in(user)
        assert winners(TokenStrategy(), meta["refresh_token"], monkeypatch) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_p3_control_without_the_lock_several_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the lock guards: allauth's own refresh, at its best of five rounds."""
    user = factories.user(Role.STUDENT)
    most = 0
    for _round in range(5):
        meta = signed_in(user)
        most = max(most, winners(JWTTokenStrategy(), meta["refresh_token"], monkeypatch))
    assert most > 1
