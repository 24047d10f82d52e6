"""The local inbox of development: there in development only (journey, step 2)."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.mail import EmailMessage
from django.test import Client

from campus.accounts import inbox, sms
from campus.accounts.inbox import DevelopmentEmailBackend
from tests.processes import environment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_file(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    settings.SMS_GATEWAY = "campus.accounts.sms.DevelopmentGateway"


def test_mails_and_texts_are_kept_newest_first_with_their_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    mail = EmailMessage("Your code", "Hello,\n\n123456\n\nBye", to=["a@example.org"])
    assert DevelopmentEmailBackend().send_messages([mail]) == 1
    sms.send(to="+12173334666", text="Quad: your code is 654321. Tell nobody.")
    kept = inbox.messages()
    assert [(one.kind, one.code) for one in kept] == [("sms", "654321"), ("email", "123456")]
    printed = capsys.readouterr().out
    assert "123456" in printed and "654321" in printed
    html = Client().get("/en/dev/inbox/").content.decode()
    assert html.index("654321") < html.index("123456")
    assert 'data-copy="654321"' in html


@pytest.mark.parametrize(
    "text", ["call +12173334666 now", "12345", "1234567", "a123456", "1.123456"]
)
def test_what_is_no_code_is_not_shown_as_one(text: str) -> None:
    inbox.keep(kind="sms", to=["+1"], subject="", body=text)
    assert inbox.messages()[0].code == ""


def test_markup_in_a_message_is_shown_and_not_obeyed() -> None:
    inbox.keep(kind="email", to=["a@example.org"], subject="<script>1</script>", body="<b>x</b>")
    html = Client().get("/en/dev/inbox/").content.decode()
    assert "<script>1</script>" not in html and "<b>x</b>" not in html


def test_the_file_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(30):
        inbox.keep(kind="sms", to=["+1"], subject="", body=f"{n} " + "x" * 50_000)
    assert inbox._file().stat().st_size < 12_000_000
    assert inbox.messages()[0].body.startswith("29 ")


def test_nothing_is_written_where_there_is_no_inbox(settings: Any) -> None:
    settings.DEVELOPMENT_INBOX = False
    inbox.keep(kind="sms", to=["+1"], subject="", body="123456")
    assert inbox.messages() == []


def test_in_production_the_page_has_no_address_and_no_phone_is_offered_without_a_gateway(
    tmp_path: Path,
) -> None:
    """Asked of a process of its own: addresses are made when it starts."""
    script = """
import django; django.setup()
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, reverse
assert settings.PRODUCTION and not settings.DEBUG
try:
    reverse("accounts:dev_inbox")
except NoReverseMatch:
    pass
else:
    raise SystemExit("the inbox has an address")
from allauth.account.app_settings import SIGNUP_FIELDS
assert "phone" not in SIGNUP_FIELDS
assert "accounts.inbox" not in settings.EMAIL_BACKEND
"""
    from portal.configuration import development_rsa_key  # noqa: PLC0415

    pem = development_rsa_key(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={
            **environment(),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "QUAD_ENV": "production",
            "QUAD_VAR": str(tmp_path),
            "SECRET_KEY": "x" * 60,
            "ALLOWED_HOSTS": "quad.example",
            "SITE_URL": "https://quad.example",
            "JWT_PRIVATE_KEY": pem,
            "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
