"""The doors of sign-in by API under hostile input: routes from the URL map, fields from the inputs.

Nobody is known there yet, so these are what anybody can send. What was sent is refused in the envelope,
and where a door looks at its fields the error names them.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django import forms
from django.core.cache import cache

from tests.access import asking
from tests.access.world import World
from tests.security.inputs import hostile
from tests.security.test_policies import routes

METHODS = ("POST", "PUT", "PATCH", "DELETE")
tried: Counter[str] = Counter()
Door = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def _tell() -> Iterator[None]:
    yield
    print(f"\ninputs tried at sign-in: {dict(tried)}")


def doors() -> list[Door]:
    """Address, method and fields of every door below ``auth/app/`` that takes a body."""
    found = []
    for route in routes():
        if not route.address.startswith("api/v1/auth/app/") or {"<", "("} & set(route.address):
            continue
        inputs = getattr(route.owner, "input_class", None)
        for method in METHODS:
            if hasattr(route.owner, method.lower()):
                taken = inputs.get(method) if isinstance(inputs, dict) else inputs
                fields = getattr(taken, "base_fields", {})
                found.append((f"/{route.address}", method, fields))
    return found


def ask(person: Any, door: Door, data: bytes, content_type: str = "application/json") -> Any:
    """Send it, taken back afterwards."""
    cache.clear()
    with asking.undone():
        return person.api.generic(door[1], door[0], data, content_type=content_type)


def judge(answer: Any, what: str, door: Door) -> str | None:
    """What is wrong with any answer: a fault of ours, or a refusal in another form."""
    tried["requests"] += 1
    if answer.status_code >= 500:
        return f"{door[1]} {door[0]} with {what}: {answer.status_code}"
    told = orjson.loads(answer.content) if answer.content else {}
    if answer.status_code >= 400 and not (told.get("status") == "error" and told.get("errors")):
        return f"{door[1]} {door[0]} with {what}: no envelope"
    return None


def over(wrong: list[str | None]) -> None:
    logging.disable(logging.NOTSET)
    found = [sentence for sentence in wrong if sentence]
    assert not found, f"{len(found)} wrong\n" + "\n".join(found[:60])


def test_the_walk_finds_the_doors() -> None:
    found = doors()
    tried["doors"] = len(found)
    assert {"/api/v1/auth/app/v1/auth/login", "/api/v1/auth/app/v1/auth/signup"} <= {
        d[0] for d in found
    }
    assert sum(bool(fields) for _address, _method, fields in found) >= 12


@pytest.mark.parametrize("role", ["visitor", "student"])
def test_bodies_that_are_none(role: str, world: World) -> None:
    person, wrong = world.person(role, owner=True), []
    for door in doors():
        for what, (body, content_type) in hostile.BODIES.items():
            answer = ask(person, door, body, content_type)
            wrong.append(judge(answer, what, door))
            if "levels" in what and answer.status_code < 400:
                wrong.append(f"{door[1]} {door[0]} took {what}")
    over(wrong)


@pytest.mark.parametrize("role", ["visitor", "student"])
def test_texts_that_lie_and_values_of_every_type(role: str, world: World) -> None:
    person, wrong = world.person(role, owner=True), []
    for door in doors():
        names = list(door[2])
        texts = {name for name, field in door[2].items() if isinstance(field, forms.CharField)}
        for what, text in hostile.LIES.items() if texts else ():
            answer = ask(person, door, json.dumps(dict.fromkeys(names, text)).encode())
            wrong.append(judge(answer, what, door))
            params = {str(e.get("param")) for e in answer.json().get("errors", [])}
            if answer.status_code != 400 or not texts <= params:
                wrong.append(f"{door[1]} {door[0]} with {what}: {answer.status_code}, {params}")
        for value in hostile.TYPES if names else ():
            body = json.dumps(dict.fromkeys(names, value)).encode()
            wrong.append(judge(ask(person, door, body), repr(value)[:20], door))
    over(wrong)


def test_lengths_that_lie(world: World) -> None:
    wrong: list[str | None] = []
    for door in doors():
        for length in hostile.LENGTHS:
            with asking.undone():
                answer = world.person("visitor", owner=True).api.generic(
                    door[1], door[0], b"{}", content_type="application/json", CONTENT_LENGTH=length
                )
            wrong.append(judge(answer, length[:20], door))
            wanted = 413 if length in {"52428800", "9" * 5000} else 400
            if answer.status_code != wanted:
                wrong.append(f"{door[1]} {door[0]}, length {length[:20]}: {answer.status_code}")
    over(wrong)
