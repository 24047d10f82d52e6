"""P7 with a client library that knows nothing of Quad (Authlib), against a real server process."""

import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from allauth.idp.oidc.models import Client
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

from tests import factories
from tests.campus.accounts.openid import flows
from tests.campus.accounts.openid.flows import BACK

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TOKEN_IN_FORM = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture(autouse=True)
def _usual_hashers(settings: Any) -> None:
    # A server of its own knows the usual hashers alone, not the quick one of tests.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


def through_the_pages(address: str, server: str, login: str) -> str:
    """What a person does: sign in and allow; gives where they are sent back to."""
    with httpx.Client(base_url=server, follow_redirects=True, timeout=30) as person:
        page = person.get(address)
        assert page.url.path == "/en/account/login/"
        form = {
            "csrfmiddlewaretoken": TOKEN_IN_FORM.findall(page.text)[-1],
            "login": login,
            "password": factories.PASSWORD,
            "next": page.url.params["next"],
        }
        page = person.post(str(page.url), data=form, headers={"Referer": str(page.url)})
        assert page.url.path == "/identity/o/authorize", page.text[-2000:]
        main = page.text.split("<main", 1)[1]
        form = {
            "csrfmiddlewaretoken": TOKEN_IN_FORM.findall(main)[0],
            "request": re.findall(r'name="request" value="([^"]+)"', main)[0],
            "scopes": re.findall(r'name="scopes" value="([^"]+)"', main),
            "action": "grant",
        }
        answer = person.post(
            "/identity/o/authorize",
            data=form,
            headers={"Referer": f"{server}/identity/o/authorize"},
            follow_redirects=False,
        )
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


def test_p7_a_library_signs_somebody_in(portal_server: str) -> None:
    user = factories.student(name="Nadia Haddad").user
    assert user is not None
    made, secret = flows.client()
    found = httpx.get(f"{portal_server}/.well-known/openid-configuration").json()
    assert found["issuer"] == portal_server

    library = OAuth2Client(
        made.pk,
        secret,
        scope="openid profile email roles courses:read",
        redirect_uri=BACK,
        code_challenge_method="S256",
        revocation_endpoint_auth_method="client_secret_basic",
        timeout=30,
    )
    verifier = "v" * 64
    address, state = library.create_authorization_url(
        found["authorization_endpoint"], code_verifier=verifier, nonce="n-0S6_WzA2Mj"
    )
    back = through_the_pages(address, portal_server, str(user.email))
    assert back.startswith(BACK)
    token = library.fetch_token(
        found["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
    )
    assert token["token_type"] == "Bearer"

    keys = KeySet.import_key_set(httpx.get(found["jwks_uri"]).json())
    signed = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    rules = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": portal_server},
        aud={"essential": True, "value": made.pk},
        nonce={"essential": True, "value": "n-0S6_WzA2Mj"},
        exp={"essential": True},
    )
    rules.validate(signed.claims)
    assert signed.claims["sub"] == str(user.pk)

    claims = library.get(found["userinfo_endpoint"]).json()
    assert (claims["sub"], claims["name"]) == (str(user.pk), "Nadia Haddad")
    assert (claims["email"], claims["email_verified"], claims["roles"]) == (
        user.email,
        True,
        ["student"],
    )
    assert library.get(f"{portal_server}/api/v1/courses/").status_code == 200
    assert library.get(f"{portal_server}/api/v1/profile/").status_code == 403

    old = token["refresh_token"]
    renewed = library.refresh_token(found["token_endpoint"], refresh_token=old)
    assert renewed["access_token"] != token["access_token"]
    assert library.get(found["userinfo_endpoint"]).status_code == 200
    with pytest.raises(OAuthError, match="invalid_grant"):
        library.refresh_token(found["token_endpoint"], refresh_token=old)

    gone = library.revoke_token(
        found["revocation_endpoint"],
        token=renewed["refresh_token"],
        token_type_hint="refresh_token",
    )
    assert gone.status_code == 200
    ended = httpx.get(
        found["userinfo_endpoint"],
        headers={"Authorization": f"Bearer {renewed['access_token']}"},
    )
    assert ended.status_code == 401


def test_p7_a_library_acts_for_itself(portal_server: str) -> None:
    made, secret = flows.client(
        signs_in=False, acts_alone=True, redirect_uris=[], scopes=["courses:read"]
    )
    library = OAuth2Client(made.pk, secret, scope="courses:read", timeout=30)
    library.fetch_token(f"{portal_server}/identity/o/api/token", grant_type="client_credentials")
    assert library.get(f"{portal_server}/api/v1/courses/").status_code == 200
    assert library.get(f"{portal_server}/api/v1/profile/").status_code == 403
    wrong = OAuth2Client(made.pk, "wrong", scope="courses:read", timeout=30)
    with pytest.raises(OAuthError, match="invalid_client"):
        wrong.fetch_token(f"{portal_server}/identity/o/api/token", grant_type="client_credentials")
    assert urlsplit(portal_server).scheme == "http" and Client.objects.count() == 1
