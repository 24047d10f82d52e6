"""P3: tokens that were forged, changed, made for others, ended or used before open nothing, anywhere.

Each bad token is tried at every door that takes tokens: the API, the sign-in API, a socket.
"""

import json
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import jwt as pyjwt
import pytest
from allauth.headless.tokens.strategies.jwt import internal
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.sessions.models import Session
from django.test import Client
from wagtail.models import ModelLogEntry

from campus.accounts import services
from campus.accounts.models import User
from campus.accounts.tokens import TokenStrategy
from portal.models import StreamEvent
from portal.realtime import auth
from portal.realtime.sessions import CONTROL_STREAM
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call, sign_in
from tests.concurrency.parallel import in_parallel

pytestmark = pytest.mark.django_db
Claims = dict[str, Any]


@pytest.fixture
def person() -> User:
    return factories.user(Role.STUDENT)


def tokens_of(user: User) -> Claims:
    """The meta of a fresh sign-in."""
    status, body = sign_in(factories.PASSWORD, email=str(user.email))
    assert status == 200, body
    meta: Claims = body["meta"]
    return meta


def opened(token: str) -> list[str]:
    """The doors that ``token`` opens, out of three."""
    bearer = {"Authorization": f"Bearer {token}"}
    found = []
    if call(Client(), "GET", "/api/v1/profile/", **bearer)[0] == 200:
        found.append("api")
    if call(Client(), "GET", "/auth/session", **bearer)[0] == 200:
        found.append("sign-in api")
    scope = {"type": "websocket", "query_string": f"token={token}".encode(), "headers": []}
    if auth.sign_in_of(scope) is not None:
        found.append("socket")
    return found


def refresh(token: str) -> tuple[int, Claims]:
    return call(Client(), "POST", "/tokens/refresh", {"refresh_token": token})


def ours() -> Any:
    return internal._get_jwt_config().signing_key


def parts(token: str) -> tuple[Claims, Claims]:
    """Header and claims."""
    return pyjwt.get_unverified_header(token), pyjwt.decode(
        token, options={"verify_signature": False}
    )


def signed(token: str, key: Any = None, algorithm: str = "RS256", **changes: Any) -> str:
    """``token`` with claims changed (None: left out), signed anew."""
    header, claims = parts(token)
    claims |= changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return pyjwt.encode(
        claims, key if key is not None else ours(), algorithm, headers={"kid": header.get("kid")}
    )


def _without_signature(token: str) -> str:
    _header, claims = parts(token)
    return pyjwt.encode(claims, None, algorithm="none")


def _signed_by_the_public_key(token: str) -> str:
    """The old trick: the public key as the secret of HS256."""
    public = ours().public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header, claims = parts(token)
    head = pyjwt.utils.base64url_encode(json.dumps({**header, "alg": "HS256"}).encode())
    body = pyjwt.utils.base64url_encode(json.dumps(claims).encode())
    from hmac import digest  # noqa: PLC0415

    mark = pyjwt.utils.base64url_encode(digest(pem, head + b"." + body, "sha256"))
    return b".".join([head, body, mark]).decode()


FORGED: dict[str, Callable[[str], str]] = {
    "expired": lambda token: signed(token, exp=int(time.time()) - 1),
    "other audience": lambda token: signed(token, aud="another-api"),
    "no audience": lambda token: signed(token, aud=None),
    "other issuer": lambda token: signed(token, iss="https://evil.example"),
    "no issuer": lambda token: signed(token, iss=None),
    "other use": lambda token: signed(token, token_use="id"),
    "no use": lambda token: signed(token, token_use=None),
    "other person": lambda token: signed(token, sub=str(factories.user(Role.ADMIN).pk)),
    "no session": lambda token: signed(token, sid=None),
    "made-up session": lambda token: signed(token, sid=internal.session_key_to_sid("x" * 32)),
    "garbled session": lambda token: signed(token, sid="!"),
    "session as a number": lambda token: signed(token, sid=7),
    "alg none": _without_signature,
    "public key as secret": _signed_by_the_public_key,
    "other key": lambda token: signed(token, rsa.generate_private_key(65537, 2048)),
    "cut": lambda token: token[:-10],
    "claims changed": lambda token: ".".join(
        [token.split(".")[0], signed(token, x=1).split(".")[1], token.split(".")[2]]
    ),
}


@pytest.mark.parametrize("how", FORGED)
def test_p3_a_forged_access_token_opens_no_door(how: str, person: User) -> None:
    good = tokens_of(person)["access_token"]
    assert opened(good) == ["api", "sign-in api", "socket"]
    assert opened(signed(good, jti=str(uuid.uuid4()))) == ["api", "sign-in api", "socket"], (
        "the tool that forges works"
    )
    assert opened(FORGED[how](good)) == []


@pytest.mark.parametrize("how", FORGED)
def test_p3_a_forged_refresh_token_gives_nothing_and_ends_nothing(how: str, person: User) -> None:
    meta = tokens_of(person)
    status, body = refresh(FORGED[how](meta["refresh_token"]))
    assert status == 400 and body["data"] is None
    assert opened(meta["access_token"]), "a stranger's forgery signs nobody out"
    assert refresh(meta["refresh_token"])[0] == 200


def test_p3_each_kind_of_token_is_good_for_its_own_use_only(person: User) -> None:
    meta = tokens_of(person)
    assert opened(meta["refresh_token"]) == []
    assert opened(meta["session_token"]) == []
    assert refresh(meta["access_token"])[0] == 400


def test_p3_a_revoked_token_opens_no_door(person: User) -> None:
    first, second = tokens_of(person), tokens_of(person)
    services.end_session(session=UserSession.objects.filter(user=person).order_by("pk")[0])
    assert opened(first["access_token"]) == [] and refresh(first["refresh_token"])[0] == 400
    assert opened(second["access_token"])
    services.end_sessions(user=person)
    assert opened(second["access_token"]) == [] and refresh(second["refresh_token"])[0] == 400


def test_p3_a_refresh_token_that_comes_again_later_ends_its_whole_session_and_no_other(
    person: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    stolen, other = tokens_of(person), tokens_of(person)
    _, body = refresh(stolen["refresh_token"])
    newer = body["data"]
    assert refresh(stolen["refresh_token"])[0] == 400
    assert opened(newer["access_token"]), "two tabs at once are no theft"
    later = time.time() + 11
    monkeypatch.setattr("campus.accounts.tokens.time.time", lambda: later)
    with django_capture_on_commit_callbacks(execute=True):
        assert refresh(stolen["refresh_token"])[0] == 400
    assert opened(newer["access_token"]) == [] and opened(stolen["access_token"]) == []
    assert refresh(newer["refresh_token"])[0] == 400, "nor is the thief's or the owner's next one"
    assert opened(other["access_token"]) and refresh(other["refresh_token"])[0] == 200
    assert UserSession.objects.filter(user=person).count() == 1
    assert ModelLogEntry.objects.filter(action="accounts.reused_token").count() == 1
    told = StreamEvent.objects.filter(stream__name=CONTROL_STREAM).latest("pk").payload
    assert told["user_id"] == person.pk and told["session"], "its sockets end, the other's do not"


def test_p3_an_ended_session_is_not_told_from_one_that_never_was(person: User) -> None:
    meta = tokens_of(person)
    Session.objects.all().delete()
    assert refresh(meta["refresh_token"]) == refresh("no-token-at-all")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_p3_of_parallel_refreshes_one_wins_and_a_later_one_ends_the_family(
    person: User, settings: Any
) -> None:
    for _round in range(3):
        meta = tokens_of(person)
        results = in_parallel([partial(TokenStrategy().refresh_token, meta["refresh_token"])] * 8)
        won = [one for one in results if one is not None]
        assert len(won) == 1 and not isinstance(won[0], Exception), results
        access, following = won[0]
        assert opened(access)
        settings.JWT_REFRESH_LEEWAY = 0
        assert refresh(meta["refresh_token"])[0] == 400
        assert opened(access) == [] and refresh(following)[0] == 400
        settings.JWT_REFRESH_LEEWAY = 10


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_p3_refreshes_one_after_the_other_go_on_for_ever(person: User) -> None:
    """The control: it is the second use that ends a family, not the number of refreshes."""
    token = tokens_of(person)["refresh_token"]
    for _time in range(12):
        status, body = refresh(token)
        assert status == 200
        token = body["data"]["refresh_token"]
    assert opened(body["data"]["access_token"])
    kept = Session.objects.get().get_decoded()["headless_refresh_tokens"]
    assert len(kept) == 1, "used ones are not kept"
