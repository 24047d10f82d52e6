"""P6: the second factor, on the pages and by API: set up, asked for at each sign-in, each code used once."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from campus.accounts.models import User
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call

pytestmark = pytest.mark.django_db
ACTIVATE = "/en/account/2fa/totp/activate/"


def shown(secret: str, after: int = 0) -> str:
    """What the app shows, ``after`` periods of thirty seconds from now."""
    counter = int(time.time()) // 30 + after
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def with_factor(*roles: Role) -> tuple[User, str]:
    """Somebody who has set up an app, and its secret."""
    user = factories.user(*roles)
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return user, secret


def password_given(user: User, **more: str) -> Client:
    """A browser that has typed e-mail and password."""
    client = Client()
    answer = client.post(
        "/en/account/login/", {"login": user.email, "password": factories.PASSWORD, **more}
    )
    assert answer.status_code == 302
    return client


def type_code(client: Client, code: str) -> bool:
    """Type a code on the page; whether it opened."""
    client.post("/en/account/2fa/authenticate/", {"code": code})
    return "_auth_user_id" in client.session


def test_p6_set_up_by_the_pages_then_asked_for_at_sign_in() -> None:
    user = factories.user(Role.STUDENT)
    client = password_given(user)
    assert client.get(ACTIVATE).status_code == 302, "the password is asked for again first"
    client.post(f"/en/account/reauthenticate/?next={ACTIVATE}", {"password": factories.PASSWORD})
    page = client.get(ACTIVATE).content.decode()
    secret = re.search(r'id="authenticator_secret"[^>]* value="(\w+)"', page)
    assert secret
    wrong = f"{(int(shown(secret.group(1))) + 1) % 1_000_000:06}"
    client.post(ACTIVATE, {"code": wrong})
    assert not Authenticator.objects.exists()
    client.post(ACTIVATE, {"code": shown(secret.group(1))})
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    client.post("/en/account/logout/")
    assert "_auth_user_id" not in client.session
    cache.clear()
    again = password_given(user)
    assert "_auth_user_id" not in again.session, "a password alone opens nothing"
    assert again.get("/en/dashboard/").status_code == 302
    assert not type_code(again, wrong)
    assert type_code(again, shown(secret.group(1)))


@pytest.mark.parametrize("seconds_later", [0, 31, 59])
def test_p6_a_used_code_is_refused_as_long_as_it_would_be_accepted(
    seconds_later: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time() // 30 * 30 + 5  # in the middle of a period
    monkeypatch.setattr("time.time", lambda: now)
    user, secret = with_factor(Role.STUDENT)
    code = shown(secret, after=1)  # from a clock that runs ahead: accepted for longest
    assert type_code(password_given(user), code)
    thief = password_given(user)
    monkeypatch.setattr("time.time", lambda: now + seconds_later)
    assert not type_code(thief, code)
    assert type_code(thief, shown(secret, after=0 if seconds_later == 0 else 1))


def test_p6_by_api_the_second_factor_is_a_step_of_its_own_and_its_code_is_used_once() -> None:
    user, secret = with_factor(Role.STUDENT)
    asked = {"email": user.email, "password": factories.PASSWORD}

    def second_step(code: str) -> tuple[int, dict[str, Any]]:
        client = Client()
        status, body = call(client, "POST", "/auth/login", asked)
        assert status == 401 and body["errors"][0]["code"] == "mfa_authenticate", body
        assert "access_token" not in body["meta"]
        return call(
            client,
            "POST",
            "/auth/2fa/authenticate",
            {"code": code},
            X_Session_Token=body["meta"]["session_token"],
        )

    code = shown(secret)
    status, body = second_step(code)
    assert status == 200 and body["meta"]["access_token"]
    status, body = second_step(code)
    assert status == 400 and "access_token" not in body["meta"]
    assert second_step(shown(secret, after=1))[0] == 200


def test_p6_a_recovery_code_opens_once() -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: PLC0415

    user, _ = with_factor(Role.STUDENT)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    assert type_code(password_given(user), code)
    assert not type_code(password_given(user), code)


def test_p6_wagtails_door_asks_for_the_second_factor() -> None:
    admin, secret = with_factor(Role.ADMIN)
    client = Client()
    away = client.get("/admin/")
    assert away.status_code == 302 and "/account/login/" in away["Location"]
    client = password_given(admin, next="/admin/")
    assert client.get("/admin/").status_code == 302, "a password alone opens no admin"
    posted = client.post("/admin/login/", {"username": admin.email, "password": factories.PASSWORD})
    assert posted.status_code == 302 and "_auth_user_id" not in client.session
    answer = client.post("/en/account/2fa/authenticate/", {"code": shown(secret)})
    assert answer["Location"] == "/admin/", "and then it goes on to where one wanted to be"
    assert client.get("/admin/").status_code == 200
