"""The script for front-end developers runs as it is, against a portal as a new user has it."""

import subprocess
import sys

from tests import processes
from tests.journeys.conftest import Portal

SCRIPT = processes.ROOT / "docs" / "client" / "journey.py"


def journey(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_journey_by_api_and_socket_can_be_made_again_and_again(portal: Portal) -> None:
    for _time in range(2):  # it gives back the seats that it takes
        done = journey(portal.address)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Ben is in, and his bell rang" in done.stdout


def test_what_is_wrong_ends_it_with_a_sentence(portal: Portal) -> None:
    done = journey(portal.address, "--search", "no such course anywhere")
    assert done.returncode == 1
    assert "no such course anywhere" in done.stderr
    nobody = journey(f"http://127.0.0.1:{processes.free_port()}")
    assert nobody.returncode == 1
