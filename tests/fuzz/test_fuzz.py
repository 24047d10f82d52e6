"""F1, F2: whatever is sent, by whomever, the API answers as its own description says.

Bounded and the same each time; ``make fuzz`` goes on with other requests, for as long as one likes.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from portal.api.documents import document
from portal.permissions import PUBLIC
from tests import processes
from tests.access.people import ROLES
from tests.access.world import World
from tests.fuzz import asking, storm

PARTS = 2
SEED = 20261125
LONG = bool(os.environ.get("FUZZ_EXAMPLES"))


@pytest.fixture
def api_document() -> dict[str, Any]:
    """The document as the portal hands it out."""
    document.cache_clear()
    loaded: dict[str, Any] = json.loads(document())
    return loaded


def bounds(**short: Any) -> storm.Bounds:
    """What ``make fuzz`` asks for, else ``short``."""
    asked = os.environ
    if not LONG:
        return storm.Bounds(**short)
    return storm.Bounds(
        examples=int(asked["FUZZ_EXAMPLES"]),
        seed=int(asked["FUZZ_SEED"]),
        roles=tuple(asked["FUZZ_ROLES"].split()) or ROLES,
        only=asked["FUZZ_ONLY"],
        seconds=float(asked["FUZZ_SECONDS"]),
        coverage=asked["FUZZ_COVERAGE"] == "1",
    )


@pytest.fixture(autouse=True)
def _nobody_waits(settings: Any) -> None:
    """No limits, and tokens that outlive the test (set before the world signs in)."""
    settings.API_RATES = {"user": "", "address": ""}
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 24 * 3600


@pytest.mark.parametrize("part", range(1 if LONG else PARTS))
def test_f2_whatever_is_sent_the_answer_is_as_the_document_says(
    part: int, world: World, api_document: dict[str, Any]
) -> None:
    asked = bounds(examples=1, seed=SEED, part=part, parts=PARTS)
    with asking.one_connection() as raised:
        found = storm.run(api_document, world, asking.in_process, asked)
    print(f"\nseed {asked.seed}: {found.counts()}")
    assert not found.problems, "\n\n".join([str(found), *dict.fromkeys(raised)])
    if not LONG:
        assert found.operations >= 80
        assert {200, 201, 400, 401, 403, 404, 409} <= set(found.statuses)


def test_f2_a_fault_is_found(
    world: World, api_document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A view that fails, and one that tells what the document does not know, do not pass unseen."""
    from learning.catalog.api.courses import CourseViewSet  # noqa: PLC0415
    from learning.catalog.api.seasons import SeasonViewSet  # noqa: PLC0415

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(CourseViewSet, "list", fail)
    monkeypatch.setattr(SeasonViewSet, "policy", PUBLIC)
    monkeypatch.setattr(SeasonViewSet.serializer_class, "to_representation", lambda self, row: 7)
    titles = []
    with asking.one_connection():
        for only in ("GET /api/v1/courses/", "GET /api/v1/seasons/"):
            asked = storm.Bounds(examples=1, seed=SEED, only=only, roles=("visitor",))
            titles += [
                title
                for _, title in storm.run(api_document, world, asking.in_process, asked).problems
            ]
    assert any(title.startswith("Server error") for title in titles), titles
    assert any(title.startswith("Response violates schema") for title in titles), titles


@pytest.mark.skipif(not LONG, reason="make fuzz")
@pytest.mark.postgres
def test_f2_a_running_server_answers_as_the_document_says(
    request: pytest.FixtureRequest, transactional_db: None, settings: Any, tmp_path: Path
) -> None:
    log = tmp_path / "server.log"
    with processes.serving(log, API_RATE_USER="", API_RATE_ADDRESS="") as address:
        settings.SITE_URL = address  # who signs the tokens
        world = request.getfixturevalue("world")
        document.cache_clear()
        found = storm.run(json.loads(document()), world, asking.at(address), bounds())
    print(f"\non a server: {found.counts()}")
    assert not found.problems, f"{found}\n\n{log.read_text(errors='replace')[-8000:]}"
