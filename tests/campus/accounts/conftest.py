"""What tests of accounts share."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from portal.jobs import enqueue, outbox
from portal.logs import formatter
from portal.models import OutboxMessage


@pytest.fixture(autouse=True)
def _worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that carries each message as soon as it is stored; one that fails fails the test."""

    def stored_and_carried(actor: str, **facts: Any) -> OutboxMessage:
        row = enqueue(actor, **facts)
        assert outbox.run(row.pk)
        row.refresh_from_db()
        assert row.done_at, row.last_error
        return row

    monkeypatch.setattr("campus.accounts.adapter.enqueue", stored_and_carried)


@pytest.fixture(autouse=True)
def _after_sign_in(settings: Any) -> None:
    """These tests end at the sign-in: what comes after it is not theirs."""
    settings.LOGIN_REDIRECT_URL = "/en/"


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The text messages sent."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "campus.accounts.sms.send", lambda *, to, text: sent.append({"to": to, "text": text})
    )
    return sent


@pytest.fixture
def log() -> Iterator[Any]:
    """All that is logged during the test, debugging included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter("json"))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream.getvalue
    root.setLevel(level)
    root.removeHandler(handler)
