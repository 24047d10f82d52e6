"""Encrypt the secrets of authenticator apps and recovery codes that were stored plain."""

from django.db import migrations

SECRETS = {"totp": ("secret",), "recovery_codes": ("seed", "migrated_codes")}


def _each_secret(apps, change):
    Authenticator = apps.get_model("mfa", "Authenticator")
    rows = Authenticator.objects.filter(type__in=SECRETS).order_by("pk")
    for pk in rows.values_list("pk", flat=True):
        row = Authenticator.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            continue
        data = dict(row.data)
        for name in SECRETS[row.type]:
            held = data.get(name)
            if isinstance(held, list):
                data[name] = [change(one) for one in held]
            elif held is not None:
                data[name] = change(held)
        if data != row.data:
            row.data = data
            row.save(update_fields=["data"])


def seal(apps, schema_editor):
    from campus.accounts.mfa_adapter import SEALED, MfaAdapter

    adapter = MfaAdapter()
    _each_secret(apps, lambda held: held if held.startswith(SEALED) else adapter.encrypt(held))


def unseal(apps, schema_editor):
    from campus.accounts.mfa_adapter import MfaAdapter

    _each_secret(apps, MfaAdapter().decrypt)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_identity_number"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(seal, unseal)]
