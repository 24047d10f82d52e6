"""S1, S2 on the pages of accounts, of errors and of a course's contents: axe, width, direction, keyboard.

``QUAD_PICTURES=folder`` keeps a picture of each.
"""

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.utils import translation

from campus.accounts import inbox
from campus.accounts.models import User
from campus.people.models import Student
from learning.catalog.models import Content, Module, Resource
from learning.enrollments.services import enroll
from portal.jobs import sealed
from portal.models import OutboxMessage
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, SMALLEST, OpenPage, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
languages = pytest.mark.parametrize("lang", ["en", "ar"])
Look = Callable[[Any, str], None]
PICTURES = os.environ.get("QUAD_PICTURES", "")
# What one can act on in the content and see, by its place in the document; a group of radio buttons is
# one stop of the Tab key.
STOPS = """() => {
  const seen = [...document.querySelectorAll(
    'main a[href], main button, main input:not([type=hidden]), main select, main textarea, main summary'
  )].filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled);
  const groups = new Set();
  return seen.filter(e => {
    if (e.type !== 'radio') return true;
    if (groups.has(e.name)) return false;
    groups.add(e.name);
    return true;
  }).map(e => e.type === 'radio' ? 'radio ' + e.name : e.tagName + ' ' + (e.name || e.textContent.trim()));
}"""
# Colors follow a new scheme by the frame after.
SETTLED = "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"
HERE = """() => {
  const e = document.activeElement;
  if (!e || !e.closest('main')) return '';
  return e.type === 'radio' ? 'radio ' + e.name : e.tagName + ' ' + (e.name || e.textContent.trim());
}"""


@pytest.fixture
def look(axe: Callable[[Any], list[str]]) -> Look:
    """Looks at the page that is open: light on a desk, dark on a phone, and the smallest phone.

    Axe reads it once for each language and scheme: Arabic in light, English in dark.
    """

    def looked(page: Any, name: str) -> None:
        lang = "ar" if "/ar/" in page.url else "en"
        root = page.locator("html")
        assert root.get_attribute("lang") == lang
        assert root.get_attribute("dir") == ("rtl" if lang == "ar" else "ltr")
        assert page.title().strip(" ·") not in {"", "Quad"}
        assert page.locator("h1").count() == 1
        for width, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
            page.set_viewport_size({"width": width, "height": 844})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(SETTLED)
            assert overflow(page) == 0, (name, width)
            if PICTURES or (lang == "ar") == (scheme == "light"):
                assert axe(page) == [], (name, width, scheme)
            if PICTURES:
                path = Path(PICTURES) / f"acc-{name}-{lang}-{width}-{scheme}.png"
                page.screenshot(path=str(path), full_page=True)
        page.set_viewport_size({"width": SMALLEST, "height": 844})
        assert overflow(page) == 0, (name, SMALLEST)
        assert reached(page) >= set(page.evaluate(STOPS)), name
        assert errors(page) == [], name
        page.set_viewport_size({"width": PHONE, "height": 844})

    return looked


def reached(page: Any) -> set[str]:
    """What the Tab key comes by, once around."""
    page.evaluate("document.activeElement.blur(); document.querySelector('.q-skip, a').focus()")
    found = set()
    for _stop in range(len(page.evaluate(STOPS)) + 40):
        page.keyboard.press("Tab")
        found.add(page.evaluate(HERE))
    return found


def errors(page: Any) -> list[str]:
    """The console's, without the status of the document itself where that is what a test asks for."""
    return [line for line in page.errors if not re.search(r"status of 4\d\d", line)]


def send(page: Any) -> None:
    """Press the first button of the page's form and wait for what comes."""
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()


def code_for(login: str) -> str:
    """The code that is on its way to ``login``, or that a server with workers inside has sent."""
    for row in OutboxMessage.objects.filter(kwargs__has_key=sealed.NAME).order_by("-pk"):
        facts = sealed.opened(row.kwargs)
        if facts["to"] == login and "code" in facts["context"]:
            return str(facts["context"]["code"])
    return next(one.code for one in inbox.messages() if login in one.to and one.code)


@pytest.fixture
def learner(transactional_db: None, settings: Any) -> Student:
    """A student with a long name, an e-mail and a phone."""
    # A server of its own knows the usual hashers alone, not the quick one of tests.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user = factories.user(
        factories.Role.STUDENT,
        full_name="Alexandrina Wolfeschlegelsteinhausen",
        email="alexandrina.wolfeschlegelsteinhausen@students.example.org",
        phone="+12173334666",
        phone_verified=True,
    )
    return factories.student(user=user, name=user.full_name)


@pytest.fixture
def signed_in(open_page: OpenPage) -> Iterator[Callable[[User, str], Any]]:
    """Signs somebody in through the door, so that pages which ask for the password again open."""

    def opened(user: User, lang: str) -> Any:
        User.objects.filter(pk=user.pk).update(language=lang)  # signing in goes on in it
        page = open_page("account/login/", lang)
        page.fill("[name=login]", str(user.email))
        page.fill("[name=password]", factories.PASSWORD)
        send(page)
        page.goto_path = lambda path: page.goto(f"{page.url.split(f'/{lang}/')[0]}/{lang}/{path}")
        return page

    yield opened


@languages
def test_s1_the_ways_in(lang: str, open_page: OpenPage, look: Look) -> None:
    look(open_page("account/login/", lang), "sign-in")
    page = open_page("account/login/", lang)
    page.fill("[name=login]", "nobody@example.org")
    page.fill("[name=password]", "wrong")
    send(page)
    look(page, "sign-in-refused")
    look(open_page("account/signup/", lang), "sign-up")
    page = open_page("account/signup/", lang)
    page.fill("[name=email]", "no-address")
    page.fill("[name=phone]", "12")
    page.fill("[name=password1]", "12345678")
    send(page)
    assert page.locator("[aria-invalid=true]").count() == 3
    for field in page.locator("[aria-invalid=true]").all():
        ids = (field.get_attribute("aria-describedby") or "").split()
        assert any(page.locator(f"#{one}.q-error").count() for one in ids), (
            "the error is tied to it"
        )
    look(page, "sign-up-errors")
    page.fill("[name=email]", "lena@example.org")
    page.fill("[name=phone]", "")
    page.fill("[name=password1]", "a-long-walk-by-the-river")
    send(page)
    assert page.locator(".alert").count() == 0, "the page itself says that a code is on its way"
    look(page, "code")
    page.fill("[name=code]", "000000" if code_for("lena@example.org") != "000000" else "111111")
    send(page)
    look(page, "code-refused")


@languages
def test_s1_setting_a_new_password(
    lang: str, learner: Student, open_page: OpenPage, look: Look
) -> None:
    login = str(learner.user.email)
    page = open_page("account/password/reset/", lang)
    look(page, "reset")
    page.fill("[name=email]", login)
    send(page)
    look(page, "reset-code")
    page.fill("[name=code]", code_for(login))
    send(page)
    look(page, "reset-password")
    for field in page.locator("main input[type=password]").all():
        field.fill("a-long-walk-by-the-river")
    send(page)
    assert page.locator("main form").count() or page.locator("main").inner_text()
    look(page, "reset-done")


@languages
def test_s1_the_pages_of_ones_own_account(
    lang: str, learner: Student, signed_in: Callable[[User, str], Any], look: Look
) -> None:
    page = signed_in(learner.user, lang)
    for path, name in (
        ("profile/", "profile"),
        ("account/email/", "email"),
        ("account/phone/change/", "phone"),
        ("account/password/change/", "password"),
        ("account/sessions/", "sessions"),
        ("account/2fa/", "two-factor"),
        ("inbox/preferences/", "preferences"),
        ("account/logout/", "sign-out"),
    ):
        assert page.goto_path(path).status == 200, path
        assert page.url.endswith(f"/{lang}/{path}"), page.url
        look(page, name)
    page.goto_path("account/email/")
    page.fill("[name=email]", "new@example.org")
    send(page)
    look(page, "email-code")
    page.goto_path("account/email/")
    look(page, "email-pending")


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
def test_s1_the_local_inbox(
    lang: str, open_page: OpenPage, look: Look, settings: Any, tmp_path: Path
) -> None:
    inbox.keep(kind="sms", to=["+12173334666"], subject="", body="Quad: your code is 123456.")
    inbox.keep(
        kind="email", to=["lena@example.org"], subject="Your code", body="Hello,\n\n654321\n\nQuad"
    )
    page = open_page("dev/inbox/", lang)
    assert page.locator("[data-code]").count() >= 2
    look(page, "inbox")


@languages
def test_s1_the_error_pages(
    lang: str, learner: Student, open_page: OpenPage, address: str, look: Look
) -> None:
    page = open_page("no-such-page/", lang)
    assert page.answer.status == 404
    look(page, "404")
    section = factories.section()
    page = open_page(f"sections/{section.pk}/students/", lang, user=learner.user)
    assert page.answer.status == 403
    look(page, "403")
    page = open_page("account/login/", lang)
    page.context.clear_cookies()
    page.fill("[name=login]", "a@example.org")
    page.fill("[name=password]", "x")
    send(page)
    look(page, "403-csrf")
    # What no visitor can bring about: the same files, shown at an address of this server.
    for template in ("400", "500", "maintenance"):
        with translation.override(lang):
            html = render_to_string(f"{template}.html")
        shown = f"{address}/{lang}/shown/{template}/"
        page.route(shown, partial(_fulfill, html))
        page.goto(shown)
        look(page, template)


def _fulfill(html: str, route: Any) -> None:
    route.fulfill(body=html, content_type="text/html; charset=utf-8")


@languages
def test_s1_l2_a_course_with_chapters_and_files(
    lang: str, learner: Student, open_page: OpenPage, look: Look
) -> None:
    course = factories.course(
        code="ART 210",
        slug="art-210",
        title="Weaving & Dyeing",
        description="Threads, looms and colors.\n\nBring an apron.",
        prerequisite_text="ART 101 or consent of the instructor",
    )
    section = factories.section(course=course, season=factories.season(), code="A", capacity=2)
    first = Module.objects.create(course=course, title="First threads", position=1)
    second = Module.objects.create(course=course, title="الألوان الطبيعية", position=2)
    intro = Content.objects.create(
        module=first, title="Welcome", kind="text", text="Read me.\n\nThen weave.", is_preview=True
    )
    video = Content.objects.create(
        module=first, title="A loom at work", kind="video", video_url="https://youtu.be/abc"
    )
    paper = Content(module=second, title="Recipes of indigo", kind="document")
    paper.file.save("recipes.pdf", ContentFile(b"%PDF-1.4"))
    resource = Resource(course=course, title="Reading list", is_public=True)
    resource.file.save("list.pdf", ContentFile(b"%PDF-1.4"))
    look(open_page("courses/art-210/", lang), "course")
    enroll(student=learner, section_id=section.pk, actor=learner.user)
    look(open_page("courses/art-210/", lang, user=learner.user), "course-enrolled")
    for content, name in ((intro, "text"), (video, "video"), (paper, "document")):
        page = open_page(f"contents/{content.pk}/", lang, user=learner.user)
        assert page.answer.status == 200
        look(page, f"content-{name}")
