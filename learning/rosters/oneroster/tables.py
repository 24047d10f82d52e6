"""The files of an archive and the columns that are read from them; others are allowed, and left alone."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.accounts.importers import email
from portal.imports.errors import BadCell
from portal.imports.registry import Column, Table, date, one_of, text

SOURCED_ID = 255
DEPARTMENT = "department"
ABOVE = ("district", "local", "state", "national")
SESSIONS = ("gradingPeriod", "semester", "schoolYear", "term")
ROLES = (
    *("aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor"),
    *("relative", "siteAdministrator", "student", "systemAdministrator", "teacher"),
)
IN_CLASS = ("administrator", "proctor", "student", "teacher")
VERSION, MODES = "1.2", ("bulk", "absent")


def status(cell: str) -> str:
    """Empty or ``active``: a bulk file holds what is, and marks nothing."""
    if cell != "active":
        raise BadCell(_("Only bulk files are taken: the status stays empty."))
    return cell


def many(cell: str) -> tuple[str, ...]:
    """Several sourcedIds with commas between."""
    return tuple(part.strip() for part in cell.split(",") if part.strip())


def _id(name: str, label: Any, help: Any = "", *, required: bool = True, **more: Any) -> Column:
    return Column(name, label, help, required=required, parse=text(SOURCED_ID), **more)


def _table(name: str, *columns: Column, required: bool = False) -> Table:
    own = _id("sourcedId", gettext_lazy("Identifier in the sending system"), unique=True)
    rest = (
        Column("status", gettext_lazy("State"), gettext_lazy("Empty in bulk files."), parse=status),
        Column("dateLastModified", gettext_lazy("Changed"), gettext_lazy("Not read.")),
    )
    return Table((own, *rest, *columns), name, required=required, ignores_unknown=True)


MANIFEST = Table(
    (
        Column("propertyName", gettext_lazy("Property"), example="file.users", required=True),
        Column("value", gettext_lazy("Value"), example="bulk"),
    ),
    "manifest",
    ignores_unknown=True,
)
ORGS = _table(
    "orgs",
    Column("name", gettext_lazy("Name"), required=True, parse=text(200)),
    Column(
        "type",
        gettext_lazy("Type"),
        gettext_lazy("A department, or the institution itself."),
        "school",
        required=True,
        parse=text(40),
    ),
    Column(
        "identifier",
        gettext_lazy("Known here as"),
        gettext_lazy("The short name of the institution, the code of a department."),
        "main",
        parse=text(60),
    ),
    _id("parentSourcedId", gettext_lazy("Part of"), required=False),
    required=True,
)
ACADEMIC_SESSIONS = _table(
    "academicSessions",
    Column("title", gettext_lazy("Name"), required=True, parse=text(100)),
    Column("type", gettext_lazy("Type"), example="semester", required=True, parse=one_of(SESSIONS)),
    Column("startDate", gettext_lazy("Starts"), required=True, parse=date),
    Column(
        "endDate",
        gettext_lazy("Ends"),
        gettext_lazy("The day after the last one."),
        required=True,
        parse=date,
    ),
)
COURSES = _table(
    "courses",
    Column("title", gettext_lazy("Title"), required=True, parse=text(200)),
    Column("courseCode", gettext_lazy("Code"), example="AAS 201", parse=text(40)),
    _id(
        "orgSourcedId",
        gettext_lazy("Org"),
        gettext_lazy("A new course needs an org that is a department."),
    ),
)
CLASSES = _table(
    "classes",
    Column("title", gettext_lazy("Title"), required=True, parse=text(200)),
    _id("courseSourcedId", gettext_lazy("Course")),
    Column("classCode", gettext_lazy("Code"), example="31152", parse=text(60)),
    Column("location", gettext_lazy("Place"), parse=text(200)),
    _id("schoolSourcedId", gettext_lazy("Org")),
    Column(
        "termSourcedIds",
        gettext_lazy("Sessions"),
        gettext_lazy("The first one is the season."),
        required=True,
        parse=many,
    ),
)
ROLES_TABLE = _table(
    "roles",
    _id("userSourcedId", gettext_lazy("Person")),
    Column("role", gettext_lazy("Role"), example="student", required=True, parse=one_of(ROLES)),
    Column("beginDate", gettext_lazy("From"), parse=date),
    Column("endDate", gettext_lazy("Until"), parse=date),
    _id("orgSourcedId", gettext_lazy("Org")),
    required=True,
)
USERS = _table(
    "users",
    Column(
        "enabledUser",
        gettext_lazy("May sign in"),
        gettext_lazy("Whoever has an e-mail is invited, unless this is false."),
        "true",
        parse=one_of(("true", "false")),
    ),
    Column("givenName", gettext_lazy("Given name"), required=True, parse=text(100)),
    Column("familyName", gettext_lazy("Family name"), required=True, parse=text(100)),
    Column(
        "identifier",
        gettext_lazy("Known here as"),
        gettext_lazy("The student's number, or that of the employee; else the sourcedId is."),
        parse=text(40),
    ),
    Column("email", gettext_lazy("E-mail"), parse=email),
    required=True,
)
ENROLLMENTS = _table(
    "enrollments",
    _id("classSourcedId", gettext_lazy("Class")),
    _id("schoolSourcedId", gettext_lazy("Org")),
    _id("userSourcedId", gettext_lazy("Person")),
    Column("role", gettext_lazy("Role"), example="student", required=True, parse=one_of(IN_CLASS)),
    Column("beginDate", gettext_lazy("From"), parse=date),
    Column(
        "endDate",
        gettext_lazy("Until"),
        gettext_lazy("The day after the last one; what is over is left alone."),
        parse=date,
    ),
)
TABLES = (*(MANIFEST, ORGS, ACADEMIC_SESSIONS, COURSES, CLASSES, ROLES_TABLE, USERS, ENROLLMENTS),)
