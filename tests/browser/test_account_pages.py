"""S1, S2 on the pages of accounts, of errors and of a course's contents: axe, width, direction, keyboard."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.utils import translation

from campus.accounts import inbox
from campus.accounts.models import User
from campus.notifications import preferences, registry
from campus.people.models import Student
from learning.catalog.models import Content, Module, Resource
from learning.enrollments.services import enroll
from portal.jobs import sealed
from portal.models import OutboxMessage
from tests import factories
from tests.browser.conftest import Look, OpenPage, send

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
languages = pytest.mark.parametrize("lang", ["en", "ar"])


def code_for(login: str) -> str:
    """The code that is on its way to ``login``, or that a server with workers inside has sent."""
    for row in OutboxMessage.objects.filter(kwargs__has_key=sealed.NAME).order_by("-pk"):
        facts = sealed.opened(row.kwargs)
        if facts["to"] == login and "code" in facts["context"]:
            return str(facts["context"]["code"])
    return next(one.code for one in inbox.messages() if login in one.to and one.code)


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
def test_n2_a_link_in_a_mail_stops_it_without_a_sign_in(
    lang: str, learner: Student, open_page: OpenPage, look: Look
) -> None:
    assert learner.user is not None
    link = preferences.link_of(learner.user.pk, "events.promoted", lang)
    page = open_page(link.removeprefix(site.SITE_URL), lang)
    look(page, "unsubscribe")
    page.locator("main button[type=submit]").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    look(page, "unsubscribed")
    choice = preferences.choices_of(learner.user.pk)["events.promoted", "email"]
    assert choice == "off"


@languages
def test_n2_a_group_is_set_by_one_field_and_a_kind_by_its_own(
    lang: str, learner: Student, open_page: OpenPage, look: Look
) -> None:
    page = open_page("inbox/preferences/", lang, user=learner.user)
    page.locator("[name='events:email']").select_option("weekly")
    kinds = page.locator("section", has=page.locator("[name='clubs:email']")).locator("summary")
    kinds.focus()
    page.keyboard.press("Enter")
    page.locator("[name='clubs.accepted:email']").select_option("daily")
    look(page, "preferences-open")
    send(page)
    assert learner.user is not None
    chosen = preferences.choices_of(learner.user.pk)
    assert {chosen[k.name, "email"] for k in registry.types_of("events")} == {"weekly"}
    assert chosen["clubs.accepted", "email"] == "daily"
    assert chosen["clubs.refused", "email"] == "off"
    assert chosen["events.promoted", "in_app"] == "at_once"


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
