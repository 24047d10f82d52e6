"""L1: a real catalog comes in, once, whole, and with every line that does not fit named."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from campus.institutions.models import Department, Institution
from campus.people.models import StaffProfile
from campus.venues.models import Building, Hall
from learning.catalog.imports import import_catalog
from learning.catalog.models import Course, Meeting, Season, Section, Weekday
from portal.errors import InvalidInput
from tests.learning.catalog.conftest import CATALOG, Rows

pytestmark = pytest.mark.django_db


def everything() -> dict[str, list]:
    """All rows that an import writes, to compare before and after."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Course, Section, Meeting, Season, Department, StaffProfile, Hall, Building)
    } | {
        "through": [
            list(m2m.objects.order_by("pk").values())
            for m2m in (
                Section.instructors.through,
                Course.prerequisites.through,
                Course.tags.through,
            )
        ]
    }


class TestRealCatalog:
    """The file of the University of Illinois."""

    def test_l1_the_real_catalog_comes_in_whole(self, institution: Institution) -> None:
        report = import_catalog(path=CATALOG, institution=institution, actor=None)
        assert (report.rows, report.courses, report.sections) == (1686, 1047, 1638)
        assert report.bad_rows == []
        assert Course.objects.count() == 1047
        assert Section.objects.count() == 1638
        assert Department.objects.count() == 151
        season = Season.objects.get()
        assert (season.code, season.name, season.kind) == ("2025-su", "Summer 2025", "summer")
        assert (season.starts, season.ends) == (dt.date(2025, 5, 19), dt.date(2025, 8, 8))
        assert not Course.objects.filter(title__contains="&amp;").exists()
        assert not StaffProfile.objects.filter(name__contains=";").exists()

    def test_l1_a_room_clash_is_reported_and_the_later_row_loses_the_hall(
        self, institution: Institution
    ) -> None:
        report = import_catalog(path=CATALOG, institution=institution, actor=None)
        assert len(report.clashes) == 19
        first = Meeting.objects.filter(section__number="40956")
        later = Meeting.objects.filter(section__course__code="ACCY 410", section__code="HA4")
        assert {m.hall.code for m in first.select_related("hall") if m.hall} == {"2011"}
        assert later.exists()
        assert not later.filter(hall__isnull=False).exists()
        assert set(later.values_list("place", flat=True)) == {"Business Instructional Fac 2011"}
        # No hall is held twice at one time by two sections.
        held = Meeting.objects.filter(hall__isnull=False).select_related("section")
        by_hall: dict[tuple[int, int], list[Meeting]] = {}
        for meeting in held:
            for other in by_hall.setdefault((meeting.hall_id, meeting.weekday), []):
                assert (
                    other.section_id == meeting.section_id
                    or other.ends <= meeting.starts
                    or meeting.ends <= other.starts
                    or other.section.ends < meeting.section.starts
                    or meeting.section.ends < other.section.starts
                ), (meeting, other)
            by_hall[meeting.hall_id, meeting.weekday].append(meeting)

    def test_l1_a_second_run_changes_nothing(self, institution: Institution) -> None:
        import_catalog(path=CATALOG, institution=institution, actor=None)
        before, log = everything(), ModelLogEntry.objects.count()
        report = import_catalog(path=CATALOG, institution=institution, actor=None)
        assert report.changes == 0
        assert everything() == before
        assert ModelLogEntry.objects.count() == log

    def test_l1_a_thousand_rows_take_a_fixed_number_of_queries(
        self, institution: Institution
    ) -> None:
        # SQLite takes 999 parameters in a statement, so its bulk statements are more and smaller.
        first_at_most, again_at_most = {"postgresql": (60, 20), "sqlite": (400, 40)}[
            connection.vendor
        ]
        for at_most in (first_at_most, again_at_most):
            with CaptureQueriesContext(connection) as queries:
                report = import_catalog(path=CATALOG, institution=institution, actor=None)
            assert len(queries) <= at_most * report.rows / 1000

    def test_l1_several_meetings_of_one_section(self, institution: Institution) -> None:
        import_catalog(path=CATALOG, institution=institution, actor=None)
        section = Section.objects.get(number="33933")
        hours = Counter((m.starts, m.ends) for m in section.meetings.all())
        assert hours == {(dt.time(9), dt.time(10, 50)): 5, (dt.time(12), dt.time(13, 50)): 5}
        assert sorted(section.instructors.values_list("name", flat=True)) == [
            "Martins, M",
            "Muga, M",
            "Saadah, E",
        ]
        assert (section.starts, section.ends) == (dt.date(2025, 6, 16), dt.date(2025, 7, 11))

    def test_l1_year_holds_the_terms_in_another_year(self, institution: Institution) -> None:
        import_catalog(path=CATALOG, institution=institution, actor=None, year=2027)
        season = Season.objects.get()
        assert (season.code, season.name) == ("2027-su", "Summer 2027")
        assert season.starts == dt.date(2027, 5, 17)
        assert set(Section.objects.values_list("starts__year", flat=True)) == {2027}


class TestRows:
    """Small files that each hold one difficulty."""

    def test_l1_bad_rows_are_listed_with_line_and_reason_and_the_rest_goes_in(
        self, institution: Institution, catalog_file: Rows
    ) -> None:
        path = catalog_file(
            {"CRN": "1"},
            {"CRN": "2", "Credit Hours": "many hours."},
            {"CRN": "3", "Start Time": "25:00 AM", "End Time": "10:00 AM", "Days of Week": "M"},
            {"CRN": "4", "Days of Week": "MX"},
            {"CRN": "5", "Start Time": "10:00 AM", "End Time": "09:00 AM", "Days of Week": "M"},
            {"CRN": ""},
            {"CRN": "7", "Term": "Autumnal"},
            {"CRN": "1", "Number": "102"},
            {"CRN": "9"},
        )
        report = import_catalog(path=path, institution=institution, actor=None)
        assert [str(issue) for issue in report.bad_rows] == [
            "line 3: credit hours 'many hours.' are not understood",
            "line 4: time '25:00 AM' is not understood",
            "line 5: unknown weekday 'X'",
            "line 6: the meeting ends before it starts",
            "line 7: 'CRN' is empty",
            "line 8: unknown term 'Autumnal'",
            "line 9: registration number 1 is already that of TST 101",
        ]
        assert set(Section.objects.values_list("number", flat=True)) == {"1", "9"}
        assert not Course.objects.filter(code="TST 102").exists()

    def test_l1_weekdays_are_those_of_the_portal(
        self, institution: Institution, catalog_file: Rows
    ) -> None:
        path = catalog_file(
            {"Start Time": "09:00 AM", "End Time": "12:30 PM", "Days of Week": "MTWRFSU"}
        )
        import_catalog(path=path, institution=institution, actor=None)
        assert list(Meeting.objects.values_list("weekday", flat=True)) == [0, 1, 2, 3, 4, 5, 6]
        path = catalog_file(
            {"CRN": "2", "Start Time": "09:00 AM", "End Time": "12:00 PM", "Days of Week": "S"}
        )
        import_catalog(path=path, institution=institution, actor=None)
        assert Section.objects.get(number="2").meetings.get().weekday == Weekday.SATURDAY

    def test_l1_arranged_times_and_rooms(
        self, institution: Institution, catalog_file: Rows
    ) -> None:
        path = catalog_file(
            {"CRN": "1", "Days of Week": "MW", "Room": "ARR", "Building": "Hospital"},
            {
                "CRN": "2",
                "Start Time": "09:00 AM",
                "End Time": "10:00 AM",
                "Days of Week": "M",
                "Room": "ARR",
                "Building": "Literatures, Cultures, &amp; Ling",
            },
            {"CRN": "3", "Start Time": "09:00 AM", "End Time": "10:00 AM"},
        )
        report = import_catalog(path=path, institution=institution, actor=None)
        assert Section.objects.get(number="1").place == "Hospital"
        assert not Section.objects.get(number="1").meetings.exists()
        meeting = Section.objects.get(number="2").meetings.get()
        assert (meeting.hall, meeting.place) == (None, "Literatures, Cultures, & Ling")
        assert not Hall.objects.exists()
        assert [issue.line for issue in report.notices] == [4]
        assert not Section.objects.get(number="3").meetings.exists()

    @pytest.mark.parametrize(
        ("text", "least", "most"),
        [
            ("3 hours.", "3", "3"),
            ("1 TO 4 hours.", "1", "4"),
            ("3 OR 4 hours.", "3", "4"),
            ("0.5 hours.", "0.5", "0.5"),
        ],
    )
    def test_l1_credit_hours(
        self, institution: Institution, catalog_file: Rows, text: str, least: str, most: str
    ) -> None:
        import_catalog(
            path=catalog_file({"Credit Hours": text}), institution=institution, actor=None
        )
        course = Course.objects.get()
        assert (course.credit_min, course.credit_max) == (Decimal(least), Decimal(most))

    @pytest.mark.parametrize(
        ("text", "required"),
        [
            ("TST 201 and TST 202.", ["TST 201", "TST 202"]),
            ("TST 201, TST 202, and TST 203.", ["TST 201", "TST 202", "TST 203"]),
            ("TST 201; one of TST 202, TST 203.", ["TST 201"]),
            ("TST 201. Restricted to majors.", ["TST 201"]),
            ("TST 201 and TST 999.", ["TST 201"]),
            ("TST 201 or TST 202.", []),
            ("TST 201, TST 202, OR TST 203.", []),
            ("TST 201 or equivalent.", []),
            ("TST 201; or consent of instructor.", []),
            ("TST 201, TST 202, equivalent or consent of instructor.", []),
            ("Credit or concurrent registration in TST 201.", []),
            ("TST 201 recommended.", []),
            ("(TST 201 or TST 202) and TST 203.", []),
            ("TST 101.", []),
        ],
    )
    def test_l6_only_clear_prerequisites_become_a_rule(
        self, institution: Institution, catalog_file: Rows, text: str, required: list[str]
    ) -> None:
        others = [{"CRN": n, "Number": n} for n in ("201", "202", "203")]
        path = catalog_file({"Description": f"About tests. Prerequisite: {text}"}, *others)
        import_catalog(path=path, institution=institution, actor=None)
        course = Course.objects.get(code="TST 101")
        assert list(course.prerequisites.values_list("code", flat=True)) == required
        assert course.prerequisite_text == text
        assert course.description == "About tests."

    def test_l1_degree_attributes_become_category_and_tags(
        self, institution: Institution, catalog_file: Rows
    ) -> None:
        text = "Advanced Composition, Humanities - Hist & Phil, and Cultural Studies - US Minority course."
        import_catalog(
            path=catalog_file({"Degree Attributes": text}), institution=institution, actor=None
        )
        course = Course.objects.select_related("category").get()
        assert course.category is not None
        assert course.category.name == "Humanities and the Arts"
        assert sorted(course.tags.names()) == [
            "Advanced Composition",
            "Historical and Philosophical Perspectives",
            "US Minority Cultures",
        ]

    def test_l1_instructors_who_share_a_name_in_two_departments_are_two(
        self, institution: Institution, catalog_file: Rows
    ) -> None:
        path = catalog_file(
            {"Instructors": "Smith, J"},
            {"CRN": "2", "Subject": "OTH", "Instructors": "Smith, J;Roe, R"},
        )
        import_catalog(path=path, institution=institution, actor=None)
        assert sorted(StaffProfile.objects.values_list("source_key", flat=True)) == [
            "OTH:Roe, R",
            "OTH:Smith, J",
            "TST:Smith, J",
        ]

    def test_l1_an_editors_change_survives_until_the_source_changes_that_field(
        self, institution: Institution, catalog_file: Rows
    ) -> None:
        import_catalog(path=catalog_file({}), institution=institution, actor=None)
        Course.objects.update(title="An editor's title", is_featured=True)
        Section.objects.update(capacity=30, price=Decimal("10"), code="Z")
        report = import_catalog(path=catalog_file({}), institution=institution, actor=None)
        assert report.changes == 0
        report = import_catalog(
            path=catalog_file({"Description": "New words.", "Type": "Online"}),
            institution=institution,
            actor=None,
        )
        assert report.changed == {"courses": 1, "sections": 1}
        course, section = Course.objects.get(), Section.objects.get()
        assert (course.title, course.is_featured) == ("An editor's title", True)
        assert course.description == "New words."
        assert (section.capacity, section.price, section.code) == (30, Decimal("10"), "Z")
        assert section.delivery == Section.Delivery.ONLINE
        entry = ModelLogEntry.objects.for_instance(course).first()
        assert entry is not None
        assert entry.data["before"] == {"description": "About tests."}
        assert entry.data["after"] == {"description": "New words."}

    def test_l1_a_hall_that_the_portal_has_given_away_is_not_taken(
        self, institution: Institution, catalog_file: Rows
    ) -> None:
        meets = {
            "Start Time": "09:00 AM",
            "End Time": "10:00 AM",
            "Days of Week": "M",
            "Room": "1",
            "Building": "Hall",
        }
        import_catalog(path=catalog_file(meets), institution=institution, actor=None)
        report = import_catalog(
            path=catalog_file({**meets, "CRN": "2"}), institution=institution, actor=None
        )
        assert [issue.line for issue in report.clashes] == [2]
        assert Section.objects.get(number="1").meetings.get().hall is not None
        assert Section.objects.get(number="2").meetings.get().hall is None

    def test_l1_what_is_no_catalog_is_refused_whole(
        self, institution: Institution, tmp_path: Path
    ) -> None:
        path = tmp_path / "other.csv"
        path.write_text("a,b\n1,2\n")
        with pytest.raises(InvalidInput, match="CRN"):
            import_catalog(path=path, institution=institution, actor=None)
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InvalidInput):
            import_catalog(path=path, institution=institution, actor=None)
        assert not Course.objects.exists()


class TestCommand:
    """The command tells what it did."""

    def test_l1_the_command_tells_bad_rows_and_that_a_second_run_changes_nothing(
        self, institution: Institution, catalog_file: Rows
    ) -> None:
        path = catalog_file({}, {"CRN": ""})
        out = StringIO()
        call_command("import_catalog", path, institution="test", stdout=out)
        assert "line 3: 'CRN' is empty" in out.getvalue()
        assert "2 rows: 1 courses, 1 sections." in out.getvalue()
        out = StringIO()
        call_command("import_catalog", path, institution="test", stdout=out)
        assert "Nothing to change." in out.getvalue()

    def test_l1_the_command_names_what_is_missing(self, institution: Institution) -> None:
        with pytest.raises(CommandError, match="No institution 'nowhere'"):
            call_command("import_catalog", CATALOG, institution="nowhere")
        with pytest.raises(CommandError, match=r"none\.csv"):
            call_command("import_catalog", "none.csv", institution="test")
