"""What a socket lives by is looked up again: session, account, password, right."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from campus.accounts.models import User
from portal.models import StreamEvent
from portal.permissions import Policy, policy_of
from portal.realtime import auth, codes, sessions
from portal.realtime.events import event_types
from portal.realtime.signin import SignIn, session_digest
from portal.sockets import socket_urlpatterns

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def sign_in(user: User) -> SignIn:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return SignIn(user, str(client.session.session_key), timezone.now().timestamp() + 60)


def socket(known: SignIn, keeps: bool = True) -> Any:
    return SimpleNamespace(sign_in=known, recheck=lambda user: keeps)


@pytest.mark.django_db
def test_p3_what_stands_stands_and_what_ended_is_found(make_user: Any) -> None:
    people = [make_user() for _ in range(6)]
    known = [sign_in(person) for person in people]
    fine, disabled, changed, out, expired, lost = (socket(each) for each in known)
    lost.recheck = lambda user: False
    User.objects.filter(pk=people[1].pk).update(is_active=False)
    people[2].set_password("another horse")
    people[2].save()
    Session.objects.filter(pk=known[3].session_key).delete()
    Session.objects.filter(pk=known[4].session_key).update(expire_date=timezone.now())
    ending = {
        id(one): code
        for one, code in sessions.verdicts([fine, disabled, changed, out, expired, lost])
    }
    assert ending == {
        id(disabled): codes.SIGNED_OUT,
        id(changed): codes.SIGNED_OUT,
        id(out): codes.SIGNED_OUT,
        id(expired): codes.SIGNED_OUT,
        id(lost): codes.RIGHT_LOST,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 20])
def test_looking_again_takes_two_queries(
    make_user: Any, count: int, django_assert_num_queries: Any
) -> None:
    standing = [socket(sign_in(make_user())) for _ in range(count)]
    with django_assert_num_queries(2):
        assert sessions.verdicts(standing) == []


@pytest.mark.django_db
def test_a_session_of_somebody_else_is_no_sign_in(make_user: Any) -> None:
    mine, theirs = sign_in(make_user()), sign_in(make_user())
    mixed = socket(SignIn(mine.user, theirs.session_key, mine.expires_at))
    assert sessions.verdicts([mixed]) == [(mixed, codes.SIGNED_OUT)]


@pytest.mark.django_db(transaction=True)
def test_p3_the_order_to_end_a_session_does_not_tell_its_key(make_user: Any) -> None:
    user = make_user()
    key = sign_in(user).session_key
    sessions.end_sockets(user.pk, session_key=key)
    event = StreamEvent.objects.get(stream__name=sessions.CONTROL_STREAM)
    assert event.payload == {"user_id": user.pk, "session": session_digest(key)}
    assert key not in str(event.payload)


@pytest.mark.django_db(transaction=True)
def test_p3_a_sign_out_orders_the_end_of_every_socket_of_the_account(make_user: Any) -> None:
    user = make_user()
    client = Client()
    client.force_login(user, backend=BACKEND)
    client.logout()
    orders = StreamEvent.objects.filter(stream__name=sessions.CONTROL_STREAM)
    assert {"user_id": user.pk, "session": None} in [order.payload for order in orders]


@pytest.mark.django_db(transaction=True)
def test_p3_a_sign_out_that_is_rolled_back_ends_nothing(make_user: Any) -> None:
    from django.db import transaction  # noqa: PLC0415

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        sessions.end_sockets(make_user().pk)
        1 / 0  # noqa: B018
    assert not StreamEvent.objects.exists()


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("https://quad.example", "quad.example", True),
        ("https://quad.example", "quad.example:443", True),
        ("https://Quad.Example", "quad.example", True),
        ("http://quad.example:8000", "quad.example:8000", True),
        ("", "quad.example", True),
        ("https://quad.example:8443", "quad.example", False),
        ("https://quad.example.evil.example", "quad.example", False),
        ("https://evil.example", "quad.example", False),
        ("null", "quad.example", False),
        ("file://quad.example", "quad.example", False),
        ("https://quad.example:x", "quad.example", False),
        ("https://listed.example", "quad.example", True),
    ],
)
def test_m9_an_origin_is_ours_or_listed(
    origin: str, host: str, allowed: bool, settings: Any
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://listed.example"]
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    assert auth.origin_is_allowed({"headers": headers}) is allowed


def test_every_socket_has_a_policy() -> None:
    assert socket_urlpatterns
    for pattern in socket_urlpatterns:
        assert isinstance(policy_of(pattern.callback), Policy), pattern


def test_every_event_that_clients_hear_is_in_the_document_as_declared() -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "realtime.md").read_text()
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    written = {name: (fields, summary) for name, fields, summary in rows}
    declared = {
        kind.name: (
            ", ".join(
                f"[`{field}`]" if field in kind.optional else f"`{field}`"
                for field in sorted(kind.fields)
            ),
            kind.summary,
        )
        for kind in event_types()
        if not kind.name.startswith("sockets.")
    }
    assert written == declared
