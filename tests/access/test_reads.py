"""What each role reads, field by field: kept in ``reads.json``.

A change of that file is a change of what somebody is told; look at it and keep it on purpose:
``ACCESS_READS=write pytest tests/access/test_reads.py``.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.access import asking
from tests.access.people import ROLES
from tests.access.table import ROWS
from tests.access.world import World

KEPT = Path(__file__).with_name("reads.json")
FREE = {"data", "params", "result", "content", "operational", "before", "after", "tables"}
"""Fields that hold whatever their thing is about: named, not opened."""


def paths(value: Any, above: str = "") -> Iterator[str]:
    """The names in an answer, such as ``[].section.course.code``."""
    if isinstance(value, list):
        for item in value:
            yield from paths(item, f"{above}[]")
    elif isinstance(value, dict) and above.rpartition(".")[2] not in FREE:
        for name, inner in value.items():
            yield from paths(inner, f"{above}.{name}" if above else name)
    elif above:
        yield above


def read(world: World) -> dict[str, dict[str, list[str]]]:
    """For each row that reads: the fields, by the roles that are told the same ones."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in ROWS:
        if row.method != "GET" or not row.path.startswith("api/v1/"):
            continue
        told: dict[tuple[str, ...], list[str]] = {}
        for role in ROLES:
            if row.outcome(role, owner=True) != "yes":
                continue
            answer = asking.ask(row, world.person(role, owner=True), world)
            if answer.status_code != 200 or answer["Content-Type"] != "application/json":
                continue
            names = tuple(sorted(set(paths(answer.json().get("data")))))
            told.setdefault(names, []).append(role)
        if told:
            found[row.key] = {" ".join(roles): list(names) for names, roles in told.items()}
    return found


def test_what_each_role_reads_is_what_was_kept(world: World) -> None:
    found = read(world)
    if os.environ.get("ACCESS_READS") == "write":
        KEPT.write_text(json.dumps(found, indent=1) + "\n")
    kept = json.loads(KEPT.read_text())
    wrong = []
    for key in sorted({*found, *kept}):
        if found.get(key) != kept.get(key):
            wrong.append(f"{key}\n  now:  {found.get(key)}\n  kept: {kept.get(key)}")
    assert not wrong, "\n".join([__doc__ or "", *wrong])
