"""Ask as somebody, and say in one word what they were told."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import transaction
from django.test import Client

from tests.access.people import Person
from tests.access.table import Row
from tests.access.world import ARGUMENTS, World

SIGN_IN = ("/account/login/", "/admin/login/")
OFF = re.compile(r'csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"|[0-9a-f]{32}')

BODIES: dict[str, Callable[[World, str], dict[str, Any]]] = {
    "POST api/v1/enrollments/": lambda world, role: {
        "section": world.free.pk,
        **({} if role == "student" else {"student": str(ARGUMENTS["student"](world, role))}),
    },
    "POST en/points/deciding/decide/": lambda world, role: {
        "transaction": str(world.points["student"].pk),
        "decision": "approve",
    },
    "POST api/v1/point-transactions/bulk-decide/": lambda world, role: {
        "transactions": [str(world.points["student"].pk)],
        "decision": "approve",
    },
    "POST api/v1/events/": lambda world, role: {
        "club": str(world.club.pk),
        "title": "New",
        "sessions": [{"starts": "2031-05-01T10:00:00Z", "ends": "2031-05-01T12:00:00Z"}],
    },
    "POST api/v1/events/{event}/unregister/": lambda world, role: (
        {"student": str(world.child.pk)} if role == "parent" else {}
    ),
    "POST api/v1/modules/": lambda world, role: {"course": world.course.pk, "title": "Two"},
    "POST api/v1/contents/": lambda world, role: {
        "module": world.module.pk,
        "title": "More",
        "kind": "text",
        "text": "Words",
    },
    "POST api/v1/seasons/": lambda world, role: {
        "institution": world.university.pk,
        "code": "next",
        "name": "Next",
        "starts": "2032-01-01",
        "ends": "2032-06-01",
    },
    "POST api/v1/certificates/{certificate}/revoke/": lambda world, role: {"reason": "No"},
    "POST api/v1/certificates/{certificate}/supersede/": lambda world, role: {"reason": "No"},
    "POST api/v1/programs/": lambda world, role: {
        "department": world.course.department_id,
        "code": "P2",
        "name": "Another",
    },
    "POST api/v1/courses/": lambda world, role: {
        "institution": world.university.pk,
        "department": world.course.department_id,
        "code": "NEW 1",
        "title": "New",
    },
    "POST api/v1/sections/": lambda world, role: {
        "course": world.course.pk,
        "season": world.section.season_id,
        "number": "N1",
        "meetings": [{"weekday": 1, "starts": "09:00", "ends": "10:00"}],
    },
    "PATCH api/v1/courses/{course}/": lambda world, role: {"title": "Another"},
    "POST api/v1/admin/users/{learner}/disable/": lambda world, role: {"reason": "They left."},
    "POST api/v1/admin/users/{learner}/erase/": lambda world, role: {"reason": "They asked."},
    "PUT api/v1/sections/{section}/capacity/": lambda world, role: {"capacity": 40},
}
"""What is sent where an empty body would be refused before anybody asks whose thing it is."""


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is taken back: every request meets the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def fill(row: Row, world: World, role: str, *, missing: bool = False) -> str:
    """The row's address with what belongs to the owner of ``role``, or with what does not exist."""
    parts = row.path.split("{")
    filled = parts[0]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        value = str(ARGUMENTS[name](world, role))
        filled += (absent(value) if missing else value) + rest
    return f"/{filled}"


def absent(value: str) -> str:
    """A value of the same kind that nothing has."""
    if value.isdecimal():
        return "987654321"
    try:
        uuid.UUID(value)
    except ValueError:
        return value if value in {"approve", "reject"} else "nothing-here"
    return str(uuid.UUID(int=4711))


def ask(row: Row, person: Person, world: World, *, missing: bool = False) -> Any:
    """The answer to ``person``, with nothing left of it in the database."""
    address = fill(row, world, person.role, missing=missing)
    body = BODIES.get(row.key, lambda world, role: {})(world, person.role)
    with undone():
        return send(person, row.method, address, body)


def send(person: Person, method: str, address: str, body: dict[str, Any] | None = None) -> Any:
    """One request: the API gets JSON and a token, pages get a form and a session."""
    client = person.api if address.startswith("/api/") else person.site
    cookies = client.cookies.copy()
    try:
        return _send(client, method, address, body)
    finally:
        client.cookies = cookies  # an answer may have taken the sign-in away


def _send(client: Client, method: str, address: str, body: dict[str, Any] | None) -> Any:
    if address.startswith("/api/"):
        data = orjson.dumps(body or {}) if method != "GET" else b""
        return client.generic(method, address, data, content_type="application/json")
    if method == "POST":
        return client.post(address, body or {})
    return client.generic(method, address)


def outcome(answer: Any, person: Person) -> str:
    """``yes``, ``no``, ``none`` (as if there were nothing), ``away`` (to another page), or a fault.

    Whoever passes the door may still be told that their empty form is not valid (400, 409, 422).
    """
    status = answer.status_code
    if status == 404:
        return "none"
    if status == 401:
        return "no" if person.user is None else "401 for somebody signed in"
    if status == 403:
        return "no" if person.user is not None else "403 for a visitor"
    if status in {301, 302}:
        target = answer["Location"]
        if any(door in target for door in SIGN_IN):
            return "no" if person.user is None else "door"
        return "home" if target == "/admin/" else "away"
    if status in {200, 201, 202, 204, 400, 409, 422}:
        return "yes"
    return str(status)


def told(answer: Any, address: str) -> str:
    """What stands in an answer, without what differs from request to request: its own address too.

    (A page names its address in each language.)
    """
    text = b"".join(answer).decode(errors="replace")
    return OFF.sub("", text.replace(address.removeprefix("/en"), ""))
