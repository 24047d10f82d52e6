"""Reads compose.yaml and Dockerfile as their tools do, as far as Quad's own use what they can say."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.processes import ROOT

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:-|:\?)(?P<word>[^}]*))?\}")
SECONDS = re.compile(r"(\d+)s")


class Missing(Exception):
    """A variable that must be set is not; the sentence is compose's own."""


def filled(text: str, variables: dict[str, str]) -> str:
    """``text`` with ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?sentence}`` replaced."""

    def value(match: re.Match[str]) -> str:
        given = variables.get(match["name"], "")
        if not given and match["kind"] == ":?":
            raise Missing(f"{match['name']}: {match['word']}")
        return given or (match["word"] or "" if match["kind"] == ":-" else "")

    return VARIABLE.sub(value, text)


def dotenv(text: str) -> dict[str, str]:
    """The variables of a ``.env`` file."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {name: value for name, _equals, value in (line.partition("=") for line in lines)}


@dataclass(frozen=True)
class Service:
    """One service of ours: what is run, with what environment, how long it may take to stop."""

    name: str
    command: list[str]
    environment: dict[str, str]
    grace: int
    healthcheck: list[str]
    facts: dict[str, Any]


def raw() -> dict[str, Any]:
    """compose.yaml with its anchors resolved and its variables not."""
    told: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return told


def our_services(variables: dict[str, str]) -> dict[str, Service]:
    """The services that run Quad's image, with ``variables`` as the contents of ``.env``."""
    found = {}
    for name, facts in raw()["services"].items():
        if "build" not in facts:
            continue
        [env_file] = facts["env_file"]
        assert env_file == {"path": ".env", "required": False}
        own = {key: filled(value, variables) for key, value in facts["environment"].items()}
        grace = SECONDS.fullmatch(facts["stop_grace_period"])
        assert grace
        found[name] = Service(
            name,
            command if isinstance(command := facts["command"], list) else [command],
            {**variables, **own},
            int(grace[1]),
            facts.get("healthcheck", {}).get("test", [])[1:],
            facts,
        )
    return found


def dockerfile() -> list[list[tuple[str, str]]]:
    """The stages of the Dockerfile: each a list of (instruction, arguments)."""
    text = (ROOT / "Dockerfile").read_text()
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    stages: list[list[tuple[str, str]]] = []
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        instruction, _space, arguments = line.strip().partition(" ")
        if instruction == "FROM":
            stages.append([])
        stages[-1].append((instruction, arguments.strip()))
    return stages


def environment_of_image() -> dict[str, str]:
    """What the image's ``ENV`` lines set."""
    lines = [arguments for instruction, arguments in dockerfile()[-1] if instruction == "ENV"]
    return dict(part.split("=", 1) for line in lines for part in shlex.split(line))


def ignored() -> list[str]:
    """The patterns of .dockerignore."""
    return [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line]


def build_step(source: Path, python: str) -> str:
    """The build stage's line that makes static files, for a folder and a Python of the test's own."""
    [line] = [a for i, a in dockerfile()[0] if i == "RUN" and "collectstatic" in a]
    return line.replace("/venv/bin/python", shlex.quote(python)).replace("/src", str(source))
