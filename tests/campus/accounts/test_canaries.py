"""O3: of all the secrets that somebody's account brings with it, none is in the log."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campus.accounts.models import User
from campus.events.feeds import token_of
from campus.events.models import CalendarFeed
from portal.logs import scrub_text
from tests import factories
from tests.campus.accounts.calls import call, code_in, last_mail, sign_in
from tests.campus.accounts.openid import flows
from tests.campus.accounts.test_second_factor import shown
from tests.security.test_policies import routes

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r"<(?:\w+:)?token>|\(\?P<key>[^)]*\)")
ARGUMENT = re.compile(r"<[^>]*>|\(\?P<\w+>[^)]*\)")
EMAIL = "canary.person@example.org"
FIRST, SECOND, THIRD, WRONG = (
    *("canary-horse-4711", "canary-stable-4712", "canary-pasture-4713"),
    "canary-guess-4714",
)


def bearer(meta: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {meta['access_token']}"}


def by_api(kept: dict[str, str]) -> None:
    """Registering, signing in, refreshing, a reset, a second factor: what a front end sends."""
    client = Client()
    _, body = call(client, "POST", "/auth/signup", {"email": EMAIL, "password": FIRST})
    kept["session token"] = session = body["meta"]["session_token"]
    kept["code of the e-mail"] = code = code_in(last_mail())
    status, body = call(
        client, "POST", "/auth/email/verify", {"key": code}, X_Session_Token=session
    )
    assert status == 200, body
    assert sign_in(WRONG, email=EMAIL)[0] == 400
    status, body = sign_in(FIRST, email=EMAIL)
    assert status == 200, body
    kept |= {f"first {name}": body["meta"][name] for name in ("access_token", "refresh_token")}
    for again in (200, 400):
        refresh = {"refresh_token": kept["first refresh_token"]}
        status, renewed = call(Client(), "POST", "/tokens/refresh", refresh)
        assert status == again
        if again == 200:
            kept |= {f"second {name}": token for name, token in renewed["data"].items()}
    client = Client()
    _, body = call(client, "POST", "/auth/password/request", {"email": EMAIL})
    kept["code of the reset"] = code = code_in(last_mail())
    session = body["meta"]["session_token"]
    for key in ("000000", code):
        call(
            *(client, "POST", "/auth/password/reset", {"key": key, "password": SECOND}),
            X_Session_Token=session,
        )
    status, body = sign_in(SECOND, email=EMAIL)
    assert status == 200, body
    meta = body["meta"]
    change = {"current_password": SECOND, "new_password": THIRD}
    call(Client(), "POST", "/account/password/change", change, **bearer(meta))
    status, body = sign_in(THIRD, email=EMAIL)
    assert status == 200, body
    meta = body["meta"]
    again = {"password": THIRD}
    assert call(Client(), "POST", "/auth/reauthenticate", again, **bearer(meta))[0] == 200
    _, body = call(Client(), "GET", "/account/authenticators/totp", **bearer(meta))
    kept["secret of the app"] = secret = body["meta"]["secret"]
    kept["code of the app"] = code = shown(secret)
    totp = "/account/authenticators/totp"
    status, body = call(Client(), "POST", totp, {"code": code}, **bearer(meta))
    assert status == 200, body
    recovery = "/account/authenticators/recovery-codes"
    _, body = call(Client(), "GET", recovery, **bearer(meta))
    found = body["data"]["unused_codes"]
    kept |= {f"recovery code {number}": code for number, code in enumerate(found)}


def by_page(kept: dict[str, str]) -> None:
    """The door's page, with a wrong password and with a wrong code."""
    browser = Client()
    browser.post("/en/account/login/", {"login": EMAIL, "password": WRONG})
    browser.post("/en/account/login/", {"login": EMAIL, "password": THIRD})
    browser.post("/en/account/2fa/authenticate/", {"code": kept["recovery code 0"]})
    assert "_auth_user_id" in browser.session
    kept["session"] = str(browser.session.session_key)
    browser.get("/en/dashboard/?token=" + WRONG)


def by_other_systems(kept: dict[str, str], user: User) -> None:
    """OpenID both ways of paying with a code, and the calendar that a program asks for."""
    made, kept["client secret"] = flows.client()
    flow = flows.Flow(flows.signed_in(user), made, kept["client secret"])
    kept["OpenID code"] = flow.code("openid profile")
    kept |= {
        f"OpenID {name}": token
        for name, token in flow.exchange(kept["OpenID code"]).json().items()
        if name.endswith("token")
    }
    flow.exchange(kept["OpenID code"])  # used already
    Client().get(flows.USERINFO, **flows.bearer(kept["OpenID access_token"]))
    kept["calendar"] = token_of(CalendarFeed.objects.create(user=user))
    fetched = Client().get(reverse("api:calendar-feed-file", args=[kept["calendar"]]))
    assert fetched.status_code == 200


def test_o3_no_secret_of_an_account_is_in_the_log(
    log: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {"first password": FIRST, "second password": SECOND}
    kept |= {"third password": THIRD, "wrong password": WRONG}
    by_api(kept)
    by_page(kept)
    by_other_systems(kept, User.objects.get(email=EMAIL))
    before = log()

    def fail(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError("in the middle of a sign-in")

    # A crash while a password is on its way tells where, and not what was sent.
    monkeypatch.setattr("allauth.account.adapter.DefaultAccountAdapter.authenticate", fail)
    monkeypatch.setattr("campus.accounts.adapter.AccountAdapter.authenticate", fail, raising=False)
    api = Client(raise_request_exception=False)
    body = {"email": EMAIL, "password": THIRD}
    crashed = api.post("/api/v1/auth/app/v1/auth/login", body, content_type="application/json")
    assert crashed.status_code == 500
    assert "in the middle of a sign-in" in log().removeprefix(before), "the control"
    written = log()
    assert written.count('"request"') > 20, "the control: what was asked is told"
    found = [
        name for name, secret in kept.items() if re.search(rf"\b{re.escape(secret)}\b", written)
    ]
    assert not found, [line for line in written.splitlines() if kept[found[0]] in line]
    assert len(kept) > 25
    assert EMAIL not in written
    assert factories.PASSWORD not in written


def test_o3_an_address_with_a_token_in_it_is_told_without() -> None:
    """Every one of the URL map: an invitation sets a password, a calendar's address opens it."""
    asked = [route.address for route in routes() if TOKEN.search(route.address)]
    assert len(asked) >= 6, asked
    for address in asked:
        path = ARGUMENT.sub("x7", TOKEN.sub("canary4711", address))
        told = scrub_text(f"Not Found: /{path.replace('^', '').rstrip('$')}")
        assert "canary4711" not in told, told
    assert scrub_text("/en/courses/canary4711/") == "/en/courses/canary4711/"
