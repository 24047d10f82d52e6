"""P6: passkeys by API and on the pages: for signing in alone and as the second factor."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from campus.accounts import services
from campus.accounts.models import User
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call, sign_in
from tests.campus.accounts.device import Device

pytestmark = pytest.mark.django_db
MANAGE = "/account/authenticators/webauthn"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def with_passkey(user: User, device: Device | None = None, name: str = "My phone") -> Device:
    """Register a passkey by API, as somebody signed in who has given the password again."""
    device = device or Device()
    status, body = sign_in(factories.PASSWORD, email=str(user.email))
    assert status == 200, body
    token = bearer(body["meta"]["access_token"])
    client = Client()
    refused, _ = call(client, "GET", MANAGE, **token)
    assert refused == 401, "the password is asked for again first"
    again = {"password": factories.PASSWORD}
    assert call(client, "POST", "/auth/reauthenticate", again, **token)[0] == 200
    _, body = call(client, "GET", f"{MANAGE}?passwordless", **token)
    answer = device.create(body["data"]["creation_options"])
    given = {"name": name, "credential": answer, "passwordless": device.verifies}
    status, body = call(client, "POST", MANAGE, given, **token)
    assert status == 200, body
    assert body["data"]["name"] == name and body["meta"]["recovery_codes_generated"] is True
    return device


def begin(client: Client, path: str = "/auth/webauthn/login") -> tuple[dict[str, Any], str]:
    """What the device is asked, and the session it is asked in."""
    status, body = call(client, "GET", path)
    assert status == 200, body
    return body["data"]["request_options"], body["meta"]["session_token"]


def answer(session: str, given: Any) -> tuple[int, dict[str, Any]]:
    return call(
        Client(), "POST", "/auth/webauthn/login", {"credential": given}, X_Session_Token=session
    )


@pytest.fixture
def person() -> User:
    return factories.user(Role.STUDENT)


def test_p6_a_passkey_signs_in_alone_and_its_answer_once(person: User) -> None:
    device = with_passkey(person)
    assert [mail.outbox[-1].to, len(mail.outbox)] == [[person.email], 1], "the owner is told"
    options, session = begin(Client())
    given = device.get(options)
    status, body = answer(session, given)
    assert status == 200 and body["data"]["user"]["id"] == person.pk
    token = bearer(body["meta"]["access_token"])
    assert call(Client(), "GET", "/api/v1/profile/", **token)[0] == 200
    assert answer(session, given)[0] != 200, "the answer is good once"
    _, other = begin(Client())
    status, body = answer(other, given)
    assert status == 400 and "access_token" not in body["meta"], "and for its own question only"


def test_p6_a_passkey_is_the_second_factor_after_the_password(person: User) -> None:
    device = with_passkey(person)
    status, body = sign_in(factories.PASSWORD, email=str(person.email))
    assert status == 401 and body["errors"][0]["code"] == "mfa_authenticate"
    assert "access_token" not in body["meta"]
    session = {"X_Session_Token": body["meta"]["session_token"]}
    path = "/auth/webauthn/authenticate"
    _, body = call(Client(), "GET", path, **session)
    options = body["data"]["request_options"]
    stranger = Device(user_handle=device.user_handle, key_id=device.key_id)
    status, _ = call(Client(), "POST", path, {"credential": stranger.get(options)}, **session)
    assert status == 400, "another key with the same name opens nothing"
    _, body = call(Client(), "GET", path, **session)
    given = {"credential": device.get(body["data"]["request_options"])}
    status, body = call(Client(), "POST", path, given, **session)
    assert status == 200 and body["meta"]["access_token"]


def test_p6_a_passkey_of_another_host_or_without_a_check_of_the_person_does_not_sign_in(
    person: User,
) -> None:
    device = with_passkey(person)
    for wrong in ({"host": "evil.example"}, {"verifies": False}):
        other = Device(key=device.key, key_id=device.key_id, user_handle=device.user_handle)
        for name, value in wrong.items():
            setattr(other, name, value)
        options, session = begin(Client())
        status, body = answer(session, other.get(options))
        assert status == 400 and "access_token" not in body["meta"], wrong


def test_p6_a_passkey_of_somebody_else_signs_in_nobody(person: User) -> None:
    mine, theirs = with_passkey(person), with_passkey(factories.user(Role.STUDENT))
    mine.user_handle = theirs.user_handle
    options, session = begin(Client())
    assert answer(session, mine.get(options))[0] == 400


def test_p6_a_disabled_account_does_not_come_in_by_its_passkey(person: User) -> None:
    device = with_passkey(person)
    services.set_active(user=person, active=False, actor=None, reason="left")
    options, session = begin(Client())
    status, body = answer(session, device.get(options))
    assert status == 401 and "access_token" not in body["meta"]


MALFORMED: list[Any] = [
    None, "", "x", 1, [], {}, {"id": 1}, {"response": None}, {"response": []},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "clientExtensionResults": {},
     "response": {"clientDataJSON": "AA", "attestationObject": "AA", "authenticatorData": "AA",
                  "signature": "AA", "userHandle": "AA"}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "clientExtensionResults": {},
     "response": {"clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "",
                  "signature": "", "userHandle": None}},
    {"id": "é", "rawId": "\0", "type": "x", "response": "AA"},
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_p6_what_is_no_answer_of_a_device_is_refused(number: int, person: User) -> None:
    with_passkey(person)
    _, session = begin(Client())
    status, body = answer(session, MALFORMED[number])
    assert status == 400 and "access_token" not in body["meta"]


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_p6_what_is_no_new_passkey_is_refused(number: int, person: User) -> None:
    _, body = sign_in(factories.PASSWORD, email=str(person.email))
    token = bearer(body["meta"]["access_token"])
    client = Client()
    call(client, "POST", "/auth/reauthenticate", {"password": factories.PASSWORD}, **token)
    call(client, "GET", MANAGE, **token)
    status, _ = call(client, "POST", MANAGE, {"credential": MALFORMED[number]}, **token)
    assert status == 400
    assert not Authenticator.objects.exists()


def test_p6_a_passkey_cut_or_changed_on_its_way_is_refused(person: User) -> None:
    device = with_passkey(person)
    for part in ("authenticatorData", "signature", "clientDataJSON"):
        for change in (lambda text: text[:-9], lambda text: "A" * len(text), lambda text: text * 2):
            options, session = begin(Client())
            given = device.get(options)
            given["response"][part] = change(given["response"][part])
            assert answer(session, given)[0] == 400, part


def test_p6_a_passkey_is_renamed_and_removed_by_its_owner_only(person: User) -> None:
    with_passkey(person)
    key = Authenticator.objects.get(user=person, type="webauthn")
    other = factories.user(Role.STUDENT)
    for user, allowed in ((other, False), (person, True)):
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        client.post("/en/account/reauthenticate/", {"password": factories.PASSWORD})
        for path in ("edit", "remove"):
            page = client.get(f"/en/account/2fa/webauthn/keys/{key.pk}/{path}/")
            assert page.status_code == (200 if allowed else 404), (path, user)
        client.post(f"/en/account/2fa/webauthn/keys/{key.pk}/edit/", {"name": "Old phone"})
        key.refresh_from_db()
        assert (key.wrap().name == "Old phone") is allowed
        client.post(f"/en/account/2fa/webauthn/keys/{key.pk}/remove/")
        assert Authenticator.objects.filter(pk=key.pk).exists() is not allowed
    assert not Authenticator.objects.filter(user=person).exists(), "and with it the recovery codes"


def test_p6_on_the_pages_a_passkey_signs_in_and_goes_on_to_where_one_wanted_to_be(
    person: User,
) -> None:
    device = with_passkey(person)
    client = Client()
    assert b"passkey_login" in client.get("/en/account/login/").content
    asked = client.get("/en/account/2fa/webauthn/login/", headers={"Accept": "application/json"})
    given = device.get(asked.json()["request_options"])
    wanted = "/en/profile/"
    sent = {"credential": json.dumps(given), "next": wanted}
    came = client.post("/en/account/2fa/webauthn/login/", sent)
    assert came["Location"] == wanted
    assert client.get(wanted).status_code == 200
