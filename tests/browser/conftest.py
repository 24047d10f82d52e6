"""The harness: pages of a real browser on a live server, and axe.

``open_page(path, lang="ar", width=390)`` gives a Playwright page whose errors are kept in
``page.errors``; ``axe(page)`` gives the violations of WCAG 2.2 AA as sentences, none if all is well.
``look(page, name)`` looks at what is open in both schemes and all widths; ``QUAD_PICTURES=folder`` keeps
a picture of each.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from campus.accounts.models import User
from campus.people.models import Student
from tests import factories, processes

PHONE, SMALLEST, DESKTOP = 390, 320, 1280
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OpenPage = Callable[..., Any]
Look = Callable[[Any, str], None]
PICTURES = os.environ.get("QUAD_PICTURES", "")


@pytest.fixture
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a server on this test's database.

    On PostgreSQL a process of its own, sockets included; on SQLite (whose test database lives in this
    process's memory) a thread, without sockets. ``served_with(NAME="value")`` marks a test whose server
    has other settings than the one that all share.
    """
    other = request.node.get_closest_marker("served_with")
    if connection.vendor != "postgresql":
        yield str(request.getfixturevalue("live_server").url)
    elif other is None:
        yield str(request.getfixturevalue("portal_server"))
    else:
        request.getfixturevalue("transactional_db")
        with processes.serving(tmp_path / "server.log", **other.kwargs) as own:
            yield own


def _session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@pytest.fixture
def open_page(address: str, chromium: Any) -> Iterator[OpenPage]:
    """Opens a path in a context of its own.

    ``path`` is below the language (``courses/``), or begins with / and is taken as it is. ``user`` is
    who is signed in. ``errors`` of the page holds what the console and scripts complained about; a
    404 that is asked for on purpose is no error there. Whatever breaks the content security policy on any
    page of the test fails it.
    """
    contexts = []
    violations: list[str] = []

    def opened(
        path: str = "",
        lang: str = "en",
        width: int = PHONE,
        *,
        scheme: str = "light",
        javascript: bool = True,
        user: User | None = None,
    ) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 800},
            color_scheme=scheme,
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        context.expose_binding("quadViolation", lambda _source, told: violations.append(told))
        context.add_init_script(VIOLATIONS)
        if user is not None:
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": _session_of(user)}
            context.add_cookies([{**cookie, "url": address}])
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda line: _note(page, line))
        target = path if path.startswith("/") else f"/{lang}/{path}"
        page.answer = page.goto(f"{address}{target}")
        return page

    opened.violations = violations  # type: ignore[attr-defined]
    yield opened
    for context in contexts:
        context.close()
    assert not violations, "The content security policy was broken:\n" + "\n".join(violations)


# What the browser refuses to run, show or fetch; in a test that opens a page it fails the test.
VIOLATIONS = """document.addEventListener('securitypolicyviolation', e => window.quadViolation(
  `${e.effectiveDirective}: ${e.blockedURI} at ${e.documentURI} ${e.sourceFile}:${e.lineNumber} ${e.sample}`
))"""


def _note(page: Any, line: Any) -> None:
    own_document = line.location.get("url", "").split("#")[0] == page.url.split("#")[0]
    without_sockets = connection.vendor != "postgresql" and "/ws/" in line.text
    if line.type == "error" and not without_sockets and not (own_document and "404" in line.text):
        page.errors.append(line.text)


@pytest.fixture
def axe() -> Callable[[Any], list[str]]:
    """Runs axe on a page and tells each violation as one sentence with its places."""

    def violations(page: Any) -> list[str]:
        result = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        return [
            f"{found['id']}: {found['help']} – "
            + "; ".join(
                f"{' '.join(node['target'])} {node['failureSummary']}" for node in found["nodes"]
            )
            for found in result.response["violations"]
        ]

    return violations


def overflow(page: Any) -> int:
    """By how many pixels the page is wider than the screen."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


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
# Keeps what was focused since, so that nobody has to ask after each key.
FOLLOW = """() => {
  window.quadReached = [];
  if (window.quadFollows) return;
  window.quadFollows = true;
  document.addEventListener('focusin', ({target: e}) => { if (e.closest('main')) window.quadReached.push(
    e.type === 'radio' ? 'radio ' + e.name : e.tagName + ' ' + (e.name || e.textContent.trim())); });
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
    page.evaluate(FOLLOW)
    wanted, found = set(page.evaluate(STOPS)), set()
    for stop in range(len(wanted) + 40):
        page.keyboard.press("Tab")
        if stop % 10 == 9:
            found = set(page.evaluate("window.quadReached"))
            if found >= wanted:
                break
    return found | set(page.evaluate("window.quadReached"))


def errors(page: Any) -> list[str]:
    """The console's, without the status of the document itself where that is what a test asks for."""
    return [line for line in page.errors if not re.search(r"status of 4\d\d", line)]


def send(page: Any) -> None:
    """Press the first button of the page's form and wait for what comes."""
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()


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
