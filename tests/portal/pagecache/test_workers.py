"""Two workers behind one port, with Redis between them: a change is seen by both at once."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from portal.pagecache.versions import versions
from tests import factories
from tests.processes import ROOT, environment, free_port, wait_for

pytestmark = [pytest.mark.large, pytest.mark.django_db(transaction=True)]
ASKED = 40


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Two processes of the large deployment's server on this test's database and Redis."""
    port = free_port()
    log = tmp_path / "granian.log"
    command = [
        *(str(Path(sys.executable).parent / "granian"), "--interface", "wsgi"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "2"),
        *("--blocking-threads", "1", "--log-level", "warning", "portal.wsgi:application"),
    ]
    with log.open("ab") as output:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(PAGE_CACHE="1"),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/health/live", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def answers(address: str) -> "Counter[tuple[bool, str]]":
    """Of many connections, each for itself: whether the new title was there, and from where."""
    seen: Counter[tuple[bool, str]] = Counter()
    for _ in range(ASKED):
        with urlopen(Request(address, headers={"Connection": "close"}), timeout=20) as answer:
            new = "The new title" in answer.read().decode()
            seen[new, answer.headers.get("X-Cache", "")] += 1
    return seen


def test_a_change_is_seen_by_every_worker_from_the_commit_on(address: str) -> None:
    versions.cache_clear()
    course = factories.course(slug="a-1", title="The old title")
    page = f"{address}/en/courses/a-1/"
    before = answers(page)
    assert not any(new for new, _ in before)
    # Each process rendered it for itself, and both sent what they had kept.
    assert before[False, "kept"] == 2, before
    assert before[False, "hit"] == ASKED - 2
    course.title = "The new title"
    course.save()
    after = answers(page)
    assert not any(not new for new, _ in after), after
    assert after[True, "kept"] == 2, after
    assert after[True, "hit"] == ASKED - 2
