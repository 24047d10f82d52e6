"""Every form of every page, of the site and of our rooms in the admin, under hostile input.

The forms are found as a browser finds them, on the pages of the access table. No answer of 500 and
above; nothing written; the page comes again with the fields at fault marked.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache

from tests.access import asking
from tests.access.table import ROWS
from tests.access.world import World
from tests.security.inputs import hostile
from tests.security.inputs.forms import FoundForm, flagged, forms
from tests.security.inputs.operations import who
from tests.walks import turn

tried: Counter[str] = Counter()
LIES = ("null", "override", "damaged")
"""Of the texts that lie (the API's storm tries all): one of each kind."""
NUMBERS = ("NaN", "1e400", "9" * 400, "-9223372036854775809")
QUERIES = ("%07", "%ff%fe", "9" * 400)
BODIES = (
    *("nothing", "half", "no known charset", "XML", "a form in UTF-16", "a form of broken UTF-8"),
    *("6,000 fields", "parts without a boundary", "parts cut short", "parts with broken headers"),
    "a long boundary",
)
SENT = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module", autouse=True)
def _tell() -> Iterator[None]:
    yield
    print(f"\ninputs tried on pages: {dict(tried)}")  # shown by -s, for docs/reliability.md


def send(form: FoundForm, watching: Any, data: bytes, kind: str, content_type: str = SENT) -> Any:
    """Send the form once, taken back afterwards; the answer, and what was written."""
    tried[kind] += 1
    cache.clear()
    client = form.page.person.site
    cookies = client.cookies.copy()
    try:
        with asking.undone(), watching() as writes:
            return client.post(form.action, data, content_type=content_type), list(writes.seen)
    finally:
        client.cookies = cookies


def encoded(form: FoundForm, **changes: Any) -> bytes:
    """The form's values with some changed, as a browser sends them."""
    return urlencode({**form.values, **changes}, doseq=True).encode()


def over(wrong: list[str]) -> None:
    """Nothing may have been wrong."""
    logging.disable(logging.NOTSET)
    assert not wrong, f"{len(wrong)} wrong\n" + "\n".join(wrong[:60])


def test_forms_of_all_pages(world: World, watching: Any) -> None:
    found = forms(world)
    posts = [form for form in found if form.method == "POST"]
    written = [form for form in posts if form.texts]
    tried["forms"] = len(posts)
    tried["forms with text"] = len(written)
    tried["fields of text"] = sum(len(form.texts) for form in written)
    assert len(written) > 40, "the walk finds the forms"
    wrong: list[str] = []
    for form in written:
        for what in turn(LIES, str(form), of=3):
            text = hostile.LIES[what]
            answer, writes = send(
                form, watching, encoded(form, **dict.fromkeys(form.texts, text)), "texts"
            )
            at_fault = flagged(answer) if answer.status_code < 500 else set()
            if answer.status_code not in {200, 422}:
                wrong.append(f"{form} with {what}: {answer.status_code}")
            elif not set(form.texts) <= at_fault:
                wrong.append(f"{form} with {what}: {set(form.texts) - at_fault} not marked")
            if writes:
                wrong.append(f"{form} with {what} wrote {writes[0]}")
    for form in posts:
        for value in turn(NUMBERS, str(form)) if form.numbers else ():
            answer, writes = send(
                form, watching, encoded(form, **dict.fromkeys(form.numbers, value)), "numbers"
            )
            if answer.status_code >= 500 or writes:
                wrong.append(f"{form} with {value[:20]}: {answer.status_code} {writes[:1]}")
    asking_only = {form.action.partition("?")[0]: form for form in found if form.method == "GET"}
    assert len(asking_only) > 15, "search, filters of lists"
    for address, form in asking_only.items():
        names = [*form.values, "p", "page", "ordering", "sort", "next", "%ff"]
        for value in turn(QUERIES, address, of=3):
            tried["queries"] += 1
            query = "&".join(f"{name}={value}" for name in names)
            with asking.undone():
                answer = form.page.person.site.get(f"{address}?{query}")
            if answer.status_code >= 500:
                wrong.append(f"{form} with {value[:20]}: {answer.status_code}")
    over(wrong)


def test_bodies_that_are_none_break_no_page(world: World, watching: Any) -> None:
    wrong = []
    for row in ROWS:
        if row.method != "POST" or not row.path.startswith(("en/", "admin/")):
            continue
        person = world.person(who(row), owner=True)
        address = asking.fill(row, world, person.role)
        cookies = person.site.cookies.copy()
        for what in turn(BODIES, row.key):
            body, content_type = hostile.BODIES[what]
            tried["bodies"] += 1
            cache.clear()
            with asking.undone(), watching() as writes:
                answer = person.site.generic("POST", address, body, content_type=content_type)
            if answer.status_code >= 500 or (answer.status_code >= 400 and writes.seen):
                wrong.append(f"{row.key} with {what}: {answer.status_code} {writes.seen[:1]}")
            person.site.cookies = cookies.copy()
        for length in turn(hostile.LENGTHS, row.key):
            for content_type in (SENT, "multipart/form-data; boundary=x"):
                tried["lengths"] += 1
                answer = person.site.generic(
                    "POST", address, b"a=1", content_type=content_type, CONTENT_LENGTH=length
                )
                wanted = 413 if length in {"52428800", "9" * 5000} else 400
                if answer.status_code != wanted:
                    wrong.append(f"{row.key}, length {length[:20]}: {answer.status_code}")
    over(wrong)


def test_arguments_of_pages_that_are_none_are_nothing(world: World) -> None:
    wrong = []
    for row in ROWS:
        if row.path.startswith("api/") or row.path.count("{") != 1:
            continue
        person = world.person(who(row), owner=True)
        before, _, rest = row.path.partition("{")
        for value in turn(hostile.ARGUMENTS, row.key):
            tried["arguments"] += 1
            with asking.undone():
                address = f"/{before}{value}{rest.partition('}')[2]}"
                answer = person.site.generic(row.method, address)
            if answer.status_code not in {301, 302, 400, 403, 404}:
                wrong.append(f"{row.key} with {value[:20]}: {answer.status_code}")
    over(wrong)
