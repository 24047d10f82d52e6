"""Draw requests from the API's own description, have everybody send each, hold the answers against it.

schemathesis reads the document and makes requests of it: good ones, and ones that break what the document
asks for. Each is sent by a person of every role, often with the ids of what belongs to them in address and
body (so that it gets past the door), and every answer must be one that the document knows.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import hypothesis
import schemathesis
from django.core.exceptions import ObjectDoesNotExist
from hypothesis import strategies as st
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi import checks

from tests.access.people import ROLES, Person
from tests.access.table import ROWS
from tests.access.world import ARGUMENTS, World

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
"""What must hold of every answer. That a body breaks the document must be told besides: ``_checks_for``."""

_THINGS = (
    *(
        "course",
        "section",
        "module",
        "content",
        "season",
        "category",
        "program",
        "hall",
        "building",
    ),
    *("student", "mentor", "child", "institution", "faculty", "department", "user"),
)
FIELDS = {name: thing for thing in _THINGS for name in (thing, f"{thing}_id")}
"""What a field of a body names: a key that was drawn would name nothing."""

Ask = Callable[[Any, Person], Any]
"""Sends a case as somebody; the answer as schemathesis holds it."""


@dataclass(frozen=True)
class Bounds:
    """How much is asked, and of what.

    ``examples`` good requests and as many bad ones are drawn for each operation, the same ones for the same
    ``seed``; ``coverage`` adds all that schemathesis enumerates from the document. After ``seconds`` no
    further operation is begun. ``part`` of ``parts`` shares the operations out.
    """

    examples: int
    seed: int
    roles: tuple[str, ...] = ROLES
    only: str = ""
    seconds: float = float("inf")
    coverage: bool = False
    part: int = 0
    parts: int = 1


@dataclass
class Found:
    """What came of it."""

    operations: int = 0
    cases: int = 0
    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    problems: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, label: str, title: str, words: str) -> None:
        """Keep the first of each kind of problem of an operation."""
        self.problems.setdefault((label, title), words)

    def counts(self) -> str:
        """One line of figures."""
        told = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        return (
            f"{self.operations} operations, {self.cases} requests drawn, {self.requests} answers ({told}), "
            f"{len(self.problems)} problems"
        )

    def __str__(self) -> str:
        told = [f"{label}: {title}\n{words}" for (label, title), words in self.problems.items()]
        return "\n\n".join([self.counts(), *told])


def load(document: dict[str, Any]) -> Any:
    """The document as schemathesis reads it. Who signs in is ours to say."""
    project = ProjectConfig(generation=GenerationConfig(with_security_parameters=False))
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(document, config=config)


def operations(document: dict[str, Any], bounds: Bounds) -> list[Any]:
    """The operations of the document that ``bounds`` names, such as ``GET /api/v1/courses/``."""
    found = [result.ok() for result in load(document).get_all_operations()]
    named = [operation for operation in found if bounds.only in operation.label]
    return named[bounds.part :: bounds.parts]


def _shape(path: str) -> str:
    """An address without the names of its arguments."""
    parts = path.strip("/").split("/")
    return "/".join("{}" if part.startswith("{") else part for part in parts)


ROUTES = {(row.method, _shape(row.path)): row.path.strip("/").split("/") for row in ROWS}


def arguments(operation: Any) -> dict[str, str]:
    """Which thing of the world each argument of the address names: ``{"id": "course"}``."""
    known = ROUTES.get((operation.method.upper(), _shape(operation.path)))
    if known is None:
        return {}
    parts = zip(operation.path.strip("/").split("/"), known, strict=True)
    return {name[1:-1]: thing[1:-1] for name, thing in parts if name.startswith("{")}


def draw(strategy: st.SearchStrategy[Any], count: int, seed: int) -> list[Any]:
    """``count`` values of ``strategy``, the same ones for the same ``seed``; none where there can be none."""
    drawn: list[Any] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def take(value: Any) -> None:
        drawn.append(value)

    try:
        take()
    except hypothesis.errors.Unsatisfiable:
        return []  # nothing can be wrong with an operation that takes nothing
    return drawn


def cases(operation: Any, bounds: Bounds) -> Iterator[Any]:
    """The requests that are drawn for ``operation``: good ones and bad ones."""
    for mode in GenerationMode:
        yield from draw(operation.as_strategy(generation_mode=mode), bounds.examples, bounds.seed)
    if bounds.coverage:
        config = operation.schema.config.generation_for(operation=operation)
        yield from operation.schema.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=config
        )


def _known(thing: str, world: World, role: str, drawn: Any) -> Any:
    """The key of a thing of ``role`` in the type that was drawn; what was drawn where it is no more."""
    try:
        key = ARGUMENTS[thing](world, role)
    except ObjectDoesNotExist:
        return drawn
    return key if isinstance(key, int) and isinstance(drawn, int) else str(key)


def _filled(value: Any, world: World, role: str, random: Random) -> Any:
    """A body in which keys that were drawn name what there is, more often than not."""
    if isinstance(value, list):
        return [_filled(item, world, role, random) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _known(FIELDS[name], world, role, inner)
        if name in FIELDS and isinstance(inner, int | str) and random.random() < 0.7
        else _filled(inner, world, role, random)
        for name, inner in value.items()
    }


def run(document: dict[str, Any], world: World, ask: Ask, bounds: Bounds) -> Found:
    """Ask everything as everybody; what was found."""
    found = Found()
    ends = time.monotonic() + bounds.seconds
    for operation in operations(document, bounds):
        if time.monotonic() > ends:
            break
        found.operations += 1
        random = Random(f"{bounds.seed} {operation.label}")
        for case in cases(operation, bounds):
            found.cases += 1
            _ask_all(case, world, ask, bounds, random, found)
    return found


def _ask_all(
    case: Any, world: World, ask: Ask, bounds: Bounds, random: Random, found: Found
) -> None:
    """Have a person of each role send ``case``, three in four times with keys of what is theirs."""
    drawn, body = dict(case.path_parameters or {}), case.body
    good = case.meta.generation.mode.is_positive
    ours, filled = random.random() < 0.75, random.random() < 0.5
    for role in bounds.roles:
        if ours and good:
            case.path_parameters = drawn | {
                name: _known(thing, world, role, drawn.get(name))
                for name, thing in arguments(case.operation).items()
            }
        if filled and isinstance(body, dict):
            case.body = _filled(body, world, role, random)
        _hold(case, world.person(role, owner=True), ask, found)


def _checks_for(case: Any) -> list[Any]:
    """What must hold of the answer to ``case``: a request that breaks the document must be refused.

    Not where a parameter is only empty: that is how forms leave one out, and means that it is not given.
    """
    empty = any(value in ("", [""], []) for value in dict(case.query or {}).values())
    return CHECKS if empty else [*CHECKS, checks.negative_data_rejection]


def _hold(case: Any, person: Person, ask: Ask, found: Found) -> None:
    """Send ``case`` as ``person`` and note where the answer is not what the document says."""
    label = case.operation.label
    answer = ask(case, person)
    found.requests += 1
    found.statuses[answer.status_code] += 1
    try:
        case.validate_response(answer, checks=_checks_for(case))
    except FailureGroup as group:
        for failure in group.exceptions:
            title = f"{getattr(failure, 'title', failure)} [{answer.status_code}]"
            words = f"{person}: {case.as_curl_command()}\n{failure}\n{answer.content[:400]!r}"
            found.note(label, title, words[:2500])
