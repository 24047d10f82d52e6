"""Seal every encrypted field anew with the first of ``FIELD_ENCRYPTION_KEYS``."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from portal.encryption import PREFIX, sealed_fields


class Command(BaseCommand):
    """``manage.py rotate_field_keys``: after a new key was put before the old ones."""

    help = "Seal encrypted fields anew with the first of FIELD_ENCRYPTION_KEYS; then the others can go."

    def handle(self, *args: Any, **options: Any) -> None:
        """Row by row under a lock; may be stopped and run again."""
        for model, field in sealed_fields():
            rows = model._default_manager.filter(**{f"{field.name}__startswith": PREFIX})
            count = 0
            for pk in rows.order_by("pk").values_list("pk", flat=True).iterator():
                with transaction.atomic():
                    row = model._default_manager.select_for_update(no_key=True).filter(pk=pk)
                    held = row.values_list(field.name, flat=True).first()
                    if held:
                        row.update(**{field.name: held.resealed()})
                        count += 1
            self.stdout.write(f"{model._meta.label}.{field.name}: {count}")
