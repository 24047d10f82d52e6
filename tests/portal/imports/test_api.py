"""P11 by API: upload → preview → apply."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campus.accounts.models import User
from portal.imports import engine
from portal.imports.models import Import
from portal.roles import Role
from tests import factories
from tests.portal.imports.bring import brought, csv_bytes

pytestmark = pytest.mark.django_db
HEAD = "email,full_name,roles"
ROOT = "/api/v1/imports/"


def test_p11_upload_preview_apply(admin: User, api_as: Any) -> None:
    client = api_as(admin)
    upload = SimpleUploadedFile("u.csv", csv_bytes(HEAD, "a@x.example,A,student", "b,B,student"))
    answer = client.post(ROOT, {"kind": "users", "file": upload}, format="multipart")
    assert answer.status_code == 202
    one = ROOT + answer.json()["data"]["id"] + "/"
    assert client.get(one).json()["data"]["state"] == "checking"
    assert client.post(f"{one}apply/").status_code == 409
    engine.check(Import.objects.get().pk)
    assert client.get(one).json()["data"]["rows_wrong"] == 1
    rows = client.get(f"{one}rows/?outcome=wrong").json()["data"]
    assert [(row["number"], row["errors"][0]["column"]) for row in rows] == [(3, "email")]
    assert len(client.get(f"{one}rows/").json()["data"]) == 2
    assert b"what_is_wrong" in b"".join(client.get(f"{one}errors/").streaming_content)
    assert client.post(f"{one}apply/").json()["errors"][0]["code"] == "wrong_state"
    assert client.post(f"{one}discard/").json()["data"]["state"] == "discarded"

    good = SimpleUploadedFile("u.csv", csv_bytes(HEAD, "a@x.example,A,student"))
    answer = client.post(ROOT, {"kind": "users", "file": good}, format="multipart")
    owner = Import.objects.get(pk=answer.json()["data"]["id"])
    engine.check(owner.pk)
    assert client.post(f"{ROOT}{owner.pk}/apply/").status_code == 202
    engine.apply(owner.pk)
    told = client.get(f"{ROOT}{owner.pk}/").json()["data"]
    assert (told["state"], told["result"]) == ("done", {"created": 1})


def test_p11_what_is_no_file_names_the_field(admin: User, api_as: Any) -> None:
    client = api_as(admin)
    for kind, name, param in (("users", "u.pdf", "file"), ("nothing", "u.csv", "kind")):
        upload = SimpleUploadedFile(name, b"email\r\n")
        answer = client.post(ROOT, {"kind": kind, "file": upload}, format="multipart")
        assert (answer.status_code, answer.json()["errors"][0]["param"]) == (400, param)
    kinds = {one["kind"]: one for one in client.get(f"{ROOT}kinds/").json()["data"]}
    assert "email" in [column["name"] for column in kinds["users"]["tables"][0]["columns"]]
    assert not Import.objects.exists()


def test_imports_by_api_are_shut_to_others(admin: User, api: Any, api_as: Any) -> None:
    owner = brought("users", csv_bytes(HEAD, "a@x.example,A,student"), admin)
    one = f"{ROOT}{owner.pk}/"
    assert api.get(ROOT).status_code == 401
    client = api_as(factories.user(Role.EDITOR))
    for method, address in (
        ("get", ROOT),
        ("get", one),
        ("get", f"{one}rows/"),
        ("get", f"{one}errors/"),
        ("post", f"{one}apply/"),
        ("post", f"{one}discard/"),
    ):
        assert getattr(client, method)(address).status_code == 403, address
    owner.refresh_from_db()
    assert owner.state == Import.State.READY
    missing = f"{ROOT}{'0' * 8}-0000-4000-8000-{'0' * 12}/"
    assert api_as(admin).get(f"{missing}rows/").status_code == 404
