"""Whether a certificate holds, for anyone (C2), for ever (C6)."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from campus.certificates import queries, services, tasks
from campus.certificates.models import Certificate
from campus.personal import services as erasure
from portal.roles import Role
from tests import factories
from tests.campus.certificates import drawing

pytestmark = pytest.mark.django_db
needs_libraries = pytest.mark.skipif(not drawing.CAN_DRAW, reason=drawing.WHY_NOT)


def api(client: Client, key: str) -> Any:
    return client.get(f"/api/v1/certificates/verify/{key}/").json()["data"]


def page(client: Client, key: str) -> Any:
    return client.get(f"/en/certificates/verify/{key}/")


def test_c2_a_valid_one_tells_holder_title_and_date_to_anyone(client: Client) -> None:
    row = factories.certificate(name="Ada Lovelace")
    told = api(client, row.hash)
    assert (told["state"], told["name"], told["title"], told["date"]) == (
        "valid",
        "Ada Lovelace",
        "Machine learning",
        "2026-05-12",
    )
    assert "student" not in told
    answer = page(client, row.hash)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "This certificate is valid" in text
    for fact in ("Ada Lovelace", "Machine learning", "12 May 2026", row.number):
        assert fact in text
    assert answer["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer["Cache-Control"]
    # (one also finds it by its number)
    assert api(client, row.number.lower()) == told
    found = client.get("/en/certificates/verify/", {"key": row.number})
    assert found["Location"] == f"/en/certificates/verify/{row.hash}/"


def test_c2_the_address_of_the_code_leads_to_the_readers_own_language(client: Client) -> None:
    row = factories.certificate()
    address = queries.verify_address(row)
    path = address.removeprefix("http://localhost:8000")
    found = client.get(path, headers={"accept-language": "ar"}, follow=True)
    assert found.status_code == 200
    assert found.redirect_chain[-1][0] == f"/ar{path}"


def test_c2_a_revoked_one_says_so_and_why_at_once(client: Client) -> None:
    row = factories.certificate()
    assert "This certificate is valid" in page(client, row.hash).content.decode()
    services.revoke(certificate_id=row.pk, reason="Attended by mistake", actor=None)
    told = api(client, row.hash)
    assert (told["state"], told["why_ended"]) == ("revoked", "Attended by mistake")
    text = page(client, row.hash).content.decode()
    assert "This certificate was revoked" in text
    assert "Attended by mistake" in text
    assert "This certificate is valid" not in text


def test_c6_a_superseded_one_leads_to_its_follower(client: Client) -> None:
    row = factories.certificate(name="Adda")
    new = services.supersede(
        certificate_id=row.pk, changes={"name": "Ada"}, reason="Misspelled", actor=None
    )
    told = api(client, row.hash)
    assert (told["state"], told["follower"]) == ("superseded", new.hash)
    assert f"/en/certificates/verify/{new.hash}/" in page(client, row.hash).content.decode()
    assert api(client, new.hash)["state"] == "valid"


@pytest.mark.parametrize(
    "key", ["0" * 32, "0" * 64, "2026-0000-0000", "x", "%20", "../../etc", "0" * 500]
)
def test_c2_what_was_never_issued_is_unknown(key: str, client: Client) -> None:
    factories.certificate()
    answer = client.get(f"/api/v1/certificates/verify/{key}/")
    if answer.status_code == 200:
        assert answer.json()["data"] == {"state": "unknown"}
    else:
        assert answer.status_code == 404
    assert page(client, key).status_code == 404
    assert client.get("/en/certificates/verify/", {"key": key}).status_code in {404, 422}


@needs_libraries
def test_c2_an_upload_is_the_file_that_was_issued_or_it_is_not(client: Client) -> None:
    row = factories.certificate(reason="event:1", name="Ada Lovelace")
    tasks.render(reason="event:1")
    row.refresh_from_db()
    with row.pdf.open("rb") as file:
        data = file.read()
    changed = bytearray(data)
    changed[len(changed) // 2] ^= 1

    def ask(content: bytes) -> Any:
        upload = {"file": SimpleUploadedFile("a.pdf", content, "application/pdf")}
        return client.post("/api/v1/certificates/verify/", upload).json()["data"]

    def ask_page(content: bytes) -> str:
        upload = {"file": SimpleUploadedFile("a.pdf", content, "application/pdf")}
        return client.post("/en/certificates/verify/", upload).content.decode()

    told = ask(data)
    assert (told["is_the_file"], told["state"], told["name"]) == (True, "valid", "Ada Lovelace")
    assert ask(bytes(changed)) == {"state": "unknown", "is_the_file": False}
    assert "byte for byte the one that was issued" in ask_page(data)
    text = ask_page(bytes(changed))
    assert "This is no file that was issued here" in text
    assert "Ada Lovelace" not in text
    assert api(client, row.sha256)["state"] == "valid"  # (or by what sha256sum says)
    services.revoke(certificate_id=row.pk, reason="No", actor=None)
    told = ask(data)
    assert (told["is_the_file"], told["state"]) == (True, "revoked")


def test_c2_an_upload_without_a_file_is_told_so(client: Client) -> None:
    answer = client.post("/en/certificates/verify/")
    assert answer.status_code == 422
    assert client.post("/api/v1/certificates/verify/").status_code == 400


@needs_libraries
def test_c6_the_page_stays_when_the_account_is_erased(client: Client) -> None:
    student = factories.student(name="Ada Lovelace")
    row = factories.certificate(student=student, reason="event:1")
    tasks.render(reason="event:1")
    admin = factories.user(Role.ADMIN)
    asked = erasure.ask_erasure(user=student.user, actor=admin, now=True, reason="Asked")
    assert erasure.carry_out(request_id=asked.pk)
    student.refresh_from_db()
    assert student.name != "Ada Lovelace"
    told = api(client, row.hash)
    assert (told["state"], told["name"]) == ("valid", "Ada Lovelace")
    assert page(client, row.hash).status_code == 200


def test_c2_holders_download_theirs_and_others_do_not_know_of_it(api_as: Any) -> None:
    row = factories.certificate(student=factories.student())
    mine = api_as(row.student.user)
    path = reverse("api:certificate-download", args=[row.pk])
    waiting = mine.get(path)
    assert (waiting.status_code, waiting.json()["errors"][0]["code"]) == (409, "not_rendered")
    assert api_as(factories.user(Role.STUDENT)).get(path).status_code == 404
    if drawing.CAN_DRAW:
        tasks.render(reason=row.reason)
        answer = mine.get(path)
        assert answer["Content-Type"] == "application/pdf"
        assert row.number.lower() in answer["Content-Disposition"].lower()
        row.refresh_from_db()
        assert queries.sha256_of(answer.streaming_content) == row.sha256


def test_c6_admins_revoke_and_supersede_by_the_api(api_as: Any) -> None:
    row = factories.certificate(name="Adda")
    admin = api_as(factories.user(Role.ADMIN))
    path = f"/api/v1/certificates/{row.pk}"
    assert admin.post(f"{path}/revoke/", {}).status_code == 400
    made = admin.post(f"{path}/supersede/", {"name": "Ada", "reason": "Misspelled"})
    assert made.status_code == 201
    assert made.json()["data"]["name"] == "Ada"
    assert admin.post(f"{path}/revoke/", {"reason": "No"}).status_code == 409
    new = Certificate.objects.get(name="Ada")
    assert admin.post(f"/api/v1/certificates/{new.pk}/revoke/", {"reason": "No"}).status_code == 200
    assert Certificate.objects.get(pk=new.pk).state == "revoked"


def test_c6_admins_write_templates_by_the_api_in_their_institution(api_as: Any) -> None:
    place, other = factories.institution(), factories.institution(slug="other", name="Other")
    admin = api_as(factories.administrator(place))
    body = {"institution": place.pk, "name": "Fair", **factories.TEMPLATE}
    made = admin.post("/api/v1/certificate-templates/", body)
    assert made.status_code == 201, made.json()
    assert made.json()["data"]["current"]["number"] == 1
    path = f"/api/v1/certificate-templates/{made.json()['data']['id']}/"
    wrong = admin.patch(path, {"html": "<script>"}, content_type="application/json")
    assert wrong.status_code == 400
    assert {one["param"] for one in wrong.json()["errors"]} == {"html"}
    changed = admin.patch(path, {"css": ".a{}"}, content_type="application/json")
    assert changed.json()["data"]["current"]["css"] == ".a{}"
    assert (
        admin.post("/api/v1/certificate-templates/", {**body, "institution": other.pk}).status_code
        == 403
    )
    assert api_as(factories.administrator(other)).get(path).status_code == 404


def test_c2_lists_ask_as_often_for_many_as_for_one(
    api_as: Any, django_assert_num_queries: Any
) -> None:
    admin = api_as(factories.user(Role.ADMIN))
    counts = []
    for number in (1, 6):
        while Certificate.objects.count() < number:
            factories.certificate(student=factories.student())
        admin.get("/api/v1/certificates/")
        with django_assert_num_queries(5):
            assert len(admin.get("/api/v1/certificates/").json()["data"]) == number
        with django_assert_num_queries(6):
            admin.get("/api/v1/certificate-templates/")
        counts.append(number)
    assert counts == [1, 6]
