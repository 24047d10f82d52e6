"""Every operation of the API under hostile bodies, values, queries, arguments and lengths.

The routes are those of the access table (which a test holds to the URL map), the fields those of the
serializers, the names of queries those of the filters. Each request is taken back. What holds for all:
no answer of 500 and above, in every refusal the envelope, nothing written with a refusal; what cannot be
right is refused, and the error names the field.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.core.cache import cache

from tests.access import asking
from tests.access.people import Person
from tests.access.table import Row
from tests.access.world import World
from tests.security.inputs import hostile
from tests.security.inputs.operations import (
    good_body,
    is_text,
    operation_of,
    operations,
    rows,
    who,
)
from tests.walks import turn

WRITING = ("POST", "PUT", "PATCH", "DELETE")
REFUSED = {400, 403, 404, 409, 413, 415, 422}
SAYS_UNKNOWN = {"api/v1/certificates/verify/{certificate-hash}/"}
"""Where whatever is asked for is answered: a stranger is told that no such certificate is known (C2)."""
tried: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _tell() -> Iterator[None]:
    yield
    print(f"\ninputs tried: {dict(tried)}")  # shown by -s, for docs/reliability.md


class Storm:
    """Asks, looks at what comes back and what was written, and keeps what is wrong."""

    def __init__(self, world: World, watching: Any, kind: str) -> None:
        self.world, self.watching, self.kind = world, watching, kind
        self.wrong: list[str] = []

    def person(self, row: Row) -> Person:
        """Somebody who passes the door."""
        return self.world.person(who(row), owner=True)

    def send(self, row: Row, what: str, *, address: str = "", **request: Any) -> Any:
        """One request as somebody who may; judged for what holds everywhere."""
        person = self.person(row)
        address = address or asking.fill(row, self.world, person.role)
        tried[self.kind] += 1
        cache.clear()  # (limits)
        with asking.undone(), self.watching() as writes:
            answer = person.api.generic(row.method, address, **request)
            if answer.status_code >= 500:
                self.say(row, what, answer, "")
            elif answer.status_code >= 400:
                if writes.seen:
                    self.say(row, what, answer, f"was refused and wrote: {writes.seen[0]}")
                self.hold_envelope(row, what, answer)
        return answer

    def hold_envelope(self, row: Row, what: str, answer: Any) -> None:
        """A refusal says so in the one form."""
        try:
            told = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            self.say(row, what, answer, "no JSON")
            return
        if told["status"] != "error" or not told["errors"]:
            self.say(row, what, answer, "no error told")

    def say(self, row: Row, what: str, answer: Any, why: str) -> None:
        """Keep one fault."""
        words = why or b"".join(answer)[:160]
        self.wrong.append(f"{row.key} with {what}: {answer.status_code} {words!r}")

    def over(self) -> None:
        """Nothing may have been wrong."""
        logging.disable(logging.NOTSET)
        assert not self.wrong, f"{len(self.wrong)} wrong\n" + "\n".join(self.wrong[:60])


def params(answer: Any) -> set[str]:
    """The fields at fault, by their first name."""
    return {str(error["param"] or "").partition(".")[0] for error in answer.json()["errors"]}


def json(value: Any) -> dict[str, Any]:
    """How a JSON body is sent."""
    try:
        data = orjson.dumps(value)
    except TypeError:  # an integer of more than 64 bits, a half character
        import json as plain  # noqa: PLC0415

        data = plain.dumps(value).encode()
    return {"data": data, "content_type": "application/json"}


def test_every_operation_of_ours_is_described_so_that_the_storm_finds_it() -> None:
    known = operations()
    described = [
        row
        for row in rows(*WRITING)
        if f"{operation_of(row).method} {operation_of(row).path}" in known
    ]
    missing = {row.key for row in rows(*WRITING)} - {row.key for row in described}
    assert not missing, missing
    assert sum(bool(operation_of(row).fields) for row in described) >= 25
    assert sum(len(operation_of(row).query) for row in rows("GET")) >= 80


def test_bodies_that_are_none_are_refused_everywhere(world: World, watching: Any) -> None:
    storm = Storm(world, watching, "bodies")
    for row in rows(*WRITING):
        fields = operation_of(row).fields
        for what, (body, content_type) in turn(hostile.BODIES.items(), row.key):
            answer = storm.send(row, what, data=body, content_type=content_type)
            if (
                what in hostile.ALLOWED_BODIES
                or "form" in what
                or "parts" in what
                or what
                in {
                    "a list",
                    "null",
                    "a text",
                    "a number",
                    "6,000 fields",
                    "a long boundary",
                }
            ):
                continue
            if answer.status_code < 400 and (fields or "levels" in what):
                storm.say(row, what, answer, "was taken")
    storm.over()


def test_lengths_that_lie_are_refused_before_anything_is_read(world: World, watching: Any) -> None:
    storm = Storm(world, watching, "lengths")
    for row in rows(*WRITING):
        for length in turn(hostile.LENGTHS, row.key, of=2):
            for content_type in ("application/json", "multipart/form-data; boundary=x"):
                answer = storm.send(
                    row, length[:20], data=b"{}", content_type=content_type, CONTENT_LENGTH=length
                )
                wanted = 413 if length in {"52428800", "9" * 5000} else 400
                if answer.status_code != wanted:
                    storm.say(row, length[:20], answer, f"not {wanted}")
    storm.over()


def test_texts_that_lie_are_refused_and_the_error_names_each_field(
    world: World, watching: Any
) -> None:
    """All fields of text at once with each of them: an error for each field."""
    storm = Storm(world, watching, "texts")
    for row in rows(*WRITING):
        operation = operation_of(row)
        texts = {name for name, field in operation.fields.items() if is_text(field)}
        for what, text in hostile.LIES.items() if texts else ():
            body = {**good_body(operation), **dict.fromkeys(texts, text)}
            answer = storm.send(row, what, **json(body))
            if answer.status_code != 400:
                storm.say(row, what, answer, "not 400")
            elif not texts <= params(answer):
                storm.say(row, what, answer, f"does not name {texts - params(answer)}")
    storm.over()


def test_good_texts_are_refused_by_no_rule_of_text(world: World, watching: Any) -> None:
    """The control: what people write in any script passes that rule everywhere."""
    storm = Storm(world, watching, "good texts")
    for row in rows(*WRITING):
        operation = operation_of(row)
        texts = {name for name, field in operation.fields.items() if is_text(field)}
        for text in hostile.GOOD if texts else ():
            answer = storm.send(
                row, text, **json({**good_body(operation), **dict.fromkeys(texts, text)})
            )
            if b"unreadable_text" in answer.content:
                storm.say(row, text, answer, "was refused for its text")
    storm.over()


def test_values_of_every_type_in_every_field(world: World, watching: Any) -> None:
    """One field at a time, all others good: a 400 names the field at fault."""
    storm = Storm(world, watching, "values")
    for row in rows(*WRITING):
        operation = operation_of(row)
        good = good_body(operation)
        for name in operation.fields:
            for value in turn(hostile.TYPES, f"{row.key} {name}"):
                what = f"{name}={str(value)[:20]!r}"
                answer = storm.send(row, what, **json({**good, name: value}))
                if answer.status_code == 400 and not {*params(answer)} - {""}:
                    storm.say(row, what, answer, f"names no field: {answer.content[:200]!r}")
            if row.method != "PATCH" and operation.fields[name].required:
                body = {key: value for key, value in good.items() if key != name}
                answer = storm.send(row, f"no {name}", **json(body))
                if answer.status_code == 400 and name not in params(answer):
                    storm.say(row, f"no {name}", answer, "does not name it")
    storm.over()


def test_what_is_too_long_is_refused_by_name(world: World, watching: Any) -> None:
    storm = Storm(world, watching, "long texts")
    for row in rows(*WRITING):
        operation = operation_of(row)
        for name, field in operation.fields.items():
            if not is_text(field) or field.max_length is None:
                continue
            body = {**good_body(operation), name: "x" * (field.max_length + 1)}
            answer = storm.send(row, f"long {name}", **json(body))
            if answer.status_code != 400 or name not in params(answer):
                storm.say(row, f"long {name}", answer, "not refused by name")
    storm.over()


def test_queries_of_every_kind_in_every_filter(world: World, watching: Any) -> None:
    storm = Storm(world, watching, "queries")
    for row in rows("GET"):
        operation = operation_of(row)
        base = f"{asking.fill(row, world, storm.person(row).role)}?{operation.needed}&"
        for name in dict.fromkeys((*operation.query, "cursor", "%ff")):
            inputs = (*hostile.QUERIES, *(hostile.CURSORS if name == "cursor" else ()))
            for value in turn(inputs, f"{row.key} {name}"):
                what = f"?{name}={value[:20]}"
                answer = storm.send(row, what, address=f"{base}{name}={value}")
                if (
                    answer.status_code == 400
                    and name in operation_of(row).query
                    and (name not in params(answer))
                ):
                    storm.say(row, what, answer, f"does not name it: {answer.content[:120]!r}")
    storm.over()


@pytest.mark.parametrize("size", ["1000000000", "0", "-1", "1.5", "NaN", "9" * 400, "٣"])
def test_no_page_is_larger_than_its_bound(world: World, watching: Any, size: str) -> None:
    storm = Storm(world, watching, "page sizes")
    lists = [row for row in rows("GET") if "page_size" in operation_of(row).query]
    assert len(lists) > 15
    for row in lists:
        base = asking.fill(row, world, storm.person(row).role)
        needed = operation_of(row).needed
        answer = storm.send(row, size, address=f"{base}?{needed}&page_size={size}")
        if answer.status_code != 400 or params(answer) != {"page_size"}:
            storm.say(row, size, answer, "not refused by name")
    storm.over()


def test_arguments_that_are_none_are_nothing(world: World, watching: Any) -> None:
    storm = Storm(world, watching, "arguments")
    for row in rows("GET", *WRITING):
        if "{" not in row.path:
            continue
        before, _, rest = row.path.partition("{")
        after = rest.partition("}")[2]
        for value in turn(hostile.ARGUMENTS, row.key):
            if "{" in after or row.path in SAYS_UNKNOWN:
                continue
            answer = storm.send(
                row,
                value[:20],
                address=f"/{before}{value}{after}",
                **(json({}) if row.method != "GET" else {}),
            )
            if answer.status_code not in REFUSED | {301}:
                storm.say(row, value[:20], answer, "is something")
    storm.over()
