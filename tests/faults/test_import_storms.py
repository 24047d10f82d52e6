"""What happens to an import whose worker is killed (SIGKILL) in the middle: all or nothing, once (P11)."""

from typing import Any

import pytest

from tests.faults.conftest import Storm, until

pytestmark = pytest.mark.large
STUDENTS = 3_000
ROWS = STUDENTS * 3 + 60
LONG = 240.0


def stand(storm: Storm, pk: str) -> dict[str, Any]:
    told: dict[str, Any] = storm.portal.do("stand_of_import", pk=pk)
    return told


def in_the_middle(storm: Storm, pk: str, state: str, *, behind: int) -> None:
    """Return when a pass has so many rows behind it and more before it; fails if it ended meanwhile."""

    def reached() -> bool:
        now = stand(storm, pk)
        assert now["state"] == state, now
        return behind <= now["done"] <= ROWS - 1_500

    until(reached, f"{state} in the middle", LONG)


def reaches(storm: Storm, pk: str, state: str) -> dict[str, Any]:
    """Wait for a state, with processes that ended started again as compose does; how it stands then."""

    def there() -> bool:
        storm.tend()
        return bool(stand(storm, pk)["state"] == state)

    until(there, f"the import is {state}", LONG)
    return stand(storm, pk)


def test_p11_a_worker_killed_while_it_writes_leaves_nothing_and_another_writes_all_of_it_once(
    calm: Storm,
) -> None:
    pk = calm.portal.do("bring_roster", count=STUDENTS)
    assert reaches(calm, pk, "ready")["wrong"] == 0
    calm.portal.do("apply_import", pk=pk)
    in_the_middle(calm, pk, "applying", behind=STUDENTS + 1_000)  # roles write nothing, users do
    calm.kill("worker")
    dead = stand(calm, pk)
    print(
        f"killed at {dead['done']} of {dead['total']} rows"
    )  # shown by -rP, for docs/reliability.md
    assert (dead["state"], dead["students"], dead["seats"]) == ("applying", 0, 0), "nothing of it"
    assert not any(dead["counters"])
    before = len(dead["told"])
    calm.pass_time(claims=True)
    after = reaches(calm, pk, "done")
    calm.settle()
    print(f"then told: {after['told'][before:]}")
    assert after["students"] == STUDENTS
    assert after["seats"] == after["of_students"] == STUDENTS, "each once"
    assert after["counters"] == [STUDENTS]
    assert after["result"]["enrolled"] == STUDENTS
    assert after["applied"] == 1, "one entry in the log"
    # Progress comes back by itself: it is told anew from the beginning, in order and without a gap.
    again = [done for state, done in after["told"][before:] if state == "applying"]
    assert again
    assert again == sorted(again)
    assert after["told"][-1][0] == "done"
    assert after["numbers"] == list(range(after["numbers"][0], after["numbers"][-1] + 1))


def test_p11_a_worker_killed_while_it_checks_leaves_no_row_twice(calm: Storm) -> None:
    pk = calm.portal.do("bring_roster", count=STUDENTS)
    in_the_middle(calm, pk, "checking", behind=1_000)
    calm.kill("worker")
    dead = stand(calm, pk)
    assert dead["state"] == "checking"
    assert 0 < dead["rows"] < ROWS
    calm.pass_time(claims=True)
    after = reaches(calm, pk, "ready")
    assert (after["rows"], after["wrong"]) == (after["total"], 0)
    assert after["rows"] > STUDENTS * 3
    assert (after["students"], after["seats"]) == (0, 0), "a preview writes nothing"
    calm.settle()
