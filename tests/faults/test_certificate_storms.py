"""What happens to certificates whose worker is killed (SIGKILL) in the middle: each made, each once (C1)."""

from typing import Any

import psycopg
import pytest

from tests.campus.certificates import drawing
from tests.faults.certifying import TOLD
from tests.faults.conftest import Storm, until

pytestmark = [
    pytest.mark.large,
    pytest.mark.skipif(not drawing.CAN_DRAW, reason=drawing.WHY_NOT),
]
NUMBER = 200
LONG = 240.0


def test_c1_a_worker_killed_in_the_middle_of_a_batch_makes_each_once_after_its_restart(
    calm: Storm,
) -> None:
    reason = calm.portal.do("certify", count=NUMBER)

    def made() -> int:
        return int(calm.portal.do("drawn", reason=reason))

    until(lambda: made() > 0, "some are made", LONG)
    calm.kill("worker")
    dead: dict[str, Any] = calm.portal.do("stand_of_certificates", reason=reason)
    print(f"killed at {dead['right']} of {NUMBER}")  # shown by -rP, for docs/reliability.md
    assert dead["rows"] == NUMBER
    assert 0 < dead["right"] == len(dead["hashes"]) < NUMBER, "in the middle, nothing half made"
    calm.pass_time(claims=True)
    with psycopg.connect(calm.env["DATABASE_URL"]) as link:
        link.execute(
            "UPDATE certificates_certificate SET claimed_until = claimed_until - interval '16 minutes' "
            "WHERE claimed_until IS NOT NULL"
        )

    def all_made() -> bool:
        calm.tend()
        return made() == NUMBER

    until(all_made, "all are made", LONG)
    calm.settle()
    after = calm.portal.do("stand_of_certificates", reason=reason)
    assert (after["rows"], after["people"], after["right"]) == (NUMBER, NUMBER, NUMBER)
    assert after["told"] == [1] * TOLD
    # What was made before is not made anew: the file that somebody has is the one that is verified.
    assert after["hashes"].items() >= dead["hashes"].items()
