"""Every list of the Wagtail admin can be downloaded: filtered as it is, harmless, in bounded memory."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from wagtail.admin.viewsets import viewsets
from wagtail.admin.viewsets.model import ModelViewSet

from campus.accounts.models import User
from portal.exports import ExportedIndex
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
OURS = ("portal.", "campus.", "learning.", "home.", "search.", "bookings.")


def lists() -> list[ModelViewSet]:
    """The viewsets of ours that have a list."""
    return [
        one
        for one in viewsets.viewsets
        if isinstance(one, ModelViewSet) and type(one).__module__.startswith(OURS)
    ]


def rows(answer: Any) -> list[list[str]]:
    content = b"".join(answer.streaming_content)
    if answer["Content-Type"].startswith("text/csv"):
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(content)).active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


def test_every_list_of_the_admin_can_be_downloaded(sign_in: Any) -> None:
    root = factories.user(Role.ADMIN, is_superuser=True)
    browser, without, exported = sign_in(root), [], set()
    assert len(lists()) >= 4
    for viewset in lists():
        address = reverse(viewset.get_url_name("index"))
        view = viewset.index_view.view_class
        if not issubclass(view, ExportedIndex):
            without.append(viewset.name)
            continue
        exported.add(viewset.menu_name if viewset.menu_name == "users" else viewset.name)
        for form in ("csv", "xlsx"):
            answer = browser.get(f"{address}?export={form}")
            assert answer.status_code == 200, viewset.name
            assert "attachment" in answer["Content-Disposition"]
            assert rows(answer)[0], viewset.name
    mine = {"users", "imports", "job_runs", "jobs"}
    assert not mine & set(without), without
    assert exported >= mine


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
