"""What the catalog holds on a person (P9): the name by which its source calls who teaches.

Who taught a section stays, by number. What the source last said is kept with each section; there the name
gives way to the same digest by which the next import knows the person again.
"""

from django.db import transaction

from campus.accounts.models import User
from campus.people.models import StaffProfile
from campus.people.sources import ERASED, erased_key
from learning.catalog.models import Section
from portal import personal


def erase(user: User) -> None:
    """Take the name out of what the source said; before the profile loses it."""
    for profile in StaffProfile.objects.filter(user=user).exclude(source_key=None):
        key = str(profile.source_key)
        department, _colon, _name = key.partition(":")
        if key.startswith(ERASED):
            continue
        with transaction.atomic():
            sections = Section.objects.select_for_update(no_key=True).filter(
                season__institution_id=profile.institution_id,
                imported__course__startswith=f"{department} ",
            )
            changed = []
            for section in sections.only("pk", "imported").order_by("pk"):
                names = section.imported.get("instructors", [])
                # (A key holds at most 200 letters, and so of a long name its beginning.)
                kept = [
                    erased_key(key) if f"{department}:{one}"[:200] == key else one for one in names
                ]
                if kept != names:
                    section.imported = {**section.imported, "instructors": kept}
                    changed.append(section)
            Section.objects.bulk_update(changed, ["imported"], batch_size=500)


def register() -> None:
    """Register it, before ``people`` forgets the key."""
    personal.register("catalog_source", personal.nothing, erase, order=personal.USUAL)
    personal.keep(
        "Who taught a section or made a course: those who are erased stand there by number.",
        "catalog.Section_instructors",
        "catalog.Course",
    )
