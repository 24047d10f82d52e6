"""Reports by API, on the site and in the admin: whose they are, the period, the downloads."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from campus.accounts.models import User
from portal.reports import queries
from portal.reports.errors import NoSuchReport, TooManyLines
from portal.reports.forms import PeriodForm
from portal.reports.queries import table_of
from portal.reports.registry import (
    Chart,
    Column,
    Kind,
    Period,
    Report,
    register,
    report_for,
    reports_for,
)
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db

DAY = Period(dt.date(2027, 3, 1), dt.date(2027, 3, 1))


def names(user: User) -> set[str]:
    return {report.name for report in reports_for(user)}


def report(rows: list[dict[str, Any]]) -> Report:
    """A report that holds these rows, whoever asks."""
    return Report(
        name="made-up",
        title="Made up",
        about="",
        permission="reports.read",
        columns=(
            Column("what", "What", Kind.TEXT),
            Column("part", "Part", adds=True),
            Column("whole", "Whole", adds=True),
            Column("share", "Share", Kind.PERCENT, share_of=("part", "whole")),
        ),
        read=lambda user, period: rows,
        chart=Chart("what", ("part",)),
    )


def test_each_role_has_the_reports_of_what_is_theirs() -> None:
    assert names(factories.user(Role.STUDENT)) == set()
    assert names(factories.user(Role.EDITOR)) == set()
    assert names(factories.user(Role.ORGANIZER)) == {"events"}
    assert names(factories.teacher()) == {"enrollments"}
    mentor = factories.mentor().user
    assert mentor is not None
    assert "points" in names(mentor)
    everything = {"activity", "enrollments", "events", "halls", "points"}
    assert names(factories.user(Role.ADMIN)) == everything
    assert names(factories.administrator(factories.institution())) == everything


def test_one_that_is_not_the_readers_is_as_one_that_there_is_not(
    api_as: Callable[[User], Any], client: Client
) -> None:
    organizer = factories.user(Role.ORGANIZER)
    for name in ("halls", "nothing"):
        with pytest.raises(NoSuchReport):
            report_for(organizer, name)
        assert api_as(organizer).get(f"/api/v1/admin/reports/{name}/").status_code == 404
    client.force_login(organizer)
    assert client.get("/en/reports/halls/").status_code == 404
    assert client.get("/en/reports/events/").status_code == 200
    client.force_login(factories.user(Role.STUDENT))
    assert client.get("/en/reports/events/").status_code == 403


def test_the_last_line_adds_up_and_shares_are_of_the_sums() -> None:
    rows = [
        {"what": "A", "part": 1, "whole": 4},
        {"what": "B", "part": 5, "whole": 6},
        {"what": "C", "part": 2, "whole": None},
        {"what": "D", "part": 0, "whole": 0},
    ]
    table = table_of(report(rows), user=None, period=DAY)
    assert [row["share"] for row in table.rows] == [25.0, 83.3, None, None]
    assert table.last_line() == [None, 8, 10, 80.0]
    assert table_of(report([]), user=None, period=DAY).totals == {}


def test_a_chart_draws_the_largest_in_the_tables_order() -> None:
    rows = [{"what": str(n), "part": n, "whole": 1} for n in range(30)]
    drawn = table_of(report(rows), user=None, period=DAY).drawn()
    assert drawn["labels"] == [str(n) for n in range(10, 30)]
    assert drawn["left_out"] == 10


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"what": str(n), "part": n, "whole": 1} for n in range(3)]
    monkeypatch.setattr(queries, "MOST", 2)
    with pytest.raises(TooManyLines):
        table_of(report(rows), user=None, period=DAY)


def test_a_name_is_given_once() -> None:
    made = report_for(factories.user(Role.ADMIN), "events")
    with pytest.raises(ValueError, match="events"):
        register(made)


def test_a_period_is_whole_days_of_the_portals_clock() -> None:
    change = Period(dt.date(2027, 3, 14), dt.date(2027, 3, 14))  # the clock is put forward
    zone = timezone.get_default_timezone()
    assert change.begins.astimezone(zone).isoformat() == "2027-03-14T00:00:00-06:00"
    assert change.ends.astimezone(zone).isoformat() == "2027-03-15T00:00:00-05:00"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"since": "2027-02-30"}, "since"),
        ({"since": "next week"}, "since"),
        ({"since": "2027-03-02", "until": "2027-03-01"}, "until"),
        ({"since": "2020-01-01", "until": "2027-03-01"}, "until"),
    ],
)
def test_a_period_that_is_none_is_refused_naming_the_field(
    given: dict[str, str], field: str, api_as: Callable[[User], Any], client: Client
) -> None:
    form = PeriodForm(given)
    assert not form.is_valid()
    assert set(form.errors) == {field}
    admin = factories.user(Role.ADMIN)
    answer = api_as(admin).get("/api/v1/admin/reports/events/", given)
    assert answer.status_code == 400
    assert [one["param"] for one in answer.json()["errors"]] == [field]
    client.force_login(admin)
    page = client.get("/en/reports/events/", given)
    assert page.status_code == 422
    assert form.errors[field][0] in page.content.decode()


def test_one_day_given_stands_beside_the_usual_ones() -> None:
    today = timezone.localdate()
    for given in ({}, {"since": "2027-03-01"}, {"until": "2020-03-01"}):
        form = PeriodForm(given)
        assert form.is_valid() or "until" in form.errors
        if not given:
            assert form.period.since < today < form.period.until


def test_downloads_hold_what_the_page_shows_and_no_formula(client: Client) -> None:
    factories.student(department=factories.department(name="=1+1"))
    client.force_login(factories.user(Role.ADMIN))
    for page in ("/en/reports/points/", "/admin/statistics/points/"):
        assert "=1+1" in client.get(page).content.decode()
        got = client.get(page, {"export": "csv"})
        assert got.headers["Content-Type"].startswith("text/csv")
        lines = list(csv.reader(io.StringIO(got.getvalue().decode("utf-8-sig"))))
        assert lines[0][0] == "Department"
        assert lines[1][0] == "'=1+1"
        assert lines[-1][0] == "Total"
        book = load_workbook(io.BytesIO(client.get(page, {"export": "xlsx"}).getvalue()))
        cells = [[cell.value or "" for cell in row] for row in book.worksheets[0].rows]
        assert cells == lines
    assert (
        "nope" not in client.get("/en/reports/points/", {"export": "nope"}).headers["Content-Type"]
    )


def test_the_admins_menu_has_them(client: Client) -> None:
    client.force_login(factories.user(Role.ADMIN))
    assert "/admin/statistics/halls/" in client.get("/admin/").content.decode()
    client.force_login(factories.user(Role.EDITOR))
    assert "/admin/statistics/" not in client.get("/admin/").content.decode()
