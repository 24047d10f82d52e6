"""Fuzz the API for as long as one likes: ``make fuzz``, ``make fuzz ARGS="--examples 200 --role teacher"``.

schemathesis draws requests from the API's own description, a person of every role sends each, and every
answer must be one that the description knows. First inside this process, where what a request does is taken
back; then, on PostgreSQL, against a server that runs. The seed is told, and draws the same requests again.
"""

import argparse
import os
import random
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import services  # noqa: E402 (the clone is no package that is installed)


def main() -> int:
    """Ask, tell; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--examples", type=int, default=30, help="of each kind for each operation")
    parser.add_argument("--seconds", type=float, default=1800, help="for each of the two ways")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--role", action="append", default=[], help="one alone; may come again")
    parser.add_argument(
        "--only", default="", help='part of an operation, as "GET /api/v1/courses/"'
    )
    parser.add_argument("--coverage", action="store_true", help="all that can be enumerated too")
    parser.add_argument("--sqlite", action="store_true", help="inside this process, on SQLite")
    options = parser.parse_args()
    services.say(f"seed {options.seed}")
    asked = {
        "FUZZ_EXAMPLES": str(options.examples),
        "FUZZ_SECONDS": str(options.seconds),
        "FUZZ_SEED": str(options.seed),
        "FUZZ_ROLES": " ".join(options.role),
        "FUZZ_ONLY": options.only,
        "FUZZ_COVERAGE": "1" if options.coverage else "0",
        "QUAD_STORMS": "all",
    }
    with ExitStack() as stack:
        database = None if options.sqlite else services.postgres(stack)
        if database is None and not options.sqlite:
            services.say(
                "LEFT OUT: PostgreSQL and the server that runs; inside this process, on SQLite."
            )
        command = [sys.executable, "-m", "pytest", "--create-db", "-s", "-p", "no:randomly"]
        return subprocess.run(
            [*command, "tests/fuzz", "tests/security/inputs", "-k", "not fault"],
            cwd=ROOT,
            env={**os.environ, **asked, "DATABASE_URL": database or "", "REDIS_URL": ""},
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
