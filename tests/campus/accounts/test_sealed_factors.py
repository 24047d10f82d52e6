"""P6: what a second factor is made of is encrypted where it is stored."""

import importlib
import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.apps import apps
from django.core.exceptions import ValidationError

from campus.accounts.mfa_adapter import SEALED, MfaAdapter
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
migration = importlib.import_module("campus.accounts.migrations.0004_seal_second_factors")


def stored() -> str:
    return json.dumps(list(Authenticator.objects.order_by("pk").values_list("data", flat=True)))


def test_p6_secrets_and_recovery_seeds_are_stored_encrypted() -> None:
    user = factories.user(Role.STUDENT)
    secret = totp.generate_totp_secret()
    app = totp.TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user).get_unused_codes()
    assert secret not in stored()
    assert all(code not in stored() for code in codes)
    assert stored().count(SEALED) == 2
    assert app.validate_code(totp.format_hotp_value(totp.hotp_value(secret, _now())))
    assert RecoveryCodes.activate(user).validate_code(codes[0])
    assert totp.TOTP.activate(factories.user(), secret).instance.data != app.instance.data


def _now() -> int:
    return int(next(totp.yield_hotp_counters_from_time())) + 1


def test_p6_what_was_stored_plain_is_sealed_by_the_migration_and_unsealed_by_its_way_back() -> None:
    user = factories.user(Role.STUDENT)
    plain = [
        ("totp", {"secret": "JBSWY3DPEHPK3PXP"}),
        ("recovery_codes", {"seed": "ab" * 40, "used_mask": 5, "viewed_at": 1.5}),
        ("webauthn", {"name": "Phone", "credential": {"id": "x"}}),
    ]
    for type, data in plain:
        Authenticator.objects.create(user=user, type=type, data=data)
    old = Authenticator.objects.create(
        user=factories.user(), type="recovery_codes", data={"migrated_codes": ["11112222"]}
    )
    before = RecoveryCodes(Authenticator.objects.get(user=user, type="recovery_codes"))
    unused = before.get_unused_codes()
    migration.seal(apps, None)
    once = stored()
    for secret in ("JBSWY3DPEHPK3PXP", "ab" * 40, "11112222"):
        assert secret not in once
    migration.seal(apps, None)
    assert stored() == once, "a second time changes nothing"
    after = RecoveryCodes(Authenticator.objects.get(user=user, type="recovery_codes"))
    assert after.get_unused_codes() == unused and after.instance.data["used_mask"] == 5
    old.refresh_from_db()
    assert old.wrap().get_unused_codes() == ["11112222"]
    migration.unseal(apps, None)
    kept = dict(Authenticator.objects.filter(user=user).values_list("type", "data"))
    assert kept == dict(plain)


def test_p6_an_earlier_key_still_opens_what_it_sealed_and_a_lost_one_refuses(settings: Any) -> None:
    adapter = MfaAdapter()
    sealed = adapter.encrypt("JBSWY3DPEHPK3PXP")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key"
    with pytest.raises(ValidationError):
        adapter.decrypt(sealed)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert adapter.decrypt(sealed) == "JBSWY3DPEHPK3PXP"
