"""What must be decided before Django reads its settings; loaded by ``-p tests.environment``.

Each pytest-xdist worker gets a Redis of its own, because publish/subscribe knows no database numbers.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["QUAD_ENV"] = "test"
# Development's own secrets and files of tests never mix with those of ``make run``, nor those of one worker
# with another's.
if "QUAD_TEST_VAR" in os.environ and "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["QUAD_VAR"] = str(
        Path(os.environ["QUAD_TEST_VAR"], os.environ["PYTEST_XDIST_WORKER"])
    )
    Path(os.environ["QUAD_VAR"], "static").mkdir(parents=True, exist_ok=True)
elif "QUAD_VAR" not in os.environ:
    os.environ["QUAD_VAR"] = os.environ["QUAD_TEST_VAR"] = tempfile.mkdtemp(prefix="quad-test-")
    Path(os.environ["QUAD_VAR"], "static").mkdir()  # WhiteNoise warns without it
    atexit.register(shutil.rmtree, os.environ["QUAD_VAR"], ignore_errors=True)
# Fixtures of Playwright run an event loop in the thread of the test, which Django would refuse.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

_urls = os.environ.get("QUAD_TEST_REDIS_URLS", "").split()
if _urls:
    _worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["REDIS_URL"] = _urls[int(_worker) % len(_urls)]
