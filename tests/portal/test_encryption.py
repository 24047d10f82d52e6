"""Fields encrypted at rest: what the database holds, how a secret shows itself, how keys are changed."""

import json
import pickle
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.serializers import deserialize, serialize
from django.db import connection

from campus.accounts.models import User
from portal.encryption import Secret, masked
from tests import factories

NUMBER = "CANARY-55501234"


def raw(user: User) -> str:
    """What the column holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_number FROM accounts_user WHERE id = %s", [user.pk])
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("plain", "shown"), [("", ""), ("1234", "•••••"), ("123456", "•••••"), ("1234567", "•••••567")]
)
def test_a_secret_shows_dots_and_at_most_its_last_three(plain: str, shown: str) -> None:
    assert masked(plain) == shown
    assert str(Secret(plain)) == shown
    assert plain == "" or plain not in repr(Secret(plain)) + f"{Secret(plain)}"


@pytest.mark.django_db
def test_the_database_holds_a_token_and_the_model_the_text() -> None:
    user = factories.user(identity_number=NUMBER)
    assert NUMBER not in raw(user) and raw(user).startswith("sealed:")
    again = User.objects.get(pk=user.pk)
    assert again.identity_number.reveal() == NUMBER
    before = raw(user)
    again.full_name = "Other"
    again.save()
    assert raw(user) == before, "saving another field does not seal anew"
    again.identity_number = ""
    again.save()
    assert raw(user) == ""
    assert not User.objects.get(pk=user.pk).identity_number


@pytest.mark.django_db
def test_what_copies_a_row_copies_the_token() -> None:
    user = User.objects.get(pk=factories.user(identity_number=NUMBER).pk)
    dumped = serialize("json", [user])
    assert NUMBER not in dumped
    assert json.loads(dumped)[0]["fields"]["identity_number"] == raw(user)
    [loaded] = deserialize("json", dumped)
    assert loaded.object.identity_number.reveal() == NUMBER
    assert NUMBER.encode() not in pickle.dumps(user)
    assert pickle.loads(pickle.dumps(user)).identity_number.reveal() == NUMBER
    assert NUMBER not in str(User.objects.filter(pk=user.pk).values().get())


@pytest.mark.django_db
def test_keys_rotate_without_losing_anything(settings: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [old]
    user, nobody = factories.user(identity_number=NUMBER), factories.user()
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert User.objects.get(pk=user.pk).identity_number.reveal() == NUMBER
    out = StringIO()
    call_command("rotate_field_keys", stdout=out)
    assert "accounts.User.identity_number: 1" in out.getvalue()
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert User.objects.get(pk=user.pk).identity_number.reveal() == NUMBER
    assert not User.objects.get(pk=nobody.pk).identity_number
    settings.FIELD_ENCRYPTION_KEYS = [old]
    with pytest.raises(InvalidToken):
        User.objects.get(pk=user.pk).identity_number.reveal()


def test_a_key_that_is_none_is_named(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = ["short"]
    with pytest.raises(ImproperlyConfigured, match="FIELD_ENCRYPTION_KEYS"):
        Secret("1234").sealed()
