"""P7: the portal as OpenID provider: what it gives, and what it refuses."""

import datetime as dt
from typing import Any

import jwt
import pytest
from allauth.idp.oidc.models import Client, Token
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone
from wagtail.models import ModelLogEntry

from campus.accounts import services
from campus.accounts.models import User
from campus.accounts.openid.services import disconnect
from campus.accounts.tasks import clear_granted_tokens
from portal.jobs import schedule
from tests import factories
from tests.campus.accounts.openid import flows
from tests.campus.accounts.openid.flows import REVOKE, TOKEN, USERINFO, Flow, bearer

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    """A student who will be asked."""
    user = factories.student(name="Nadia Haddad").user
    assert user is not None
    return user


@pytest.fixture
def flow(person: User) -> Flow:
    """The person's browser at the client's door."""
    return Flow(flows.signed_in(person), *flows.client())


def userinfo(token: str) -> Any:
    return Browser().get(USERINFO, **bearer(token))


def test_p7_discovery_says_where_and_what(settings: Any) -> None:
    told = Browser().get("/.well-known/openid-configuration").json()
    assert told["issuer"] == settings.SITE_URL
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["response_types_supported"] == ["code"]
    assert {"openid", "roles", "enrollments:read"} <= set(told["scopes_supported"])
    assert all(told[key].startswith(settings.SITE_URL) for key in told if key.endswith("_endpoint"))
    [key] = Browser().get("/.well-known/jwks.json").json()["keys"]
    assert key["kty"] == "RSA" and "d" not in key


def test_p7_a_visitor_signs_in_first_and_comes_back() -> None:
    made, secret = flows.client()
    answer = Flow(Browser(), made, secret).ask()
    assert answer.status_code == 302
    assert answer["Location"].startswith("/en/account/login/?next=/identity/o/authorize")


def test_p7_the_page_asks_and_the_token_tells_what_was_allowed(flow: Flow, person: User) -> None:
    page = flow.ask("openid profile email roles")
    html = page.content.decode()
    assert page.status_code == 200
    assert "Library" in html and "See your roles" in html and "Nadia Haddad" in html
    assert "form-action 'self' https://library.example;" in page["Content-Security-Policy"]
    back = flow.consent(page, scopes=["profile", "roles"])
    assert back["state"] == "the-state"
    tokens = flow.exchange(back["code"]).json()
    assert set(tokens["scope"].split()) == {"openid", "profile", "roles"}, "e-mail was taken off"
    claims = userinfo(tokens["access_token"]).json()
    assert claims == {
        "sub": str(person.pk),
        "name": "Nadia Haddad",
        "locale": "en",
        "roles": ["student"],
    }
    told = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (told["aud"], told["nonce"], told["sub"]) == (
        flow.client.pk,
        "the-nonce",
        str(person.pk),
    )
    entry = ModelLogEntry.objects.get(action="accounts.openid_connect")
    assert entry.user_id == person.pk


def test_p7_no_means_no(flow: Flow) -> None:
    back = flow.consent(flow.ask(), scopes=[], action="cancel")
    assert back == {"error": "access_denied", "state": "the-state"}
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://library.example.evil.example/callback"},
        {"redirect_uri": "https://library.example/callback/../evil"},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"client_id": None},
    ],
)
def test_p7_who_cannot_be_trusted_is_not_answered(wrong: dict[str, Any], flow: Flow) -> None:
    answer = flow.ask(**wrong)
    assert answer.status_code == 400
    assert "Location" not in answer
    assert "This did not work" in answer.content.decode()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": "openid everything"}, "invalid_scope"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"prompt": "none"}, "consent_required"),
    ],
)
def test_p7_a_bad_request_goes_back_with_its_error(
    wrong: dict[str, Any], error: str, flow: Flow
) -> None:
    answer = flow.ask(**wrong)
    assert answer.status_code == 302, answer.content
    assert answer["Location"].startswith(flows.BACK)
    assert f"error={error}" in answer["Location"], answer["Location"]
    assert "code=" not in answer["Location"].replace("error_code", "")


def test_p7_without_asking_only_where_this_client_was_allowed(flow: Flow, person: User) -> None:
    flow.tokens("openid profile")
    assert "code=" in flow.ask("openid profile", prompt="none")["Location"]
    assert "consent_required" in flow.ask("openid email", prompt="none")["Location"]
    other = Flow(flow.browser, *flows.client(name="Other"))
    assert "consent_required" in other.ask("openid profile", prompt="none")["Location"]
    visitor = Flow(Browser(), flow.client, flow.secret)
    assert "login_required" in visitor.ask("openid", prompt="none")["Location"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "x" * 50},
        {"code_verifier": None},
        {"redirect_uri": "https://library.example/other"},
        {"client_secret": "wrong"},
        {"client_secret": None},
    ],
)
def test_p7_a_wrong_exchange_gets_nothing_and_spends_the_code(
    wrong: dict[str, Any], flow: Flow
) -> None:
    code = flow.code()
    answer = (
        flow.exchange(code)
        if not wrong
        else flow.post(
            TOKEN,
            **{
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": flows.BACK,
                "code_verifier": flow.verifier,
                **wrong,
            },
        )
    )
    assert answer.status_code in {400, 401}, answer.content
    assert flow.exchange(code).status_code == 400
    assert not Token.objects.exists()


def test_p7_a_code_used_twice_takes_back_what_it_got(flow: Flow) -> None:
    code = flow.code()
    first = flow.exchange(code).json()
    assert userinfo(first["access_token"]).status_code == 200
    second = flow.exchange(code)
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    assert userinfo(first["access_token"]).status_code == 401
    assert not Token.objects.exists()


def test_p7_a_code_is_no_good_for_another_client(flow: Flow) -> None:
    code = flow.code()
    thief = Flow(Browser(), *flows.client(name="Thief"))
    thief.verifier = flow.verifier
    assert thief.exchange(code).status_code == 400
    assert not Token.objects.exists()


def test_p7_refresh_rotates_and_revoking_ends_the_grant(flow: Flow) -> None:
    first = flow.tokens()
    renewed = flow.post(TOKEN, grant_type="refresh_token", refresh_token=first["refresh_token"])
    second = renewed.json()
    assert renewed.status_code == 200
    again = flow.post(TOKEN, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    wider = flow.post(
        TOKEN,
        grant_type="refresh_token",
        refresh_token=second["refresh_token"],
        scope="openid roles",
    )
    assert wider.status_code == 400 and wider.json()["error"] == "invalid_scope"
    assert userinfo(second["access_token"]).status_code == 200
    assert flow.post(REVOKE, token=second["refresh_token"]).status_code == 200
    assert userinfo(second["access_token"]).status_code == 401
    assert not Token.objects.exists()


def test_p7_a_public_client_needs_no_secret_but_the_verifier(person: User) -> None:
    made, secret = flows.client(is_public=True)
    assert secret == ""
    flow = Flow(flows.signed_in(person), made)
    tokens = flow.tokens()
    assert userinfo(tokens["access_token"]).status_code == 200
    assert flow.post(TOKEN, grant_type="client_credentials").status_code in {400, 401}


END: dict[str, Any] = {
    "sign-out": lambda user, browser: browser.post("/en/account/logout/"),
    "password": lambda user, browser: services.set_password(user=user, password="another one 22"),
    "disabled": lambda user, browser: services.set_active(user=user, active=False, actor=None),
    "everywhere": lambda user, browser: services.end_sessions(user=user),
}


@pytest.mark.parametrize("how", END)
def test_p3_what_ends_the_sign_in_ends_what_was_granted(how: str, flow: Flow, person: User) -> None:
    tokens, code = flow.tokens("openid courses:read"), flow.code()
    END[how](person, flow.browser)
    assert userinfo(tokens["access_token"]).status_code == 401
    assert Browser().get("/api/v1/courses/", **bearer(tokens["access_token"])).status_code == 401
    again = flow.post(TOKEN, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert again.status_code == 400
    assert flow.exchange(code).status_code == 400, "a code from before is no good either"
    assert not Token.objects.exists()


def test_p7_people_see_and_end_what_is_connected(flow: Flow, person: User) -> None:
    page = "/en/profile/apps/"
    assert "None is connected." in flow.browser.get(page).content.decode()
    tokens = flow.tokens("openid roles")
    html = flow.browser.get(page).content.decode()
    assert "Library" in html and "See your roles" in html
    stranger = factories.user()
    assert not disconnect(user=stranger, client_id=flow.client.pk, actor=stranger)
    assert flow.browser.post(page, {"client": flow.client.pk}).status_code == 302
    assert userinfo(tokens["access_token"]).status_code == 401
    assert "Library" not in flow.browser.get(page).content.decode().split("None is connected")[-1]
    assert ModelLogEntry.objects.filter(action="accounts.openid_disconnect").count() == 1


def test_p7_codes_that_nobody_remembers_are_refused(flow: Flow) -> None:
    code = flow.code()
    cache.clear()
    assert flow.exchange(code).status_code == 400


def test_p7_the_provider_has_a_key_of_its_own(settings: Any) -> None:
    assert settings.IDP_OIDC_PRIVATE_KEY != settings.HEADLESS_JWT_PRIVATE_KEY
    assert Client._meta.get_field("secret") and not Client.objects.filter(skip_consent=True)


def test_p7_tokens_that_have_ended_are_removed(flow: Flow) -> None:
    flow.tokens()
    Token.objects.filter(type=Token.Type.ACCESS_TOKEN).update(
        expires_at=timezone.now() - dt.timedelta(seconds=1)
    )
    assert clear_granted_tokens() == {"tokens": 1}
    assert [token.type for token in Token.objects.all()] == [Token.Type.REFRESH_TOKEN]
    assert "campus.accounts.tasks.clear_granted_tokens" in schedule.registry
