"""Every faculty and department that is there already gets its public address."""

from typing import Any

from django.db import migrations
from django.utils.text import slugify


def fill(apps: Any, schema_editor: Any) -> None:
    """As ``free_slugs`` does for new ones: the code, then with the institution, then with a number."""
    for name in ("Faculty", "Department"):
        model = apps.get_model("institutions", name)
        taken = set(model.objects.exclude(slug=None).values_list("slug", flat=True))
        rows = list(model.objects.filter(slug=None).select_related("institution").order_by("pk"))
        for row in rows:
            slug = slugify(row.code)[:40] or "part"
            place = f"{slug}-{slugify(row.institution.slug)}"[:52]
            choice, number = slug, 1
            while choice in taken:
                choice = place if number == 1 else f"{place}-{number}"
                number += 1
            taken.add(choice)
            row.slug = choice
        model.objects.bulk_update(rows, ["slug"], batch_size=300)


class Migration(migrations.Migration):
    dependencies = [("institutions", "0005_public_pages")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
