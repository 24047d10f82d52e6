"""OneRoster 1.2 as one kind of import: an archive of one institution, all of it or nothing."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.institutions.models import Institution
from campus.people.models import StaffProfile, Student
from learning.catalog.models import Section
from learning.catalog.services.bulk import add_instructors
from learning.enrollments.importers import SeatsImporter, section_key
from learning.rosters import rules
from learning.rosters.oneroster import people, structure
from learning.rosters.oneroster.roster import roster_of
from learning.rosters.oneroster.tables import TABLES
from portal.imports.registry import Row, Run


class OneRosterImporter(SeatsImporter):
    """Departments, seasons, courses, sections, students, staff, and who is in which section.

    What an archive does not name stays as it is: nobody is taken out of a section, nothing is deleted.
    """

    kind = "oneroster"
    label = gettext_lazy("OneRoster 1.2")
    help = gettext_lazy(
        "A ZIP archive of one institution as OneRoster 1.2 CSV in bulk mode. It adds and changes "
        "departments, seasons, courses, sections, students and staff, and enrolls by the same rules as at "
        "the desk. What the archive does not name stays as it is."
    )
    icon = "group"
    permission = rules.MANAGE
    archive = True
    tables = TABLES

    def column_of(self, which: str) -> str:
        """The person's, or the class's."""
        return "userSourcedId" if which == "student" else "classSourcedId"

    def check(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """The manifest says what the archive is."""
        if table != "manifest":
            structure.agree_with_manifest(table, run)

    def plan(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """What each row does: at most 13 queries, for the enrollments."""
        if table in structure.PLANS:
            structure.PLANS[table](rows, run)
        elif table == "roles":
            people.plan_roles(rows, run)
        elif table == "users":
            people.plan_users(rows, run)
        else:
            self._plan_enrollments(rows, run)

    def apply(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Store it."""
        if table in structure.FIELDS:
            structure.apply(table, rows, run)
        elif table == "users":
            people.apply_users(rows, run)
        else:
            self._apply_enrollments(rows, run)

    def _plan_enrollments(self, rows: Sequence[Row], run: Run) -> None:
        roster, today = roster_of(run), timezone.localdate()
        place = roster.here()
        learning: list[tuple[Row, str, Section]] = []
        teaching: list[tuple[Row, str | int, Section]] = []
        for row in rows:
            values = row.values
            row.outcome, row.label = "same", f"{values['userSourcedId']}: {values['role']}"
            section = roster.classes.get(values["classSourcedId"])
            person = roster.people.get(values["userSourcedId"])
            if values["classSourcedId"] not in roster.classes:
                row.wrong("classSourcedId", _("classes.csv names no such class."))
            if values["userSourcedId"] not in roster.people:
                row.wrong("userSourcedId", _("users.csv names no such person."))
            over = "endDate" in values and values["endDate"] <= today
            if row.errors or section is None or person is None or over:
                continue
            student, staff = person
            if values["role"] == "student":
                if student:
                    learning.append((row, student, section))
                else:
                    row.wrong("userSourcedId", _("roles.csv makes this person no student."))
            elif values["role"] == "teacher":
                if staff:
                    teaching.append((row, staff, section))
                else:
                    row.wrong("userSourcedId", _("roles.csv makes this person no teacher."))
        self._plan_students(learning, place, run)
        self._plan_teachers(teaching, place, run)

    def _plan_students(
        self, found: Sequence[tuple[Row, str, Section]], place: Institution, run: Run
    ) -> None:
        roster = roster_of(run)
        numbers = {number for _row, number, _section in found}
        known = {
            one.number: one
            for one in Student.objects.filter(institution=place, number__in=numbers).select_related(
                "institution"
            )
        }
        right = []
        for row, number, section in found:
            key = (section.season.code, section.number, number)
            if first := roster.twice("seat", key, row.number):
                row.wrong("sourcedId", _("Line %(line)d is this one too.") % {"line": first})
                continue
            student = known.get(number)
            if student is None:  # the file brings them
                student = known[number] = Student(institution=place, number=number)
            row.label = f"{number} · {section}"
            right.append((row, student, section))
        if right:
            self.judge(right, run)

    def _plan_teachers(
        self, found: Sequence[tuple[Row, "str | int", Section]], place: Institution, run: Run
    ) -> None:
        """Who teaches besides those who do: 2 queries."""
        if not found:
            return
        refs = {ref for _row, ref, _section in found}
        staff = StaffProfile.objects.filter(
            Q(pk__in=[ref for ref in refs if isinstance(ref, int)])
            | Q(number__in=[ref for ref in refs if isinstance(ref, str)]),
            institution=place,
        )
        known: dict[str | int, StaffProfile] = {}
        for one in staff:
            known[one.pk] = one
            known[one.number or ""] = one
        through = Section.instructors.through.objects.filter(
            section_id__in={section.pk for _row, _ref, section in found} - {None}
        )
        taught = set(through.values_list("section_id", "staffprofile_id"))
        roster = roster_of(run)
        for row, ref, section in found:
            one_of_staff = known.get(ref)
            name = one_of_staff.number if one_of_staff else str(ref)
            row.label = f"{name or ref} · {section}"
            key = (section.season.code, section.number, ref)
            if first := roster.twice("teaches", key, row.number):
                row.wrong("sourcedId", _("Line %(line)d is this one too.") % {"line": first})
            elif one_of_staff is None or (section.pk, one_of_staff.pk) not in taught:
                row.outcome = "create"
                row.after = {
                    "instructor": name or f"#{ref}",
                    "section": section_key(section),
                }
                row.target = (section, one_of_staff)

    def _apply_enrollments(self, rows: Sequence[Row], run: Run) -> None:
        self.seat([row for row in rows if "student" in row.after], run)
        pairs = [row.target for row in rows if "instructor" in row.after]
        add_instructors([(section, staff.pk) for section, staff in pairs], actor=run.actor)
        run.count("instructors", len(pairs))
