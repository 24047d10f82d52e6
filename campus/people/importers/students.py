"""Students from files (P11)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.accounts.bulk import invite_many
from campus.accounts.importers import birthday, email, phone
from campus.accounts.models import User
from campus.institutions.models import Department, Institution
from campus.institutions.scope import manages_portal
from campus.people.importers.base import INSTITUTION, NUMBER, OfInstitutions, students_of
from campus.people.models import Student
from campus.people.services.bulk import (
    StudentChange,
    add_students,
    change_students,
)
from portal.imports.registry import (
    Column,
    Row,
    Run,
    Table,
    one_of,
    text,
    whole_number,
)
from portal.roles import Role


class StudentsImporter(OfInstitutions):
    """Students by their number: new ones are added, known ones changed.

    With an e-mail or phone a student gets an account: the one that has it, if it belongs to nobody else
    and whoever brings the file may bind it, else a new one that is invited.
    """

    kind = "students"
    label = gettext_lazy("Students")
    help = gettext_lazy(
        "Students by their number. With an e-mail or phone they get an account and are invited."
    )
    icon = "group"
    tables = (
        Table(
            (
                NUMBER,
                Column(
                    "name",
                    gettext_lazy("Name"),
                    example="Omar Haddad",
                    required=True,
                    parse=text(200),
                    aliases=("full_name",),
                ),
                INSTITUTION,
                Column(
                    "email",
                    gettext_lazy("E-mail"),
                    example="omar@example.edu",
                    unique=True,
                    parse=email,
                ),
                Column(
                    "phone", gettext_lazy("Phone"), example="+12173334668", unique=True, parse=phone
                ),
                Column(
                    "department",
                    gettext_lazy("Department"),
                    gettext_lazy("Its code."),
                    "ECE",
                    parse=text(20),
                ),
                Column(
                    "program",
                    gettext_lazy("Program"),
                    example="Computer engineering",
                    parse=text(200),
                ),
                Column(
                    "semester", gettext_lazy("Semester"), example="3", parse=whole_number(1, 40)
                ),
                Column("batch", gettext_lazy("Batch"), example="2026-A", parse=text(20)),
                Column(
                    "admission_year",
                    gettext_lazy("Admission year"),
                    example="2026",
                    parse=whole_number(1900, 2200),
                ),
                Column(
                    "date_of_birth",
                    gettext_lazy("Date of birth"),
                    example="2009-05-31",
                    parse=birthday,
                ),
                Column(
                    "state",
                    gettext_lazy("State"),
                    example="active",
                    parse=one_of(Student.State.values),
                ),
            )
        ),
    )
    FIELDS = (
        *("name", "department", "program", "semester", "batch"),
        *("admission_year", "date_of_birth", "state"),
    )

    def check(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Institutions, and departments in them: 1 query."""
        super().check(table, rows, run)
        placed = [row for row in rows if isinstance(row.values.get("institution"), Institution)]
        codes = {row.values["department"] for row in placed if "department" in row.values}
        known: dict[tuple[int, str], Department] = {}
        if codes:
            departments = Department.objects.filter(code__in=codes)
            known = {(one.institution_id, one.code): one for one in departments}
        for row in placed:
            if "department" in row.values:
                found = known.get((row.values["institution"].pk, row.values["department"]))
                if found is None:
                    row.wrong("department", _("The institution has no such department."))
                else:
                    row.values["department"] = found

    def plan(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """What each row does: 3 queries."""
        known = students_of(rows, locks=run.locks)
        accounts, taken = _accounts(rows)
        for row in rows:
            values = row.values
            row.label = f"{values['number']} {values['name']}"
            student = known.get((values["institution"].pk, values["number"]))
            user = self._account(row, student, accounts, taken, run)
            if row.errors:
                continue
            fields = {name: values[name] for name in self.FIELDS if name in values}
            invites = user is None and (student is None or student.user is None)
            told = {name: _told(value) for name, value in fields.items()}
            if invites and {"email", "phone"} & set(values):
                told["account"] = values.get("email") or values["phone"]
            elif user is not None and (student is None or student.user_id is None):
                fields["user"] = user
                told["account"] = f"#{user.pk}"
            if student is None:
                row.outcome = "create"
                row.after = {"institution": values["institution"].slug, **told}
                row.target = (None, fields)
                continue
            for name, value in told.items():
                stored = "" if name == "account" else _told(getattr(student, name))
                if stored == value:
                    fields.pop(name, None)
                else:
                    row.before[name], row.after[name] = stored, value
            row.outcome = "change" if row.after else "same"
            row.target = (student, fields)

    def _account(
        self,
        row: Row,
        student: Student | None,
        accounts: dict[str, User],
        taken: dict[int, Any],
        run: Run,
    ) -> User | None:
        """The account that the row names, if there is one; else None. What forbids it is an error."""
        names = [name for name in ("email", "phone") if name in row.values]
        found = {accounts[row.values[n]] for n in names if row.values[n] in accounts}
        if len(found) > 1:
            row.wrong("phone", _("E-mail and phone belong to two different accounts."))
            return None
        user = next(iter(found), None)
        if student is not None and student.user is not None:
            if names and user != student.user:
                row.wrong(names[0], _("The student has an account with another one."))
            return student.user
        if user is None:
            return None
        if user.pk in taken:
            row.wrong(names[0], _("This account belongs to another student."))
        elif not manages_portal(run.actor):
            # Binding it would give an admin of one institution a hold on anybody's account.
            row.wrong(names[0], _("This account exists. An admin of the portal can bind it."))
        elif run.facts.setdefault("bound", {}).setdefault(user.pk, row.number) != row.number:
            row.wrong(names[0], _("This account belongs to another student."))
        return user

    def apply(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Invite accounts, add and change students."""
        asked = [row for row in rows if str(row.after.get("account", "#")).partition("#")[0]]
        invited = invite_many(
            [
                (
                    {
                        "email": row.values.get("email"),
                        "phone": row.values.get("phone"),
                        "full_name": row.values["name"],
                        "date_of_birth": row.values.get("date_of_birth"),
                    },
                    [Role.STUDENT],
                )
                for row in asked
            ],
            actor=run.actor,
        )
        for row, user in zip(asked, invited, strict=True):
            row.target[1]["user"] = user
        new = [row for row in rows if row.outcome == "create"]
        if new:
            add_students(
                [
                    (
                        {
                            **row.target[1],
                            "institution": row.values["institution"],
                            "number": row.values["number"],
                        },
                        row.after,
                    )
                    for row in new
                ],
                actor=run.actor,
            )
        changes = [
            StudentChange(row.target[0], row.target[1], row.before, row.after)
            for row in rows
            if row.outcome == "change"
        ]
        change_students(changes, actor=run.actor)
        run.count("created", len(new))
        run.count("changed", len(changes))
        run.count("invited", len(invited))


def _accounts(rows: Sequence[Row]) -> tuple[dict[str, User], dict[int, Any]]:
    """The accounts that rows name, by e-mail and by phone, and which of them are a student's."""
    emails = {row.values["email"] for row in rows if "email" in row.values}
    phones = {row.values["phone"] for row in rows if "phone" in row.values}
    found: dict[int, User] = {}
    for condition in ({"email__in": emails}, {"phone__in": phones}):
        if all(condition.values()):
            found |= {user.pk: user for user in User.objects.filter(**condition)}
    taken = dict(Student.objects.filter(user__in=list(found)).values_list("user_id", "pk"))
    by_name = {user.email: user for user in found.values() if user.email}
    by_name |= {user.phone_number: user for user in found.values() if user.phone_number}
    return by_name, {pk: student for pk, student in taken.items() if pk is not None}


def _told(value: Any) -> Any:
    """A value as JSON, as it is shown."""
    if value is None or value == "":
        return ""
    if isinstance(value, Department):
        return value.code
    return value.isoformat() if isinstance(value, dt.date) else str(value)
