"""Codes and notices leave through the outbox: a mail server that is away undoes nothing (P2, P4, P5, O3)."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campus.accounts.models import User
from portal.jobs import enqueue, outbox, sealed
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call, code_in, last_mail

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-9"
HERE = "tests.campus.accounts.test_delivery"


@pytest.fixture
def _worker() -> None:
    """None: what is stored stays stored until a test carries it."""


def refuse(self: Any, messages: Any) -> int:
    """A mail server that is away, and repeats what it was sent."""
    raise OSError("refused: " + str(messages[0].body))


def registered(**login: str) -> tuple[Client, dict[str, Any]]:
    client = Client()
    status, body = call(client, "POST", "/auth/signup", {**login, "password": PASSWORD})
    assert status == 401, body
    return client, body


def waiting() -> OutboxMessage:
    return OutboxMessage.objects.get(done_at=None, failed_at=None)


def later(row: OutboxMessage) -> None:
    """The time of the next try has come."""
    OutboxMessage.objects.filter(pk=row.pk).update(due_at=timezone.now())


def test_p2_a_mail_server_that_is_away_does_not_fail_a_registration_and_nothing_is_lost_or_doubled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as away:
        away.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
        client, body = registered(email="a@example.org")
        assert User.objects.count() == 1
        row = waiting()
        assert outbox.run(row.pk)
    row.refresh_from_db()
    assert row.done_at is None and row.failed_at is None and row.attempts == 1
    assert not mail.outbox
    later(row)
    assert outbox.run(row.pk)
    assert not outbox.run(row.pk)
    assert len(mail.outbox) == 1
    session = body["meta"]["session_token"]
    code = code_in(last_mail())
    status, body = call(
        client, "POST", "/auth/email/verify", {"key": code}, X_Session_Token=session
    )
    assert status == 200, body


def test_p5_a_gateway_that_is_away_does_not_fail_a_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**facts: Any) -> None:
        raise OSError("away")

    monkeypatch.setattr("campus.accounts.sms.send", away)
    factories.user(Role.STUDENT, email=None, phone="+12173334666", phone_verified=True)
    status, _ = call(Client(), "POST", "/auth/password/request", {"email": "+1 217 333 4666"})
    assert status == 401
    row = waiting()
    assert outbox.run(row.pk)
    sent: list[Any] = []
    monkeypatch.setattr("campus.accounts.sms.send", lambda **facts: sent.append(facts))
    later(row)
    assert outbox.run(row.pk)
    assert not outbox.run(row.pk)
    assert [one["to"] for one in sent] == ["+12173334666"]


def test_o3_a_row_shows_no_code_and_no_address_and_keeps_neither_after_sending() -> None:
    registered(email="canary@example.org")
    row = waiting()
    stored = json.dumps(row.kwargs)
    assert row.kwargs["template"] == "account/email/email_confirmation_signup"
    assert set(row.kwargs) == {"template", sealed.NAME}
    assert outbox.run(row.pk)
    code = code_in(last_mail())
    assert code not in stored and "canary" not in stored
    row.refresh_from_db()
    assert row.kwargs == {"template": "account/email/email_confirmation_signup"}
    assert row.last_error == ""


def test_o3_neither_log_nor_error_tells_a_code_that_could_not_be_sent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    registered(email="canary@example.org")
    row = waiting()
    code = re.search(r"\d{6}", sealed.opened(row.kwargs)["context"]["code"])
    assert code
    caplog.clear()
    with caplog.at_level("DEBUG"):
        for _try in range(outbox.MAX_ATTEMPTS):
            later(row)
            assert outbox.run(row.pk)
    row.refresh_from_db()
    assert row.failed_at is not None
    assert "OSError" in row.last_error
    told = caplog.text + row.last_error + json.dumps(row.kwargs)
    assert "job_failed" in caplog.text
    assert code.group() not in told and "canary" not in told
    assert sealed.NAME not in row.kwargs, "a failed row needs its secrets no more"


def test_p2_a_code_that_has_ended_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(email="a@example.org")
    row = waiting()
    ten_minutes_on = timezone.now() + dt.timedelta(minutes=10, seconds=1)
    monkeypatch.setattr("campus.accounts.tasks.timezone.now", lambda: ten_minutes_on)
    assert outbox.run(row.pk)
    row.refresh_from_db()
    assert row.failed_at is not None
    assert not mail.outbox


def reset_queries(login: str) -> list[str]:
    cache.clear()
    with CaptureQueriesContext(connection) as made:
        call(Client(), "POST", "/auth/password/request", {"email": login})
    return [re.match(r"\w+( \S+ \S+)?", one["sql"]).group() for one in made]  # type: ignore[union-attr]


def test_p4_a_reset_does_the_same_work_for_who_exists_and_who_does_not() -> None:
    user = factories.user(Role.STUDENT, phone="+12173334666", phone_verified=True)
    reset_queries("warm-up@example.org")
    assert len(reset_queries(str(user.email))) == len(reset_queries("nobody@example.org"))
    assert len(reset_queries("+12173334666")) == len(reset_queries("+12173334999"))
    rows = OutboxMessage.objects.order_by("-pk")[:4]
    assert len(rows) == 4, "each of them left one message to be written"
    for row in rows:
        assert outbox.run(row.pk)
    assert {one.to[0] for one in mail.outbox} == {user.email, "nobody@example.org"}


def test_p4_a_registration_hashes_a_password_for_who_exists_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    user = factories.user(Role.STUDENT, phone="+12173334666")
    counts = []
    for login in (
        {"email": "new@example.org"},
        {"email": str(user.email)},
        {"phone": "+12173334666"},
    ):
        cache.clear()
        hashed.clear()
        registered(**login)
        counts.append(hashed.count(PASSWORD))
    assert counts == [1, 1, 1]
    hashed.clear()
    page = {"full_name": "N N", "email": user.email, "password1": PASSWORD, "role": "student"}
    assert Client().post("/en/account/signup/", page).status_code == 302
    assert hashed.count(PASSWORD) == 1


def slow(**facts: Any) -> None:
    """A job with a secret that fails."""
    raise RuntimeError(str(facts))


def test_o3_a_secret_reaches_its_job_alone() -> None:
    row = enqueue(f"{HERE}.slow", secret={"code": "canary4711"}, name="plain")
    assert "canary4711" not in json.dumps(row.kwargs)
    assert sealed.opened(row.kwargs) == {"code": "canary4711", "name": "plain"}
    assert outbox.run(row.pk)
    row.refresh_from_db()
    assert "RuntimeError" in row.last_error and "canary4711" not in row.last_error
    assert sealed.opened(row.kwargs)["code"] == "canary4711", "it will be tried again"


def test_o3_a_job_without_secrets_keeps_its_words() -> None:
    row = enqueue(f"{HERE}.slow", name="plain")
    assert outbox.run(row.pk)
    row.refresh_from_db()
    assert "plain" in row.last_error


def test_o3_a_row_sealed_with_another_key_fails_without_a_word(settings: Any) -> None:
    row = enqueue(f"{HERE}.slow", secret={"code": "canary4711"})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "y" * 50, [settings.SECRET_KEY]
    assert sealed.opened(row.kwargs) == {"code": "canary4711"}, "a key that was changed still opens"
    settings.SECRET_KEY_FALLBACKS = []
    assert outbox.run(row.pk)
    row.refresh_from_db()
    assert "InvalidToken" in row.last_error
