"""S1, S2, P6: the pages of the second factor, and passkeys with a device that Chromium plays."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp

from campus.accounts.models import User
from campus.people.models import Student
from tests import factories
from tests.browser.conftest import Look, OpenPage, send

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
languages = pytest.mark.parametrize("lang", ["en", "ar"])


@languages
def test_s1_the_pages_of_the_second_factor(
    lang: str,
    learner: Student,
    signed_in: Callable[[User, str], Any],
    open_page: OpenPage,
    look: Look,
) -> None:
    look(open_page("account/2fa/totp/activate/", lang, user=learner.user), "reauthenticate")
    page = signed_in(learner.user, lang)
    page.goto_path("account/2fa/totp/activate/")
    page.fill("[name=password]", factories.PASSWORD)
    send(page)
    look(page, "totp")
    secret = page.locator("#authenticator_secret").input_value()
    page.fill("[name=code]", totp_code(secret))
    send(page)
    look(page, "recovery-codes")
    assert "2fa/recovery-codes" in page.url
    page.goto_path("account/2fa/")
    look(page, "two-factor-on")
    page.goto_path("account/2fa/totp/deactivate/")
    look(page, "totp-off")
    page = signed_in(learner.user, lang)
    assert "2fa/authenticate" in page.url
    look(page, "second-factor")


def totp_code(secret: str) -> str:
    """What an authenticator app shows now."""
    return str(
        totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    )


def with_a_device(page: Any) -> None:
    """Give the page's browser a device that keeps passkeys and has just recognized its owner."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": device})


@languages
def test_s1_p6_a_passkey_is_registered_and_signs_in_alone_and_after_the_password(
    lang: str, learner: Student, address: str, open_page: OpenPage, look: Look
) -> None:
    User.objects.filter(pk=learner.user.pk).update(language=lang)
    page = open_page("account/login/", lang)
    site = f"{address.replace('127.0.0.1', 'localhost')}/{lang}/"  # an address has no passkeys
    with_a_device(page)

    def give_the_password(path: str = "account/login/") -> None:
        page.goto(site + path)
        if page.locator("[name=login]").count():
            page.fill("[name=login]", str(learner.user.email))
        page.fill("[name=password]", factories.PASSWORD)
        send(page)

    give_the_password()
    give_the_password("account/2fa/webauthn/add/")
    look(page, "passkey-add")
    page.fill("[name=name]", "My phone")
    with page.expect_navigation():
        page.click("#mfa_webauthn_add")
    assert "recovery-codes" in page.url
    page.goto(f"{site}account/2fa/")
    look(page, "two-factor-passkey")
    page.goto(f"{site}account/2fa/webauthn/")
    assert "My phone" in page.locator("main").inner_text()
    look(page, "passkeys")
    page.goto(f"{site}account/logout/")
    send(page)
    page.goto(f"{site}account/login/")
    look(page, "sign-in-passkey")
    with page.expect_navigation(url="**/dashboard/"):
        page.click("#passkey_login")
    page.goto(f"{site}account/logout/")
    send(page)
    give_the_password()
    assert "2fa/authenticate" in page.url, "the password alone opens nothing"
    look(page, "second-factor-passkey")
    with page.expect_navigation(url="**/dashboard/"):
        page.click("#mfa_webauthn_authenticate")


@languages
@pytest.mark.served_with(TWO_FACTOR_REQUIRED_FOR="student")
def test_s1_p6_who_needs_a_second_factor_is_led_to_it(
    lang: str,
    learner: Student,
    signed_in: Callable[[User, str], Any],
    look: Look,
) -> None:
    page = signed_in(learner.user, lang)
    assert page.url.endswith(f"/{lang}/two-factor/")
    look(page, "two-factor-needed")
