"""P7: signing in with an outside OpenID provider, against a real one on this machine."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from campus.accounts import services
from campus.accounts.models import User
from portal.models import OutboxMessage
from portal.outside import form_targets, openid_apps
from portal.roles import Role
from tests import factories
from tests.campus.accounts.openid import double as doubles
from tests.campus.accounts.openid.double import Double

pytestmark = pytest.mark.django_db
LOGIN = "/account/oidc/college/login/"
EMAIL = "nadia@college.example"


@pytest.fixture
def college(settings: Any) -> Iterator[Double]:
    """A configured provider that is trusted with the addresses of its own domain."""
    with doubles.running() as double:
        configured = [
            {
                "id": "college",
                "name": "The College",
                "server_url": double.address,
                "client_id": doubles.CLIENT_ID,
                "secret": doubles.SECRET,
                "trusted_domains": ["college.example"],
            }
        ]
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": openid_apps(configured)}}
        double.claims = {
            "sub": "77",
            "name": "Nadia Haddad",
            "email": EMAIL,
            "email_verified": True,
        }
        yield double


def come_back(browser: Client, double: Double, process: str = "login") -> Any:
    """Press the button, agree outside, and come back."""
    there = browser.post(f"{LOGIN}?process={process}")
    assert there.status_code == 302 and there["Location"].startswith(f"{double.address}/authorize")
    back = double.authorize(there["Location"])
    assert back.startswith("http://testserver/account/oidc/college/login/callback/")
    return browser.get(back.removeprefix("http://testserver"))


def confirm(browser: Client) -> None:
    """Type the password again, as connecting asks."""
    done = browser.post("/en/account/reauthenticate/", {"password": factories.PASSWORD})
    assert done.status_code == 302, done.content


def who(browser: Client) -> Any:
    """Who is signed in, or None."""

    class Request:
        session = browser.session

    user = get_user(Request())  # type: ignore[arg-type]
    return user if user.is_authenticated else None


def test_p7_the_button_is_there_only_where_one_is_configured(
    college: Double, settings: Any
) -> None:
    html = Client().get("/en/account/login/").content.decode()
    assert "Sign in with The College" in html and LOGIN in html
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert "The College" not in Client().get("/en/account/login/").content.decode()
    assert Client().post(LOGIN).status_code == 404


def test_p7_looking_at_the_address_signs_nobody_in(college: Double) -> None:
    page = Client().get(LOGIN)
    assert page.status_code == 200 and "Go on" in page.content.decode()


def test_p7_who_is_new_becomes_a_student(college: Double) -> None:
    browser = Client()
    assert come_back(browser, college).status_code == 302
    user = User.objects.get(email=EMAIL)
    assert who(browser) == user and user.roles == {Role.STUDENT}
    assert user.full_name == "Nadia Haddad" and user.student.name == "Nadia Haddad"
    assert not user.has_usable_password()
    assert EmailAddress.objects.get(user=user).verified
    again = Client()
    come_back(again, college)
    assert who(again) == user and User.objects.count() == 1


def test_p8_where_registrations_wait_an_outside_one_waits_too(
    college: Double, settings: Any
) -> None:
    settings.REGISTRATION_NEEDS_APPROVAL = True
    browser = Client()
    come_back(browser, college)
    user = User.objects.get(email=EMAIL)
    assert not user.is_active and who(browser) is None
    come_back(browser, college)
    assert who(browser) is None and User.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email": "nadia@elsewhere.example"},
    ],
)
def test_p7_an_address_that_is_not_vouched_for_needs_a_code(
    change: dict[str, Any], college: Double
) -> None:
    college.claims |= change
    browser = Client()
    come_back(browser, college)
    assert who(browser) is None
    address = EmailAddress.objects.get(email=college.claims["email"])
    assert not address.verified
    assert OutboxMessage.objects.filter(actor="campus.accounts.tasks.send_message").exists()


def test_p7_a_verified_address_of_a_trusted_provider_finds_its_account(college: Double) -> None:
    user = factories.user(Role.STUDENT, email=EMAIL)
    browser = Client()
    come_back(browser, college)
    assert who(browser) == user
    assert SocialAccount.objects.get().user == user
    user.refresh_from_db()
    assert user.check_password(factories.PASSWORD), "the password stays"
    EmailAddress.objects.filter(user=user).update(email="other@college.example")
    User.objects.filter(pk=user.pk).update(email="other@college.example")
    later = Client()
    come_back(later, college)
    assert who(later) == user, "found by the connection from now on"


@pytest.mark.parametrize(
    "how",
    ["claim unverified", "domain not trusted", "ours unverified", "admin", "editor", "superuser"],
)
def test_p7_no_account_is_taken_over(how: str, college: Double) -> None:
    roles = {"admin": [Role.ADMIN], "editor": [Role.EDITOR]}.get(how, [Role.STUDENT])
    email = "nadia@elsewhere.example" if how == "domain not trusted" else EMAIL
    user = factories.user(*roles, email=email, is_superuser=how == "superuser")
    college.claims |= {"email": email, "email_verified": how != "claim unverified"}
    if how == "ours unverified":
        EmailAddress.objects.filter(user=user).update(verified=False)
    browser = Client()
    come_back(browser, college)
    assert who(browser) is None
    assert not SocialAccount.objects.filter(user=user).exists()
    assert User.objects.count() == 1
    user.refresh_from_db()
    assert user.check_password(factories.PASSWORD)


def test_p7_an_admin_connects_it_after_signing_in_as_always(college: Double) -> None:
    admin = factories.user(Role.ADMIN, email=EMAIL)
    browser = Client()
    signed = browser.post("/en/account/login/", {"login": EMAIL, "password": factories.PASSWORD})
    assert signed.status_code == 302
    assert browser.get("/en/account/3rdparty/").status_code == 200
    come_back(browser, college, "connect")
    assert not SocialAccount.objects.exists(), "asked for the password once more"
    confirm(browser)
    assert SocialAccount.objects.get().user == admin
    other = Client()
    come_back(other, college)
    assert who(other) == admin


def test_p7_what_belongs_to_another_cannot_be_connected(college: Double) -> None:
    come_back(Client(), college)
    owner = User.objects.get(email=EMAIL)
    other = factories.user(Role.STUDENT)
    browser = Client()
    browser.post("/en/account/login/", {"login": other.email, "password": factories.PASSWORD})
    come_back(browser, college, "connect")
    confirm(browser)
    assert SocialAccount.objects.get().user == owner


def test_p6_two_factor_is_asked_after_the_outside_sign_in_too(college: Double) -> None:
    user = factories.user(Role.STUDENT, email=EMAIL)
    TOTP.activate(user, generate_totp_secret())
    assert Authenticator.objects.filter(user=user).exists()
    browser = Client()
    answer = come_back(browser, college)
    assert who(browser) is None and "2fa/authenticate" in answer["Location"]


def test_p3_a_disabled_account_stays_out(college: Double) -> None:
    come_back(Client(), college)
    user = User.objects.get(email=EMAIL)
    services.set_active(user=user, active=False, actor=None)
    browser = Client()
    come_back(browser, college)
    assert who(browser) is None


def test_p7_a_forged_way_back_opens_nothing(college: Double) -> None:
    browser, victim = Client(), Client()
    there = browser.post(LOGIN)
    back = college.authorize(there["Location"]).removeprefix("http://testserver")
    answer = victim.get(back)
    assert "This did not work" in answer.content.decode()
    wrong = browser.get(f"{back.split('?')[0]}?code=stolen&state=forged")
    assert "This did not work" in wrong.content.decode()
    assert not User.objects.exists() and who(victim) is None


def test_p7_a_token_of_the_provider_alone_opens_only_what_its_rules_allow(college: Double) -> None:
    admin = factories.user(Role.ADMIN, email=EMAIL)
    from joserfc import jwt  # noqa: PLC0415

    claims = {"iss": college.address, "aud": "another-client", "exp": 4_000_000_000, "iat": 1}
    signed = jwt.encode({"alg": "RS256", "kid": "one"}, {**claims, **college.claims}, college.key)
    for audience in ("another-client", doubles.CLIENT_ID):
        signed = jwt.encode(
            {"alg": "RS256", "kid": "one"},
            {**claims, "aud": audience, **college.claims},
            college.key,
        )
        answer = Client().post(
            "/api/v1/auth/app/v1/auth/provider/token",
            {
                "provider": "college",
                "process": "login",
                "token": {"client_id": doubles.CLIENT_ID, "id_token": signed},
            },
            content_type="application/json",
        )
        assert answer.status_code in {400, 401, 403}, answer.content
    assert not SocialAccount.objects.filter(user=admin).exists()


@pytest.mark.parametrize("wrong", [{"id": "x"}, ["x"], {}])
def test_o5_a_provider_that_is_not_whole_stops_the_start(wrong: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="OPENID_PROVIDERS"):
        openid_apps([wrong] if isinstance(wrong, dict) else {"a": wrong})


def test_f_the_buttons_may_lead_to_the_providers_and_nowhere_else() -> None:
    assert form_targets([]) == ""
    one = {
        "server_url": "https://id.college.example/realms/a/",
        "sign_in_url": "https://b.example/x",
    }
    assert form_targets([one]) == " https://id.college.example https://b.example"
