"""The roster of a season as an archive in OneRoster 1.2: what the importer takes, given out (L19)."""

import csv
import datetime as dt
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import FileResponse

from campus.institutions.models import Department
from campus.people.models import StaffProfile, Student
from learning.catalog.models import Course, Season, Section
from learning.enrollments.models import Enrollment
from learning.rosters.oneroster.roster import OWN_STAFF
from learning.rosters.oneroster.tables import VERSION
from portal.tables import harmless

CHUNK = 2_000
NOTHING = "."
"""Stands for the part of a name that somebody of one name does not have: both must be filled in."""

SESSION_TYPES = {Season.Kind.SEMESTER: "semester", Season.Kind.SCHOOL: "schoolYear"}
ABSENT = (
    *("categories", "classResources", "courseResources", "demographics", "lineItems"),
    *("lineItemLearningObjectiveIds", "lineItemScoreScales", "resources", "results"),
    *("resultLearningObjectiveIds", "resultScoreScales", "scoreScales", "userProfiles"),
    "userResources",
)
Rows = Iterable[Sequence[Any]]
START = ("sourcedId", "status", "dateLastModified")


def archive_response(season: Season) -> FileResponse:
    """The archive to download, written table after table to a file of its own: 9 queries."""
    output = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        _write(archive, "manifest", ("propertyName", "value"), _manifest())
        for name, (columns, rows) in TABLES.items():
            lines = ((sourced_id, "", "", *rest) for sourced_id, *rest in rows(season))
            _write(archive, name, (*START, *columns), lines)
    output.seek(0)
    name = f"oneroster-{season.institution.slug}-{season.code}.zip"
    return FileResponse(output, as_attachment=True, filename=name, content_type="application/zip")


def _write(archive: zipfile.ZipFile, name: str, header: Sequence[str], rows: Rows) -> None:
    with (
        archive.open(f"{name}.csv", "w", force_zip64=True) as member,
        io.TextIOWrapper(member, "utf-8", newline="") as text,
    ):
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows([harmless(cell) for cell in row] for row in rows)


def _manifest() -> Rows:
    modes = {**dict.fromkeys(TABLES, "bulk"), **dict.fromkeys(ABSENT, "absent")}
    return [
        ("manifest.version", "1.0"),
        ("oneroster.version", VERSION),
        *((f"file.{name}", modes[name]) for name in sorted(modes)),
        ("source.systemName", "Quad"),
        ("source.systemCode", "quad"),
    ]


def _org(season: Season) -> str:
    return f"org-{season.institution_id}"


def _orgs(season: Season) -> Rows:
    place = season.institution
    yield (_org(season), place.name, "school", place.slug, "")
    courses = Course.objects.filter(department=OuterRef("pk"), sections__season=season)
    for one in Department.objects.filter(Exists(courses), institution=place).order_by("code"):
        yield (f"department-{one.pk}", one.name, "department", one.code, _org(season))


def _sessions(season: Season) -> Rows:
    kind = SESSION_TYPES.get(Season.Kind(season.kind), "term")
    after = season.ends + dt.timedelta(days=1)
    yield (season.code, season.name, kind, season.starts, after, "", season.ends.year)


def _courses(season: Season) -> Rows:
    courses = Course.objects.filter(
        Exists(Section.objects.filter(course=OuterRef("pk"), season=season))
    )
    for one in courses.order_by("code").iterator(chunk_size=CHUNK):
        yield (
            f"course-{one.pk}",
            "",
            one.title,
            one.code,
            "",
            f"department-{one.department_id}",
            "",
            "",
        )


def _classes(season: Season) -> Rows:
    sections = Section.objects.filter(season=season).select_related("course").order_by("number")
    for one in sections.iterator(chunk_size=CHUNK):
        yield (
            *(f"class-{one.pk}", one.title or one.course.title, "", f"course-{one.course_id}"),
            *(one.number, "scheduled", one.place, _org(season), season.code, "", "", ""),
        )


def _students(season: Season) -> "Iterator[Student]":
    seats = Enrollment.objects.active().filter(student=OuterRef("pk"), section__season=season)
    found = Student.objects.filter(Exists(seats)).select_related("user").order_by("number", "pk")
    return found.iterator(chunk_size=CHUNK)


def _staff(season: Season) -> "Iterator[StaffProfile]":
    through = Section.instructors.through.objects
    taught = through.filter(staffprofile_id=OuterRef("pk"), section__season=season)
    found = StaffProfile.objects.filter(Exists(taught)).select_related("user").order_by("pk")
    return found.iterator(chunk_size=CHUNK)


def _roles(season: Season) -> Rows:
    for kind, people in (("student", _students(season)), ("teacher", _staff(season))):
        for one in people:
            person = _person(one)
            yield (f"role-{person}", person, "primary", kind, "", "", _org(season), "")


def _users(season: Season) -> Rows:
    people: Iterator[Student | StaffProfile] = chain(_students(season), _staff(season))
    for one in people:
        given, _blank, family = one.name.rpartition(" ")
        email = (one.user.email or "") if one.user else ""
        active = "true" if one.user is None or one.user.is_active else "false"
        yield (
            *(_person(one), active, email or one.number or _person(one), "", given or NOTHING),
            *(family or NOTHING, "", one.number or "", email, "", "", "", "", "", "", ""),
            *("", "", "", _org(season), ""),
        )


def _person(one: Student | StaffProfile) -> str:
    return f"student-{one.pk}" if isinstance(one, Student) else f"{OWN_STAFF}{one.pk}"


def _enrollments(season: Season) -> Rows:
    org = _org(season)
    seats = Enrollment.objects.active().filter(section__season=season).order_by("section", "pk")
    for one in seats.iterator(chunk_size=CHUNK):
        person, since = f"student-{one.student_id}", one.since.date()
        yield (f"seat-{one.pk}", f"class-{one.section_id}", org, person, "student", "", since, "")
    through = Section.instructors.through.objects.filter(section__season=season).order_by("pk")
    pairs = through.values_list("pk", "section_id", "staffprofile_id")
    for pk, section, staff in pairs.iterator(chunk_size=CHUNK):
        person = f"{OWN_STAFF}{staff}"
        yield (f"teaching-{pk}", f"class-{section}", org, person, "teacher", "", "", "")


TABLES: dict[str, tuple[Sequence[str], Callable[[Season], Rows]]] = {
    "orgs": (("name", "type", "identifier", "parentSourcedId"), _orgs),
    "academicSessions": (
        ("title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"),
        _sessions,
    ),
    "courses": (
        (
            *("schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId"),
            *("subjects", "subjectCodes"),
        ),
        _courses,
    ),
    "classes": (
        (
            *("title", "grades", "courseSourcedId", "classCode", "classType", "location"),
            *("schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods"),
        ),
        _classes,
    ),
    "users": (
        (
            *("enabledUser", "username", "userIds", "givenName", "familyName", "middleName"),
            *("identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password"),
            *("userMasterIdentifier", "resourceSourcedIds", "preferredGivenName"),
            *("preferredMiddleName", "preferredFamilyName", "primaryOrgSourcedId", "pronouns"),
        ),
        _users,
    ),
    "roles": (
        (
            *("userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId"),
            "userProfileSourcedId",
        ),
        _roles,
    ),
    "enrollments": (
        (
            *("classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary"),
            *("beginDate", "endDate"),
        ),
        _enrollments,
    ),
}
