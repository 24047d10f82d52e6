"""Roles and users on their way in: students and staff, and the accounts of those who have an e-mail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campus.accounts.bulk import invite_many
from campus.accounts.models import User
from campus.institutions.scope import manages_portal
from campus.people.models import StaffProfile, Student
from campus.people.services.bulk import (
    StaffChange,
    StudentChange,
    add_staff,
    add_students,
    change_staff,
    change_students,
)
from learning.enrollments.importers import student_key
from learning.rosters.oneroster.roster import (
    OTHER,
    OWN_STAFF,
    STUDENT,
    TEACHER,
    Roster,
    roster_of,
    short,
)
from portal.imports.registry import Row, Run
from portal.roles import Role

NO_NAME = {"-", "."}  # what stands where somebody has one name alone
BITS = {"student": STUDENT, "teacher": TEACHER}
NEEDED = {STUDENT: Role.STUDENT, TEACHER: Role.TEACHER}


def plan_roles(rows: Sequence[Row], run: Run) -> None:
    """Who is a student and who teaches, now; nothing is stored for it."""
    roster, today = roster_of(run), timezone.localdate()
    for row in rows:
        values = row.values
        row.outcome, row.label = "same", f"{values['userSourcedId']}: {values['role']}"
        if values["orgSourcedId"] not in roster.orgs:
            row.wrong("orgSourcedId", _("orgs.csv names no such org."))
            continue
        here = roster.orgs[values["orgSourcedId"]] is not None
        over = "endDate" in values and values["endDate"] <= today
        bit = BITS.get(values["role"], OTHER) if here and not over else OTHER
        known = roster.roles.get(values["userSourcedId"], 0)
        roster.roles[values["userSourcedId"]] = known | bit


@dataclass
class Person:
    """What becomes of one user: as a student, as one of the staff, or both, with one account."""

    name: str
    student_number: str = ""
    staff_number: str = ""
    student: Student | None = None
    staff: StaffProfile | None = None
    student_fields: dict[str, Any] = field(default_factory=dict)
    staff_fields: dict[str, Any] = field(default_factory=dict)
    account: User | None = None
    invited: str = ""


def plan_users(rows: Sequence[Row], run: Run) -> None:
    """Students by number, staff by number: 7 queries at most."""
    roster = roster_of(run)
    place = roster.here()
    students, staff = _known(rows, roster, run)
    accounts = _Accounts(rows)
    for row in rows:
        values = row.values
        sourced_id, bits = values["sourcedId"], roster.roles.get(values["sourcedId"])
        parts = (values["givenName"], values["familyName"])
        person = Person(" ".join(part for part in parts if part not in NO_NAME))
        row.label, row.outcome = person.name, "same"
        roster.people[sourced_id] = None
        if bits is None:
            row.wrong("sourcedId", _("roles.csv gives this person no role."))
            continue
        number = short(values.get("identifier") or sourced_id, 40)
        refs: list[Any] = ["", ""]
        if bits & STUDENT:
            person.student, person.student_number = students.get(number), number
            refs[0] = number
            if first := roster.twice("student", number, row.number):
                row.wrong("identifier", _("Line %(line)d is this one too.") % {"line": first})
        if bits & TEACHER:
            person.staff = staff.get(number) or staff.get(sourced_id)
            person.staff_number = (person.staff.number or "") if person.staff else number
            refs[1] = person.staff.pk if person.staff else number
            if first := roster.twice("staff", refs[1], row.number):
                row.wrong("identifier", _("Line %(line)d is this one too.") % {"line": first})
        if row.errors:
            continue
        _plan(row, person, bits, accounts, run)
        row.target = person
        if bits & STUDENT and row.after:
            row.after = {"student": student_key(place, number), **row.after}
        roster.people[sourced_id] = (refs[0], refs[1])


def _known(
    rows: Sequence[Row], roster: Roster, run: Run
) -> tuple[dict[str, Student], dict[str, StaffProfile]]:
    """The students and the staff that rows name; staff without a number by what the portal calls them."""
    numbers, own = set(), set()
    for row in rows:
        sourced_id = row.values["sourcedId"]
        numbers.add(short(row.values.get("identifier") or sourced_id, 40))
        if sourced_id.startswith(OWN_STAFF) and sourced_id[len(OWN_STAFF) :].isdecimal():
            own.add(int(sourced_id[len(OWN_STAFF) :][:18]))
    place = roster.here()
    students = Student.objects.filter(institution=place, number__in=numbers)
    staff = StaffProfile.objects.filter(Q(number__in=numbers) | Q(pk__in=own), institution=place)
    if run.locks:
        students = students.select_for_update(no_key=True)
        staff = staff.select_for_update(no_key=True)
    by_number: dict[str, StaffProfile] = {}
    for one in staff.order_by("pk"):
        by_number[f"{OWN_STAFF}{one.pk}"] = one
        if one.number:
            by_number[one.number] = one
    return {one.number: one for one in students.order_by("pk")}, by_number


class _Accounts:
    """The accounts that have the e-mails of a batch, and whose they are: 4 queries at most."""

    def __init__(self, rows: Iterable[Row]) -> None:
        emails = {row.values["email"] for row in rows if "email" in row.values}
        self.by_email: dict[str, User] = {}
        self.taken: dict[int, set[int]] = {STUDENT: set(), TEACHER: set()}
        self.held: set[tuple[int, str]] = set()
        if emails:
            for user in User.objects.filter(email__in=emails):
                self.by_email[str(user.email)] = user
        ids = [user.pk for user in self.by_email.values()]
        if ids:
            roles = User.groups.through.objects.filter(user_id__in=ids)
            self.held = set(roles.values_list("user_id", "group__name"))
            for bit, model in ((STUDENT, Student), (TEACHER, StaffProfile)):
                bound: Any = model._default_manager.filter(user_id__in=ids)
                self.taken[bit] = set(bound.values_list("user_id", flat=True))


def _plan(row: Row, person: Person, bits: int, accounts: _Accounts, run: Run) -> None:
    """Names and accounts; whoever was erased stays without a name, and without an account."""
    kinds = []
    for bit, thing, fields in (
        (STUDENT, person.student, person.student_fields),
        (TEACHER, person.staff, person.staff_fields),
    ):
        if not bits & bit:
            continue
        if thing is None:
            fields["name"] = row.after["name"] = person.name
            row.outcome = "create"
        elif thing.user_id is None and thing.name in {thing.number, "–"}:  # erased
            continue
        elif thing.name != person.name:
            row.before["name"], row.after["name"] = thing.name, person.name
            fields["name"] = person.name
        if thing is None or thing.user_id is None:
            kinds.append(bit)
    wants = "email" in row.values and row.values.get("enabledUser") != "false"
    if kinds and wants:
        _plan_account(row, person, kinds, accounts, run)
    if row.outcome == "same" and row.after:
        row.outcome = "change"


def _plan_account(
    row: Row, person: Person, kinds: list[int], accounts: _Accounts, run: Run
) -> None:
    address = row.values["email"]
    if first := roster_of(run).twice("email", address, row.number):
        row.wrong("email", _("This stands in line %(line)d too.") % {"line": first})
        return
    if any(one is not None and one.user_id for one in (person.student, person.staff)):
        return  # the person has an account; that the other half is theirs too, an admin says
    user = accounts.by_email.get(address)
    if user is None:
        person.invited = row.after["account"] = address
        return
    if not manages_portal(run.actor):
        # Binding it would give an admin of one institution a hold on anybody's account.
        row.wrong("email", _("This account exists. An admin of the portal can bind it."))
        return
    person.account = user
    for bit in kinds:
        if user.pk in accounts.taken[bit]:
            row.wrong("email", _("This account belongs to somebody else."))
        elif (user.pk, NEEDED[bit].value) not in accounts.held:
            told = _("The account that has this e-mail lacks the role %(role)s.")
            row.wrong("email", told % {"role": NEEDED[bit].label})
    row.after["account"] = f"#{user.pk}"


def apply_users(rows: Sequence[Row], run: Run) -> None:
    """Invite, add, change."""
    people: list[tuple[Row, Person]] = [(row, row.target) for row in rows]
    asked = [person for _row, person in people if person.invited]
    invited = invite_many(
        [
            (
                {"email": person.invited, "full_name": person.name},
                [
                    role
                    for role, number in (
                        (Role.STUDENT, person.student_number),
                        (Role.TEACHER, person.staff_number or person.staff),
                    )
                    if number
                ],
            )
            for person in asked
        ],
        actor=run.actor,
    )
    for person, user in zip(asked, invited, strict=True):
        person.account = user
    _write(people, run)
    run.count("invited", len(invited))


def _write(people: Sequence[tuple[Row, Person]], run: Run) -> None:
    place = roster_of(run).here()
    new_students, new_staff, students, staff = [], [], [], []
    for row, person in people:
        told: dict[str, Any] = {
            name: row.after[name] for name in ("name", "account") if name in row.after
        }
        if person.student_number:
            fields = dict(person.student_fields)
            if person.account and (person.student is None or person.student.user_id is None):
                fields["user"] = person.account
            if person.student is None:
                whole = {**fields, "institution": place, "number": person.student_number}
                new_students.append((whole, told))
            elif fields:
                students.append(StudentChange(person.student, fields, row.before, told))
        if person.staff_number or person.staff:
            fields = dict(person.staff_fields)
            if person.account and (person.staff is None or person.staff.user_id is None):
                fields["user"] = person.account
            if person.staff is None:
                whole = {**fields, "institution": place, "number": person.staff_number}
                new_staff.append((whole, told))
            elif fields:
                staff.append(StaffChange(person.staff, fields, row.before, told))
    if new_students:
        add_students(new_students, actor=run.actor)
    add_staff(new_staff, actor=run.actor)
    change_students(students, actor=run.actor)
    change_staff(staff, actor=run.actor)
    run.count("created", len(new_students) + len(new_staff))
    run.count("changed", len(students) + len(staff))
