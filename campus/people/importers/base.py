"""What files of students have in common: institutions within reach, and numbers."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.institutions.models import Institution
from campus.institutions.scope import manages_portal, within
from campus.people import rules
from campus.people.models import Student
from portal.imports.registry import (
    Column,
    Importer,
    Row,
    Run,
    text,
)

INSTITUTION = Column(
    "institution",
    gettext_lazy("Institution"),
    gettext_lazy("The short name in its address. Needed only where you manage several."),
    "main",
    parse=text(50),
)
NUMBER = Column(
    "number",
    gettext_lazy("Student number"),
    example="S2026-00042",
    required=True,
    parse=text(40),
    aliases=("usn", "student number"),
)


class OfInstitutions(Importer):
    """Rows that belong to an institution within the reach of who brings them."""

    permission = rules.MANAGE_STUDENTS

    def oversees(self, user: Any) -> bool:
        """An admin of the whole portal sees what all brought."""
        return manages_portal(user)

    def start(self, run: Run) -> None:
        """The institutions within reach, by slug."""
        found = within(Institution.objects.all(), run.actor, "pk")
        run.facts["institutions"] = {place.slug: place for place in found}

    def check(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Find each row's institution, and refuse one student twice."""
        places: dict[str, Institution] = run.facts["institutions"]
        seen: dict[tuple[int, str], int] = run.facts.setdefault("seen", {})
        only = next(iter(places.values())) if len(places) == 1 else None
        for row in rows:
            if "institution" in row.values:
                place = places.get(row.values["institution"])
                if place is None:
                    row.wrong("institution", _("You manage no such institution."))
                    continue
            elif only is None:
                row.wrong("institution", _("Say which institution."))
                continue
            else:
                place = only
            row.values["institution"] = place
            if "number" in row.values:
                first = seen.setdefault((place.pk, row.values["number"]), row.number)
                if first != row.number:
                    row.wrong("number", _("This stands in line %(line)d too.") % {"line": first})


def students_of(rows: Sequence[Row], *, locks: bool) -> dict[tuple[int, str], Student]:
    """The students that rows name, by institution and number; locked in one order."""
    found = Student.objects.filter(
        institution__in={row.values["institution"].pk for row in rows},
        number__in={row.values["number"] for row in rows},
    ).order_by("pk")
    if locks:
        found = found.select_for_update(no_key=True, of=("self",))
    related = found.select_related("user", "department", "mentor__user")
    return {(student.institution_id, student.number): student for student in related}
