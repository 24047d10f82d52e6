"""L19: OneRoster 1.2 archives come in, all of one or nothing, and once."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campus.accounts.models import User
from campus.institutions.models import Department, Institution
from campus.people.models import StaffProfile, Student
from learning.catalog.models import Course, Season, Section
from learning.enrollments.models import Enrollment
from portal.errors import DomainError
from portal.imports import engine, files, services
from portal.imports.errors import BadFile
from portal.imports.models import Import
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.learning.rosters.archives import parts, zipped
from tests.portal.imports.bring import applied, brought

pytestmark = pytest.mark.django_db
State = Import.State
MODELS: tuple[Any, ...] = (
    *(Department, Season, Course, Section, Student, StaffProfile, Enrollment, User),
)


def bring(tables: Any, actor: User, **more: Any) -> Import:
    return brought("oneroster", zipped(tables, **more), actor, name="roster.zip")


def counts() -> list[int]:
    return [model.objects.count() for model in MODELS]


def wrong(owner: Import) -> list[tuple[str, int, str]]:
    return [
        (row.table, row.number, error["column"]) for row in owner.rows.all() for error in row.errors
    ]


def test_l19_an_archive_makes_what_it_holds_and_the_same_again_changes_nothing(
    admin: User, institution: Institution
) -> None:
    tables = parts(institution, email="@school.example")
    before = counts()
    owner = bring(tables, admin)
    assert (owner.state, wrong(owner), owner.problem) == (State.READY, [], "")
    assert counts() == before, "a preview writes nothing"
    applied(owner, admin)
    assert (owner.state, owner.problem) == (State.DONE, "")
    assert owner.result == {"created": 7, "invited": 3, "enrolled": 2, "instructors": 1}
    season = Season.objects.get(name="Fall 2099")
    assert (season.starts.isoformat(), season.ends.isoformat()) == ("2099-08-20", "2099-12-20")
    section = Section.objects.get(season=season)
    assert (section.course.code, section.course.department.code) == ("MAT 101", "MAT")
    assert (section.code, section.title, section.place) == ("A", "Algebra, mornings", "Room 5")
    assert section.seats_taken == 2
    [teacher] = section.instructors.all()
    assert (teacher.number, teacher.name) == ("E9001", "Maryam Mirzakhani")
    assert teacher.user is not None
    assert teacher.user.roles == {Role.TEACHER}
    student = Student.objects.get(number="p0")
    assert (student.name, student.user and student.user.email) == (
        "Pupil Number p0",
        "p0@school.example",
    )
    assert not Student.objects.filter(name__contains="Guardian").exists()
    assert OutboxMessage.objects.filter(actor__endswith="send_invitation").count() == 3
    after = counts()
    again = bring(tables, admin)
    assert (again.state, again.rows_same) == (State.READY, again.rows_total)
    applied(again, admin)
    assert again.result == {}
    assert counts() == after


def test_l19_what_an_archive_says_anew_is_changed_and_what_it_does_not_name_stays(
    admin: User, institution: Institution
) -> None:
    tables = parts(institution)
    applied(bring(tables, admin), admin)
    tables["courses"][0]["title"] = "Algebra I"
    tables["classes"][0]["location"] = "Room 6"
    tables["users"][2]["familyName"] = "Renamed"
    tables["academicSessions"][0]["endDate"] = "2099-12-23"
    del tables["enrollments"][2:]
    owner = bring(tables, admin)
    changed = owner.rows.filter(outcome="change")
    assert [row.table for row in changed] == ["academicSessions", "courses", "classes", "users"]
    applied(owner, admin)
    assert owner.result == {"changed": 4}
    assert Course.objects.get(code="MAT 101").title == "Algebra I"
    assert Section.objects.get(course__code="MAT 101").place == "Room 6"
    assert Student.objects.get(number="p0").name == "Pupil Renamed"
    assert Season.objects.get(name="Fall 2099").ends.isoformat() == "2099-12-22"
    assert Enrollment.objects.active().count() == 2, "nobody is taken out"


def test_l19_an_archive_finds_the_things_that_are_here(
    admin: User, institution: Institution
) -> None:
    department = factories.department(institution=institution, code="MAT", name="Maths")
    course = factories.course(institution=institution, department=department, code="MAT 101")
    season = factories.season(name="Fall 2099")
    section = factories.section(course=course, season=season, number="A")
    student = factories.student(number="p0")
    staff = factories.staff(number="E9001", user=factories.user(Role.TEACHER))
    before = counts()
    tables = parts(institution, students=1, email="@other.example")
    applied(bring(tables, admin), admin)
    after = counts()
    assert [a - b for a, b in zip(after, before, strict=True)] == [0, 0, 0, 0, 0, 0, 1, 0]
    assert Enrollment.objects.get().section == section
    assert Enrollment.objects.get().student == student
    assert list(section.instructors.all()) == [staff]


def test_l19_every_error_names_its_file_row_and_column_and_nothing_is_stored(
    admin: User, institution: Institution
) -> None:
    tables = parts(institution)
    tables["manifest"][5]["value"] = "delta"
    tables["orgs"][2]["status"] = "tobedeleted"
    tables["academicSessions"][0]["endDate"] = "2099-08-20"
    tables["courses"].append(
        {"sourcedId": "c2", "title": "No department", "courseCode": "X 1", "orgSourcedId": "o"}
    )
    tables["roles"][0]["role"] = "wizard"
    tables["users"][2]["email"] = "no address"
    tables["enrollments"].append({**tables["enrollments"][1], "sourcedId": "e-again"})
    tables["enrollments"].append(
        {**tables["enrollments"][1], "sourcedId": "e-x", "userSourcedId": "nobody"}
    )
    before = counts()
    owner = bring(tables, admin)
    assert owner.state == State.REFUSED
    found = wrong(owner)
    for place in (
        ("manifest", 7, "value"),
        ("orgs", 4, "status"),
        ("academicSessions", 2, "endDate"),
        ("courses", 3, "orgSourcedId"),
        ("classes", 2, "termSourcedIds"),
        ("roles", 2, "role"),
        ("users", 4, "email"),
        ("enrollments", 6, "userSourcedId"),
    ):
        assert place in found, (place, found)
    with pytest.raises(DomainError):
        applied(owner, admin)
    assert counts() == before


def test_l19_the_archive_of_errors_says_what_is_wrong_and_comes_back_corrected(
    admin: User, institution: Institution
) -> None:
    tables = parts(institution)
    tables["users"][1]["email"] = "no address"
    tables["users"][1]["givenName"] = "=HYPERLINK(1)"
    owner = bring(tables, admin)
    assert owner.rows_wrong == 1
    content = b"".join(files.rows_with_errors(owner, "zip").streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        read = {name: archive.read(name).decode() for name in archive.namelist()}
    lines = list(csv.DictReader(io.StringIO(read["users.csv"])))
    assert [bool(line["what_is_wrong"]) for line in lines] == [False, True, False, False]
    assert lines[1]["what_is_wrong"].startswith("email: ")
    assert lines[1]["givenName"] == "'=HYPERLINK(1)", "no formula for who opens it"
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, text in read.items():
            archive.writestr(name, text.replace("no address", "a@b.example"))
    again = brought("oneroster", output.getvalue(), admin, name="again.zip")
    assert (again.state, again.rows_wrong) == (State.READY, 0)
    assert again.rows.get(table="users", number=3).label == "=HYPERLINK(1) Guardian"


def test_l19_an_admin_of_an_institution_brings_only_its_rosters(
    institution: Institution,
) -> None:
    limited = factories.administrator(institution)
    other = factories.institution(slug="elsewhere", name="Elsewhere College")
    owner = bring(parts(other), limited)
    assert owner.state == State.REFUSED
    assert not Enrollment.objects.exists()
    mixed = parts(institution)
    mixed["orgs"].append({"sourcedId": "o2", "name": other.name, "type": "school"})
    assert wrong(bring(mixed, limited)) == [("orgs", 5, "identifier")]
    # The portal's admin reaches both, and still one archive is of one of them.
    portal = factories.user(Role.ADMIN)
    assert wrong(bring(mixed, portal)) == [("orgs", 5, "identifier")]
    # Binding anybody's account would give them a hold on it.
    boss = factories.user(Role.ADMIN, email="boss@x.example")
    tables = parts(institution)
    tables["users"][0]["email"] = boss.email
    assert wrong(bring(tables, limited)) == [("users", 2, "email")]
    assert wrong(bring(tables, portal)) == [("users", 2, "email")], "no teacher's account"
    applied(bring(parts(institution), limited), limited)
    assert set(Student.objects.values_list("institution", flat=True)) == {institution.pk}
    with pytest.raises(DomainError):
        bring(parts(institution), factories.user(Role.TEACHER))


def test_p9_whoever_was_erased_stays_without_a_name(admin: User, institution: Institution) -> None:
    factories.student(number="p0", name="p0", user=None, state=Student.State.LEFT)
    tables = parts(institution, students=1, email="@school.example")
    del tables["enrollments"][1]
    applied(bring(tables, admin), admin)
    student = Student.objects.get(number="p0")
    assert (student.name, student.user) == ("p0", None)


def test_l4_l6_an_archive_enrolls_by_the_same_rules(admin: User, institution: Institution) -> None:
    tables = parts(institution)
    applied(bring(tables, admin), admin)
    section = Section.objects.get(course__code="MAT 101")
    Section.objects.filter(pk=section.pk).update(capacity=2)
    more = parts(institution, students=3)
    assert wrong(bring(more, admin)) == [("enrollments", 5, "classSourcedId")]
    Section.objects.filter(pk=section.pk).update(capacity=None)
    needed = factories.course(institution=institution)
    section.course.prerequisites.add(needed)
    assert wrong(bring(more, admin)) == [("enrollments", 5, "userSourcedId")]
    # Who is in two classes of one hour, both made before: told, though the student comes with the file.
    section.course.prerequisites.clear()
    beside = factories.section(course=section.course, season=section.season, number="B")
    for one in (section, beside):
        factories.meeting(section=one)
    more["classes"].append(
        {**more["classes"][0], "sourcedId": "B", "classCode": "B", "title": section.course.title}
    )
    both = {**more["enrollments"][3], "sourcedId": "e-both", "classSourcedId": "B"}
    more["enrollments"].append(both)
    assert wrong(bring(more, admin)) == [("enrollments", 6, "userSourcedId")]


@pytest.mark.parametrize("version", ["1.1", ""])
def test_l19_another_version_is_refused(
    version: str, admin: User, institution: Institution
) -> None:
    tables = parts(institution)
    tables["manifest"][1]["value"] = version
    assert bring(tables, admin).state == State.REFUSED
    del tables["manifest"][1]
    owner = bring(tables, admin)
    assert (owner.state, "oneroster.version" in owner.problem) == (State.REFUSED, True)


def test_l19_files_that_the_manifest_calls_absent_or_that_lack_are_told(
    admin: User, institution: Institution
) -> None:
    tables = parts(institution)
    tables["manifest"][8]["value"] = "absent"
    assert "absent" in bring(tables, admin).problem
    del tables["users"]
    assert "users.csv" in bring(tables, admin).problem


def test_l19_paths_that_climb_write_nothing_and_doubles_are_refused(
    admin: User, institution: Institution, tmp_path: Path
) -> None:
    climbing = bring(
        parts(institution), admin, folder="../../", more=[("../../evil.py", b"import os")]
    )
    assert climbing.state == State.READY
    assert not list(tmp_path.rglob("evil.py"))
    twice = bring(parts(institution), admin, more=[("other/users.csv", b"sourcedId\r\n")])
    assert (twice.state, "twice" in twice.problem) == (State.REFUSED, True)


def test_l19_a_bomb_is_refused_before_it_unpacks(admin: User, institution: Institution) -> None:
    bomb = zipped(parts(institution), more=[("demographics.csv", b" " * 200_000_000)])
    assert len(bomb) < 1_000_000
    owner = brought("oneroster", bomb, admin, name="bomb.zip")
    assert (owner.state, "unpacks" in owner.problem) == (State.REFUSED, True)
    with pytest.raises(BadFile):
        services.upload(kind="oneroster", file=io.BytesIO(b"PK\3\4"), name="a.csv", actor=admin)


@pytest.mark.postgres
def test_l19_queries_of_an_archive_do_not_grow_with_rows(
    admin: User, institution: Institution
) -> None:
    """Roles, users and enrollments of a thousand people more: a literal number to check, one to write."""
    ContentType.objects.get_for_models(*MODELS)
    applied(bring(parts(institution, students=1), admin), admin)
    counted = {}
    for rows in (1_000, 2_000):
        tables = parts(institution, students=rows)
        for table in ("roles", "users", "enrollments"):
            for row in tables[table]:
                for name in ("sourcedId", "userSourcedId"):
                    if name in row:
                        row[name] = f"{rows}-{row[name]}"
        owner = services.upload(
            kind="oneroster", file=io.BytesIO(zipped(tables)), name="r.zip", actor=admin
        )
        with CaptureQueriesContext(connection) as checking:
            engine.check(owner.pk)
        owner.refresh_from_db()
        services.apply(owner=owner, actor=admin)
        with CaptureQueriesContext(connection) as writing:
            engine.apply(owner.pk)
        owner.refresh_from_db()
        assert owner.result["enrolled"] == rows
        counted[rows] = (len(checking), len(writing))
    assert counted[2_000][0] - counted[1_000][0] == 6, counted
    assert counted[2_000][1] - counted[1_000][1] == 19, counted
