"""L19: rosters go out as OneRoster 1.2, CSV and XLSX, to who manages the institution, and come back as they
went."""

import csv
import io
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from campus.accounts.models import User
from campus.institutions.models import Institution
from campus.people.models import Student
from learning.catalog.models import Season, Section
from learning.enrollments import services
from learning.enrollments.models import Enrollment
from learning.rosters.exports import HEADER, roster_response
from portal.imports.models import Import
from portal.roles import Role
from tests import factories
from tests.learning.rosters.archives import COLUMNS, parts, zipped
from tests.portal.imports.bring import applied, brought

pytestmark = pytest.mark.django_db


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def tables_of(content: bytes) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name.removesuffix(".csv"): list(
                csv.DictReader(io.StringIO(archive.read(name).decode()))
            )
            for name in archive.namelist()
        }


@pytest.fixture
def season(admin: User, institution: Institution) -> Season:
    """A roster that was brought, with one who has one name and one of the staff without a number."""
    applied(
        brought("oneroster", zipped(parts(institution, email="@x.example")), admin, "r.zip"), admin
    )
    section = Section.objects.get(course__code="MAT 101")
    section.instructors.add(factories.staff(number=None, name="Euclid"))
    Section.objects.filter(pk=section.pk).update(title="")
    single = factories.student(name="=Plato", number="007", user=None)
    services.enroll(student=single, section_id=section.pk, actor=admin)
    gone = factories.student(name="Gone Away")
    left = services.enroll(student=gone, section_id=section.pk, actor=admin)
    services.drop(enrollment_id=left.pk, actor=admin)
    return section.season


def test_l19_an_archive_that_goes_out_holds_what_1_2_asks_for_and_comes_back_as_it_went(
    season: Season, admin: User
) -> None:
    content = body(roster_response(season, "oneroster"))
    tables = tables_of(content)
    for name, columns in COLUMNS.items():
        wanted = [column for column in columns.split(",") if not column.startswith("metadata.")]
        assert list(tables[name][0]) == wanted, name
    modes = {row["propertyName"]: row["value"] for row in tables["manifest"]}
    assert modes["oneroster.version"] == "1.2"
    assert {name for name in tables if name != "manifest"} == {
        name.removeprefix("file.") for name, mode in modes.items() if mode == "bulk"
    }
    # Every id that is named is there.
    ids = {name: {row.get("sourcedId") for row in rows} for name, rows in tables.items()}
    for row in tables["enrollments"]:
        assert row["classSourcedId"] in ids["classes"]
        assert row["userSourcedId"] in ids["users"]
    assert {row["userSourcedId"] for row in tables["roles"]} == ids["users"]
    [session] = tables["academicSessions"]
    assert session["endDate"] == "2099-12-21", "the day after the last one"
    roles = [row["role"] for row in tables["enrollments"]]
    assert (roles.count("student"), roles.count("teacher")) == (3, 2)
    assert not any("Gone" in row["givenName"] for row in tables["users"])
    assert not any(cell.startswith("=") for row in tables["users"] for cell in row.values())
    owner = brought("oneroster", content, admin, name="back.zip")
    problems = [
        (row.table, row.number, row.errors, row.after) for row in owner.rows.exclude(outcome="same")
    ]
    assert problems == []
    assert owner.state == Import.State.READY


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_l19_a_table_that_goes_out_comes_back_as_it_went(
    form: str, season: Season, admin: User
) -> None:
    content = body(roster_response(season, form))
    if form == "csv":
        rows = [tuple(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))]
    else:
        sheet = load_workbook(io.BytesIO(content)).active
        rows = [tuple(str(cell or "") for cell in row) for row in sheet.iter_rows(values_only=True)]
    assert rows[0] == HEADER
    assert [row[:2] for row in rows[1:]] == [
        ("007", "'=Plato"),
        ("p0", "Pupil Number p0"),
        ("p1", "Pupil Number p1"),
    ]
    owner = brought("enrollments", content, admin, name=f"roster.{form}")
    assert (owner.state, owner.problem) == (Import.State.READY, "")
    assert (owner.rows_total, owner.rows_same) == (3, 3)
    # One who was dropped since comes back by it.
    seat = Enrollment.objects.get(student__number="p1")
    services.drop(enrollment_id=seat.pk, actor=admin)
    again = applied(brought("enrollments", content, admin, name=f"roster.{form}"), admin)
    assert again.result == {"enrolled_again": 1}


def test_l19_rosters_are_for_admins_of_their_institution(
    season: Season, api_as: Any, sign_in: Any, institution: Institution
) -> None:
    other = factories.institution(slug="elsewhere", name="Elsewhere")
    theirs = factories.season(institution=other, name="Their season")
    limited = factories.administrator(institution)
    client, browser = api_as(limited), sign_in(limited)
    told = client.get("/api/v1/rosters/").json()["data"]
    [mine] = [one for one in told if one["id"] == season.pk]
    assert (mine["sections"], mine["seats"], mine["institution"]) == (1, 3, institution.slug)
    assert theirs.pk not in [one["id"] for one in told]
    page = browser.get(reverse("rosters")).content.decode()
    assert "Fall 2099" in page
    assert "Their season" not in page
    for form in ("oneroster", "csv", "xlsx"):
        mine, foreign = (f"/api/v1/rosters/{pk}/{form}/" for pk in (season.pk, theirs.pk))
        assert client.get(mine).status_code == 200
        assert client.get(foreign).status_code == 404
        assert browser.get(reverse("roster", args=[season.pk, form])).status_code == 200
        found = browser.get(reverse("roster", args=[theirs.pk, form]), follow=True)
        assert found.status_code == 404
    assert browser.get(reverse("roster", args=[season.pk, "pdf"]), follow=True).status_code == 404
    for role in (Role.TEACHER, Role.EDITOR, Role.STUDENT):
        assert api_as(factories.user(role)).get("/api/v1/rosters/").status_code == 403


def test_l19_queries_of_rosters_do_not_grow(
    season: Season, admin: User, sign_in: Any, institution: Institution
) -> None:
    """The page: 2 for seasons, 1 for imports. An archive: orgs, courses, classes, and of roles, users and
    enrollments 2 each. A table: 1."""
    browser, counts = sign_in(admin), []
    season = Season.objects.select_related("institution").get(pk=season.pk)
    for more in (0, 40):
        section = Section.objects.get(season=season)
        for n in range(more):
            one = Student.objects.create(institution=institution, number=f"q{n}", name=f"Q {n}")
            Enrollment.objects.create(student=one, section=section, since="2099-01-01T00:00Z")
            if n < 10:
                section.instructors.add(factories.staff(number=f"QE{n}"))
                factories.section(season=season, course=section.course)
        found = [
            len(_queries(lambda form=form: body(roster_response(season, form)))) for form in FORMS
        ]
        browser.get(reverse("rosters"))
        found.append(
            len(
                [
                    q
                    for q in _queries(lambda: browser.get(reverse("rosters")))
                    if "catalog_season" in q
                ]
            )
        )
        counts.append(found)
    assert counts == [[9, 1, 1, 2], [9, 1, 1, 2]]


FORMS = ("oneroster", "csv", "xlsx")


def _queries(work: Any) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        work()
    return [query["sql"] for query in seen]
