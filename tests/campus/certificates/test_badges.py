"""Each certificate as an Open Badge 3.0 that outside verifiers accept (C4)."""

from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from django.test import Client
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier

from campus.certificates import badges, services
from campus.certificates.errors import NotOffered
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


def fetch(client: Client, address: str) -> Any:
    answer = client.get(urlsplit(address).path)
    assert answer.status_code == 200, address
    assert answer["Access-Control-Allow-Origin"] == "*"
    return answer.json()


def verify(client: Client, token: str) -> Any:
    """As an outside verifier does it: the key from the address in ``kid``, nothing else of ours."""
    key = jwt.PyJWK(fetch(client, jwt.get_unverified_header(token)["kid"])).key
    return OB3Verifier(key).verify(token)


def test_c4_an_independent_verifier_accepts_the_badge(client: Client) -> None:
    row = factories.certificate(name="رنا حداد", hours=12)
    token = badges.signed(row)
    read = verify(client, token)
    assert read.achievement.name == "Machine learning"
    assert read.issuer.name == row.institution_name
    assert "12 hours" in read.achievement.description
    assert badges.signed(row) == token  # the same each time
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    # (and by the key set, with another library)
    keys = jwt.PyJWKSet.from_dict(fetch(client, badges.address("jwks.json")))
    claims = jwt.decode(token, keys.keys[0].key, algorithms=["RS256"])
    assert claims["jti"] == claims["id"] == f"urn:uuid:{row.pk}"
    assert claims["credentialSubject"]["identifier"][0]["identityHash"] == "رنا حداد"


def test_c4_what_was_changed_or_signed_by_another_is_not_accepted(client: Client) -> None:
    row, other = factories.certificate(name="Ada"), factories.certificate(name="Eve")
    head, body, mark = badges.signed(row).split(".")
    changed = badges.signed(other).split(".")[1]
    with pytest.raises(OB3VerificationError):
        verify(client, f"{head}.{changed}.{mark}")
    with pytest.raises(OB3VerificationError):
        verify(client, f"{head}.{body}.{mark[:-8]}AAAAAAAA")


def test_c4_issuer_and_status_stand_where_the_badge_says(client: Client) -> None:
    row = factories.certificate()
    body = badges.credential(row)
    issuer = fetch(client, body["issuer"]["id"])
    assert (issuer["id"], issuer["type"]) == (body["issuer"]["id"], ["Profile"])
    status = body["credentialStatus"]["id"]
    assert fetch(client, status)["revokedCredential"] == []
    services.revoke(certificate_id=row.pk, reason="By mistake", actor=None)
    assert fetch(client, status)["revokedCredential"] == [
        {"id": f"urn:uuid:{row.pk}", "revoked": True, "revocationReason": "By mistake"}
    ]
    assert client.get("/.well-known/badges/keys/another/").status_code == 404
    assert client.get("/.well-known/badges/issuers/987654/").status_code == 404


def test_c4_one_achievement_for_one_reason_of_an_institution() -> None:
    def achievement(**fields: Any) -> str:
        return badges.credential(factories.certificate(**fields))["credentialSubject"][
            "achievement"
        ]["id"]

    first = achievement(reason="event:a")
    assert achievement(reason="event:a") == first
    assert achievement(reason="event:b") != first


def test_c4_the_key_never_leaves(client: Client) -> None:
    for path in ("jwks.json", f"keys/{badges.public_key()['kid']}/"):
        text = client.get(f"/.well-known/badges/{path}").content.decode()
        for private in ('"d"', '"p"', '"q"', "PRIVATE"):
            assert private not in text


def test_c4_without_a_key_there_are_no_badges(client: Client, settings: Any) -> None:
    row = factories.certificate(student=factories.student())
    settings.BADGES_PRIVATE_KEY = ""
    with pytest.raises(NotOffered):
        badges.signed(row)
    assert client.get("/.well-known/badges/jwks.json").status_code == 404
    client.force_login(row.student.user)
    text = client.get(f"/en/certificates/{row.pk}/").content.decode()
    assert row.title in text
    assert "Open Badge" not in text


def test_c4_holders_fetch_theirs_by_page_and_api(client: Client, api_as: Any) -> None:
    row = factories.certificate(student=factories.student())
    client.force_login(row.student.user)
    answer = client.get(f"/en/certificates/{row.pk}/badge/")
    assert answer["Content-Type"] == "application/vc+jwt"
    told = api_as(row.student.user).get(f"/api/v1/certificates/{row.pk}/badge/").json()["data"]
    assert told["jwt"] == answer.content.decode() == badges.signed(row)
    client.force_login(factories.user(Role.STUDENT))
    assert client.get(f"/en/certificates/{row.pk}/badge/").status_code == 404


def test_p10_the_list_shows_ones_own_and_ones_childs(
    client: Client, django_assert_num_queries: Any
) -> None:
    child = factories.student(user=None, name="Bob Child")
    parent = factories.parent(child)
    theirs = factories.certificate(student=child, title="Swimming")
    factories.certificate(title="Of another")
    client.force_login(parent)
    text = client.get("/en/certificates/").content.decode()
    assert "Swimming" in text
    assert "Bob Child" in text
    assert "Of another" not in text
    page = client.get(f"/en/certificates/{theirs.pk}/").content.decode()
    assert "The PDF is being made" in page
    assert theirs.hash in page
    admin = factories.user(Role.ADMIN)
    client.force_login(admin)
    assert "Swimming" not in client.get("/en/certificates/").content.decode()  # not the admin's own
    assert client.get(f"/en/certificates/{theirs.pk}/").status_code == 200
