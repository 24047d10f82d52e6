"""Every list of the Wagtail admin can be downloaded: filtered as it is, harmless, in bounded memory."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from wagtail.admin.views.generic import IndexView
from wagtail.admin.views.generic.base import BaseListingView

from campus.accounts.models import User
from portal.audit import record
from portal.exports import ExportedIndex
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.access.routes import path_of, rooms
from tests.security.test_admin_rooms import SECRETS, things
from tests.security.test_policies import routes

pytestmark = pytest.mark.django_db


WAGTAILS_OWN = {
    "admin/collections/": "where images and documents lie",
    "admin/documents/": "files that editors look at; their rows say little and are changed one by one",
    "admin/forms/": "pages with forms: none is in use; the answers to one are downloaded by Wagtail",
    "admin/groups/": "the roles, which the code makes",
    "admin/images/": "pictures, shown as pictures",
    "admin/locales/": "the two languages",
    "admin/localize/reports/": "of pages: downloaded by Wagtail itself",
    "admin/redirects/": "downloaded by Wagtail itself",
    "admin/reports/": "of pages: downloaded by Wagtail itself, but for the log, which is ours",
    "admin/sites/": "the one site",
    "admin/snippets/": "names of kinds",
    "admin/workflows/": "how pages are reviewed: a handful",
}
"""Lists that are Wagtail's: of pages and files and of its own machinery, with the reason for leaving each."""


def lists() -> dict[str, Any]:
    """Every list of the admin by its address, from the URL map, but those of Wagtail's own.

    What is told of one thing (its history, where it is used) is no list of things.
    """
    found: dict[str, Any] = {}
    for route in routes():
        path, view = path_of(route), route.owner
        if not path.startswith("admin/") or "{" in path or path.endswith("/results/"):
            continue
        if isinstance(view, type) and issubclass(view, BaseListingView):
            found.setdefault(path, view)  # (a door of ours stands before Wagtail's)
    return {
        path: view
        for path, view in found.items()
        if not view.__module__.startswith(("wagtail.", "wagtail_localize."))
        or _of_ours(path)
        or not path.startswith(tuple(WAGTAILS_OWN))
    }


def _of_ours(path: str) -> bool:
    return path in rooms()


def rows(answer: Any) -> list[list[str]]:
    content = b"".join(answer.streaming_content)
    if answer["Content-Type"].startswith("text/csv"):
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(content)).active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


def test_every_list_of_the_admin_can_be_downloaded(sign_in: Any) -> None:
    root = factories.user(Role.ADMIN, is_superuser=True)
    browser, without = sign_in(root), []
    for path, view in lists().items():
        if not issubclass(view, ExportedIndex):
            without.append(path)
            continue
        page = browser.get(f"/{path}").content.decode()
        for form in ("csv", "xlsx"):
            answer = browser.get(f"/{path}?export={form}")
            assert answer.status_code == 200, path
            assert "attachment" in answer["Content-Disposition"]
            assert rows(answer)[0], path
            assert f"export={form}" in page, f"{path} does not offer it"
    assert not without, "Lists without a download (portal/exports.py): " + ", ".join(without)


def test_the_walk_finds_the_lists() -> None:
    """The control: it meets what is known to be there, and every reason is needed."""
    found = set(lists())
    assert found >= {
        *("admin/users/", "admin/institution/", "admin/student/", "admin/staffprofile/"),
        *("admin/course/", "admin/section/", "admin/season/", "admin/program/", "admin/resource/"),
        *("admin/enrollments_admin/", "admin/enrollment_requests_admin/", "admin/hall/"),
        *("admin/inactive_accounts/", "admin/openid_clients/", "admin/imports/"),
        *("admin/job_runs/", "admin/jobs/", "admin/reports/site-history/"),
    }
    there = {path_of(route) for route in routes()}
    assert not [own for own in WAGTAILS_OWN if not any(path.startswith(own) for path in there)]
    assert not issubclass(IndexView, ExportedIndex)


def test_a_download_is_cut_to_the_admins_reach(sign_in: Any) -> None:
    """Of one institution's things nothing leaves by the lists of another's admin."""
    things()
    other = factories.institution(slug="other", name="Other College")
    limited, portal = sign_in(factories.administrator(other)), sign_in(factories.user(Role.ADMIN))
    met, crossed = set(), []
    for path in lists():
        told = str(_told(portal, path))
        met |= {secret for secret in SECRETS if secret in told}
        answer = limited.get(f"/{path}?export=csv")
        if answer.status_code == 200 and any(secret in str(rows(answer)) for secret in SECRETS):
            crossed.append(path)
    assert met == set(SECRETS), "the control: an admin of the portal gets them"
    assert not crossed


def _told(browser: Any, path: str) -> list[list[str]]:
    return rows(browser.get(f"/{path}?export=csv"))


def test_each_download_asks_as_often_for_one_as_for_many(sign_in: Any) -> None:
    """At most a dozen queries (session, account, reach, rows; the log two), however many rows."""
    browser = sign_in(factories.user(Role.ADMIN))

    def counts() -> dict[str, tuple[int, int]]:
        found = {}
        for path in lists():
            with CaptureQueriesContext(connection) as seen:
                found[path] = (len(_told(browser, path)), len(seen))
        return found

    things()
    counts()  # (what is remembered from the first time on)
    few = counts()
    for _ in range(3):
        for thing in things().values():
            assert thing.pk
    many = counts()
    grown = {path for path in few if many[path][0] > few[path][0]}
    assert len(grown) > 12
    wrong = {path: (few[path], many[path]) for path in few if few[path][1] != many[path][1]}
    assert not wrong, wrong
    log = many.pop("admin/reports/site-history/")
    assert log[1] <= 24, "its filters ask what there is to choose"
    assert max(asked for _rows, asked in many.values()) <= 12, many


def test_the_log_is_downloaded_in_pieces_and_harmless(
    sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = factories.user(Role.ADMIN, full_name="=1+1")
    student = factories.student(name="=cmd|calc")
    for number in range(5):
        record(action="wagtail.edit", instance=student, actor=boss, label=f"=label{number}")
    monkeypatch.setattr("campus.audit.doors.CHUNK", 2)
    for form in ("csv", "xlsx"):
        answer = sign_in(boss).get(f"/admin/reports/site-history/?export={form}")
        assert answer.streaming
        found = rows(answer)
        assert found[0][1] == "Name"
        assert [row[1] for row in found[1:6]] == [f"'=label{n}" for n in (4, 3, 2, 1, 0)]
        assert {row[3] for row in found[1:6]} == {"Edit"}
        assert not [cell for row in found for cell in row if cell.startswith("=")]
    answer = sign_in(factories.user(Role.EDITOR)).get("/admin/reports/site-history/?export=csv")
    assert answer.status_code in {302, 403}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_cells_are_no_formulas_and_filters_hold(form: str, admin: User, sign_in: Any) -> None:
    factories.user(Role.TEACHER, full_name="=HYPERLINK(1)", email="t@x.example")
    factories.user(Role.STUDENT, full_name="Not me", phone="+12173334666", email=None)
    browser = sign_in(admin)
    address = reverse("wagtailusers_users:index")
    found = rows(browser.get(f"{address}?export={form}&role=teacher"))
    assert [row[0] for row in found] == ["Name", "'=HYPERLINK(1)"]
    everybody = rows(browser.get(f"{address}?export={form}"))
    assert ["Not me", "'+12173334666"] in [[row[0], row[2]] for row in everybody]
    assert sign_in(factories.user(Role.EDITOR)).get(f"{address}?export={form}").status_code == 302


def test_a_download_asks_as_often_for_one_as_for_many(admin: User, sign_in: Any) -> None:
    browser, address = sign_in(admin), reverse("wagtailusers_users:index")
    counts = []
    for number in (1, 40):
        for _ in range(number):
            factories.user(Role.TEACHER, Role.MENTOR)
        browser.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert len(rows(browser.get(f"{address}?export=csv"))) > number
        counts.append(len(seen))
    assert counts[0] == counts[1], counts


def test_jobs_are_downloaded_without_their_arguments(admin: User, sign_in: Any) -> None:
    from portal.jobs import enqueue  # noqa: PLC0415

    enqueue("portal.tests.nothing", secret="canary-4711")
    assert OutboxMessage.objects.exists()
    found = rows(sign_in(admin).get(reverse("jobs:index") + "?export=csv"))
    assert "portal.tests.nothing" in str(found)
    assert "canary-4711" not in str(found)
