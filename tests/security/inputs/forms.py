"""The forms that the site's own pages offer, as a browser finds them: addresses, fields, values."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from bs4 import BeautifulSoup
from django.utils.translation import override

from tests.access import asking
from tests.access.people import Person
from tests.access.rooms import ROOMS
from tests.access.routes import rooms
from tests.access.table import ROWS, Row
from tests.access.world import World
from tests.security.inputs.operations import who
from tests.security.test_policies import routes, third_party

TEXT = {"text", "search", "email", "tel", "url", "password", None}
LEFT_OUT = ("/account/logout/", "/i18n/setlang/")
"""Forms of the header, on every page: they take no words."""


class Page(NamedTuple):
    """An address, and who opens it."""

    person: Person
    address: str


class FoundForm(NamedTuple):
    """A form of a page: where it goes, what it holds, and which of it is text, number or file."""

    page: Page
    action: str
    method: str
    values: dict[str, Any]
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    files: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.action} as {self.page.person}"


def pages(world: World) -> Iterator[Page]:
    """Every page of ours and of the accounts, and every room of the admin, each once for who may."""
    for row in ROWS:
        if row.method == "GET" and row.path.startswith(("en/", "admin/")):
            person = world.person(who(row), owner=True)
            yield Page(person, asking.fill(row, world, person.role))
    admin = world.person("admin", owner=True)
    for room, found in rooms().items():
        argument = ROOMS[room][0]
        for place in found:
            if place.path.count("{") <= (1 if argument else 0):
                row = Row("GET", place.path.replace("{}", f"{{{argument}}}"), {})
                yield Page(admin, asking.fill(row, world, "admin"))
    for route in routes():
        covered = third_party(route)
        if covered and covered.module == "allauth" and not {"<", "("} & set(route.address):
            address = "/" + route.address.replace("{lang}", "en")
            for role in ("visitor", "student"):
                yield Page(world.person(role, owner=True), address)


def forms(world: World) -> list[FoundForm]:
    """Every form of every page, once for each address that it goes to and each set of fields."""
    found: dict[tuple[Any, ...], FoundForm] = {}
    for page in pages(world):
        with asking.undone(), override("en"):
            answer = page.person.site.get(page.address)
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        for form in BeautifulSoup(b"".join(answer), "html.parser").find_all("form"):
            one = read(form, page)
            if one is not None:
                found.setdefault((one.method, one.action, *sorted(one.values)), one)
    return list(found.values())


def read(form: Any, page: Page) -> FoundForm | None:
    """What a form of ``page`` holds; None where it is one of the header or leads outside."""
    action = (form.get("action") or page.address).partition("#")[0] or page.address
    if not action.startswith("/") or action.endswith(LEFT_OUT):
        return None
    values: dict[str, Any] = {}
    kinds: dict[str, list[str]] = {"text": [], "number": [], "file": []}
    for field in form.find_all(["input", "textarea", "select"]):
        name, kind = field.get("name"), field.get("type")
        if not name or name == "csrfmiddlewaretoken" or field.has_attr("disabled"):
            continue
        if "__prefix__" in name:  # the pattern of a row that a script adds
            continue
        if field.name == "select":
            chosen = [o for o in field.find_all("option") if o.has_attr("selected")]
            options = chosen or field.find_all("option")[:2][-1:]
            values[name] = [o.get("value", o.text) for o in options]
        elif kind in {"checkbox", "radio"}:
            if field.has_attr("checked"):
                values[name] = field.get("value", "on")
        elif kind == "file":
            kinds["file"].append(name)
        elif kind not in {"submit", "button", "reset"}:
            values[name] = field.text if field.name == "textarea" else field.get("value", "")
            is_text = field.name == "textarea" or kind in TEXT
            # What a script fills in (a rich text, a chooser) is no text of a person.
            if (
                is_text
                and not field.has_attr("data-draftail-input")
                and not field.has_attr("readonly")
            ):
                kinds["text"].append(name)
            elif kind == "number":
                kinds["number"].append(name)
    button = form.find("button", attrs={"name": True})
    if button is not None:
        values[button["name"]] = button.get("value", "")
    method = (form.get("method") or "get").upper()
    texts, numbers, files = (tuple(dict.fromkeys(kinds[k])) for k in ("text", "number", "file"))
    return FoundForm(page, action, method, values, texts, numbers, files)


def flagged(answer: Any) -> set[str]:
    """The fields that an answer's page marks as wrong."""
    soup = BeautifulSoup(b"".join(answer), "html.parser")
    return {field["name"] for field in soup.select("[name][aria-invalid=true]")}
