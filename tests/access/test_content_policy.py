"""What a browser may run: on the site nothing inline and no eval; in Wagtail's admin what is inline, no eval.

The pages are those of the access table, each as its owner sees it: a new page is held to it by being there.
``tests/browser/conftest.py`` holds what a browser says: a broken policy fails the test that opened the page.
"""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.access import asking
from tests.access.people import ROLES
from tests.access.table import ROWS
from tests.access.world import World

DATA_BLOCKS = {"application/json", "application/ld+json", "text/x-template", "text/template"}
EVENT_ATTRIBUTES = "on"


def directives(policy: str) -> dict[str, set[str]]:
    """The policy, taken apart."""
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: set(sources) for name, *sources in parts}


SITE = directives(settings.CONTENT_SECURITY_POLICY)
ADMIN = directives(settings.ADMIN_CONTENT_SECURITY_POLICY)


class Inline(HTMLParser):
    """Collects what runs or dresses from inside a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" not in given and given.get("type") not in DATA_BLOCKS:
            self.found.append(f"an inline script at {self.getpos()}")
        if tag == "style" or "style" in given:
            self.found.append(f"an inline style at {self.getpos()}: {given.get('style', '')[:60]}")
        for name, value in given.items():
            if name.startswith(EVENT_ATTRIBUTES):
                self.found.append(f"{name} at {self.getpos()}")
            if value.strip().lower().startswith(("javascript:", "vbscript:")):
                self.found.append(f"{name}={value[:40]} at {self.getpos()}")

    handle_startendtag = handle_starttag


def inline(html: str) -> list[str]:
    """What of a page the site's policy would forbid."""
    parser = Inline()
    parser.feed(html)
    return parser.found


def test_m9_the_sites_policy_allows_nothing_inline_and_no_eval() -> None:
    assert SITE["default-src"] == {"'self'"}
    assert SITE["object-src"] == {"'none'"}
    assert SITE["base-uri"] == SITE["frame-ancestors"] == {"'self'"}
    assert "script-src" not in SITE and "style-src" not in SITE, "default-src holds for both"
    sources = set().union(*SITE.values())
    assert not {source for source in sources if "unsafe" in source or "*" in source}
    assert not {"http:", "https:"} & sources
    assert not {"data:", "blob:"} & (SITE["default-src"] | SITE["connect-src"] | SITE["frame-src"])


def test_m9_the_admins_policy_adds_what_wagtail_needs_and_no_eval() -> None:
    differs = {name for name in {*SITE, *ADMIN} if SITE.get(name) != ADMIN.get(name)}
    assert differs <= {"script-src", "style-src", "img-src", "form-action"}
    assert ADMIN["script-src"] == ADMIN["style-src"] == {"'self'", "'unsafe-inline'"}
    assert ADMIN["img-src"] - SITE["img-src"] == {"https:"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        *(("/en/account/login/", 200), ("/ar/", 200), ("/en/nothing-here/", 404)),
        *(("/en/dashboard/", 302), ("/api/v1/courses/", 200), ("/api/v1/docs/", 200)),
        *(("/api/v1/nothing/", 404), ("/health/live", 200), ("/en/%00", 400)),
    ],
)
def test_m9_every_answer_carries_the_policy(path: str, status: int) -> None:
    answer = Client().get(path)
    assert answer.status_code == status
    assert directives(answer["Content-Security-Policy"]) == SITE


@pytest.mark.django_db
def test_m9_the_admins_door_carries_the_admins_policy(admin: Any, sign_in: Any) -> None:
    for path in ("/admin/", "/admin/nothing-here/"):
        assert directives(sign_in(admin).get(path)["Content-Security-Policy"]) == ADMIN


def test_m9_no_page_of_the_site_has_anything_inline(world: World) -> None:
    wrong, seen = [], set()
    for row in ROWS:
        if row.method != "GET" or not row.path.startswith(("en/", "api/v1/docs")):
            continue
        for role in ROLES:
            if row.outcome(role, owner=True) != "yes":
                continue
            answer = asking.ask(row, world.person(role, owner=True), world)
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                seen.add(row.path)
                html = b"".join(answer).decode()
                wrong += [f"{row.key} as {role}: {found}" for found in inline(html)]
    assert not wrong, "\n".join(wrong)
    assert len(seen) > 25, "pages were looked at"


@pytest.mark.parametrize(
    "html",
    [
        "<script>1</script>",
        '<script type="module">1</script>',
        "<style>a{}</style>",
        '<p style="color:red">',
        '<a onclick="x()">',
        '<img src="a" onerror=x>',
        '<a href=" javascript:x()">',
    ],
)
def test_control_what_is_inline_is_found(html: str) -> None:
    assert inline(html)
    assert not inline('<script src="/static/a.js"></script><script type="application/json">{}')
