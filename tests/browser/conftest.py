"""The harness: pages of a real browser on a live server, and axe.

``open_page(path, lang="ar", width=390)`` gives a Playwright page whose errors are kept in
``page.errors``; ``axe(page)`` gives the violations of WCAG 2.2 AA as sentences, none if all is well.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from campus.accounts.models import User

PHONE, SMALLEST, DESKTOP = 390, 320, 1280
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OpenPage = Callable[..., Any]


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    """The address of a server on this test's database.

    On PostgreSQL a process of its own, sockets included; on SQLite (whose test database lives in this
    process's memory) a thread, without sockets.
    """
    if connection.vendor == "postgresql":
        return str(request.getfixturevalue("portal_server"))
    return str(request.getfixturevalue("live_server").url)


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
    404 that is asked for on purpose is no error there.
    """
    contexts = []

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

    yield opened
    for context in contexts:
        context.close()


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
