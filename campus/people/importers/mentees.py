"""Who mentors whom, from files (P11)."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.people.importers.base import INSTITUTION, NUMBER, OfInstitutions, students_of
from campus.people.models import StaffProfile
from campus.people.services.bulk import (
    StudentChange,
    assign_mentors,
)
from portal.imports.registry import (
    Column,
    Row,
    Run,
    Table,
    text,
)
from portal.roles import Role

NOBODY = "-"


class MenteesImporter(OfInstitutions):
    """Who mentors whom: students by number, mentors by employee number or e-mail."""

    kind = "mentees"
    label = gettext_lazy("Mentors of students")
    help = gettext_lazy(
        "Students by their number, each with the employee number or e-mail of the mentor."
    )
    icon = "group"
    tables = (
        Table(
            (
                NUMBER,
                Column(
                    "mentor",
                    gettext_lazy("Mentor"),
                    gettext_lazy("Employee number or e-mail; - for nobody."),
                    "E000123",
                    required=True,
                    parse=text(254),
                ),
                INSTITUTION,
            )
        ),
    )

    def plan(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Which students get another mentor: 4 queries."""
        known = students_of(rows, locks=run.locks)
        mentors = _mentors(row for row in rows)
        for row in rows:
            place, wanted = row.values["institution"], row.values["mentor"]
            student = known.get((place.pk, row.values["number"]))
            mentor = mentors.get((place.pk, wanted.lower()))
            if student is None:
                row.wrong("number", _("There is no such student."))
            if mentor is None and wanted != NOBODY:
                row.wrong("mentor", _("The institution has no such mentor."))
            if row.errors or student is None:
                continue
            row.label = f"{student.number} {student.name}"
            before, after = _mentor_words(student.mentor), _mentor_words(mentor)
            if student.mentor_id == (mentor.pk if mentor else None):
                row.outcome = "same"
                continue
            row.outcome, row.before, row.after = "change", {"mentor": before}, {"mentor": after}
            row.target = StudentChange(student, {"mentor": mentor}, row.before, row.after)

    def apply(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Assign."""
        assign_mentors([row.target for row in rows], actor=run.actor)
        run.count("changed", len(rows))


def _mentors(rows: Iterable[Row]) -> dict[tuple[int, str], StaffProfile]:
    """The mentors that rows name, by institution and by employee number or e-mail in lower case."""
    rows = list(rows)
    names = {row.values["mentor"] for row in rows} - {NOBODY}
    staff = StaffProfile.objects.filter(
        institution__in={row.values["institution"].pk for row in rows},
        user__is_active=True,
        user__groups__name=Role.MENTOR.value,
    ).select_related("user")
    found: dict[tuple[int, str], StaffProfile] = {}
    lowered = {name.lower() for name in names if "@" in name}
    for condition in ({"number__in": names}, {"user__email__in": lowered}):
        if not all(condition.values()):
            continue
        for one in staff.filter(**condition):
            if one.number:
                found[(one.institution_id, one.number.lower())] = one
            if one.user is not None and one.user.email:
                found[(one.institution_id, one.user.email)] = one
    return found


def _mentor_words(mentor: StaffProfile | None) -> str:
    if mentor is None:
        return ""
    return mentor.number or (mentor.user.email if mentor.user else "") or mentor.name
