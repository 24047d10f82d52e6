"""P11 in the Wagtail admin: bring, look, apply, get the errors back; works without JavaScript."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campus.accounts.models import User
from portal.imports import engine
from portal.imports.models import Import
from portal.roles import Role
from tests import factories
from tests.portal.imports.bring import applied, brought, csv_bytes

pytestmark = pytest.mark.django_db
HEAD = "email,full_name,roles"


def page(owner: Import, name: str = "inspect", *more: str) -> str:
    return reverse(f"imports:{name}", args=[owner.pk, *more])


def test_p11_from_the_upload_to_the_result(admin: User, sign_in: Any) -> None:
    browser = sign_in(admin)
    shown = browser.get(reverse("imports:upload")).content.decode()
    assert "date_of_birth" in shown
    content = csv_bytes(HEAD, "a@x.example,Ann,student", "b@x.example,Ben,student")
    upload = SimpleUploadedFile("people.csv", content)
    answer = browser.post(reverse("imports:upload"), {"kind": "users", "file": upload})
    owner = Import.objects.get()
    assert answer["Location"] == page(owner)
    waiting = browser.get(page(owner)).content.decode()
    assert 'http-equiv="refresh"' in waiting
    assert "<progress" in waiting
    assert browser.get(page(owner, "progress")).json() == {
        "state": "checking",
        "done": 0,
        "total": 0,
    }
    engine.check(owner.pk)
    preview = browser.get(page(owner)).content.decode()
    assert "Ann" in preview
    assert "Apply all 2 rows" in preview
    assert browser.post(page(owner, "act", "apply")).status_code == 302
    engine.apply(owner.pk)
    assert "Created: 2" in browser.get(page(owner)).content.decode()
    assert User.objects.filter(email="a@x.example").exists()
    assert "people.csv" in browser.get(reverse("imports:index")).content.decode()


def test_p11_errors_stand_in_their_cells(admin: User, sign_in: Any) -> None:
    browser = sign_in(admin)
    owner = brought(
        "users", csv_bytes(HEAD, "a@x.example,<b>Ann</b>,student", "bad,,wizard"), admin
    )
    shown = browser.get(page(owner)).content.decode()
    assert shown.count("q-import-bad") == 3
    assert "Enter an e-mail address." in shown
    assert "Apply" not in shown.split("q-import-counts")[0].split("w-h1")[1]
    everything = browser.get(page(owner) + "?rows=all").content.decode()
    assert "&lt;b&gt;Ann&lt;/b&gt;" in everything
    for form in ("csv", "xlsx"):
        answer = browser.get(page(owner, "errors", form))
        assert answer.status_code == 200
        assert "attachment" in answer["Content-Disposition"]
    assert "attachment" in browser.get(page(owner, "file"))["Content-Disposition"]
    browser.post(page(owner, "act", "apply"))
    assert Import.objects.get().state == Import.State.REFUSED
    browser.post(page(owner, "act", "discard"))
    assert Import.objects.get().state == Import.State.DISCARDED
    assert browser.get(page(owner)).status_code == 200
    assert "Content-Disposition" not in browser.get(page(owner, "file"))


def test_p11_an_upload_that_is_none_is_told_at_the_field(admin: User, sign_in: Any) -> None:
    browser = sign_in(admin)
    upload = SimpleUploadedFile("people.xlsx", b"email\r\n")
    answer = browser.post(reverse("imports:upload"), {"kind": "users", "file": upload})
    assert answer.status_code == 422
    assert "does not fit its ending" in answer.content.decode()
    assert not Import.objects.exists()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_p11_each_kind_has_a_template(form: str, admin: User, sign_in: Any) -> None:
    answer = sign_in(admin).get(reverse("imports:template", args=["users", form]))
    content = b"".join(answer.streaming_content)
    if form == "csv":
        assert content.decode("utf-8-sig").startswith("email,phone,full_name,roles")
        content += b"a@x.example,,A,student\r\n"
        assert brought("users", content, admin).rows_create == 1
    else:
        assert brought("users", content, admin, name="t.xlsx").state == Import.State.REFUSED


def test_imports_are_shut_to_others(admin: User, editor: User, sign_in: Any) -> None:
    owner = brought("users", csv_bytes(HEAD, "a@x.example,Rosalind Hidden,student"), admin)
    for who in (editor, factories.user(Role.TEACHER), factories.user(Role.STUDENT)):
        browser = sign_in(who)
        for address in (
            reverse("imports:index"),
            reverse("imports:upload"),
            reverse("imports:template", args=["users", "csv"]),
            page(owner),
            page(owner, "progress"),
            page(owner, "errors", "csv"),
            page(owner, "file"),
        ):
            answer = browser.get(address)
            assert answer.status_code in {302, 403, 404}, address
            assert b"Rosalind" not in answer.content
        assert browser.post(page(owner, "act", "apply")).status_code in {302, 403, 404}
    assert Import.objects.get().state == Import.State.READY


def test_p11_a_page_of_rows_costs_the_same_for_one_and_for_many(admin: User, sign_in: Any) -> None:
    browser, counts = sign_in(admin), []
    for number in (1, 120):
        lines = (f"p{n}@x.example,Person {n},student" for n in range(number))
        owner = brought("users", csv_bytes(HEAD, *lines), admin)
        browser.get(page(owner))
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(page(owner)).status_code == 200
        counts.append(len([q for q in seen if "imports_" in q["sql"]]))
    assert counts == [2, 2], counts


def test_p11_after_it_was_applied_the_rows_can_still_be_read(admin: User, sign_in: Any) -> None:
    owner = applied(brought("users", csv_bytes(HEAD, "a@x.example,Ann,student"), admin), admin)
    shown = sign_in(admin).get(page(owner)).content.decode()
    assert "Ann" in shown
    assert "Apply" not in shown.split("q-import-counts")[0].split("w-h1")[1]
