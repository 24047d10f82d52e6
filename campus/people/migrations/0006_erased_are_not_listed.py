"""Those who were erased before there were public pages are not listed on any."""

from typing import Any

from django.db import migrations
from django.db.models import F, Q


def unlist(apps: Any, schema_editor: Any) -> None:
    """An erased profile is called by its number, or by a dash."""
    profiles = apps.get_model("people", "StaffProfile").objects
    erased = Q(name="–") | Q(name=F("number"))
    profiles.filter(erased, user=None, source_key=None).update(is_listed=False)


class Migration(migrations.Migration):
    dependencies = [("people", "0005_public_pages")]

    operations = [migrations.RunPython(unlist, migrations.RunPython.noop)]
