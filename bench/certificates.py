"""A batch of certificates against drawing them one by one (C5): time of one, and memory.

    python -m bench.certificates [number] [size of a batch]

Nothing is stored: it measures what `campus.certificates.rendering` does. Times are of the processor, so
that another program beside it does not count.
"""

import os
import resource
import sys
import time
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

import django

django.setup()

from campus.certificates.rendering import batch  # noqa: E402 (needs Django)
from campus.certificates.rendering.sources import EXAMPLE, Facts  # noqa: E402

NAMES = ("Ada Lovelace", "محمد عبد الرحمن", "রবীন্দ্রনাথ ঠাকুর", "ಕುವೆಂಪು", "李小龙")


def facts(number: int) -> Facts:
    """The facts of one of many; every fifth name in the same script."""
    return Facts(
        name=NAMES[number % len(NAMES)],
        title="Reading data with Python",
        hours="6 hours",
        date="14 March 2026",
        institution="Quad University",
        number=f"2026-{number:04}",
        address=f"https://portal.example.edu/certificates/verify/{number:032x}/",
    )


def main() -> None:
    """Draw ten alone and all in batches, and tell."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    version: Any = SimpleNamespace(
        **EXAMPLE, language="en", direction="ltr", millimeters=(297, 210), background=None
    )
    look = batch.Look(version, None)
    batch.reference(look, facts(0))
    began = time.process_time()
    for one in range(10):
        batch.reference(look, facts(one))
    alone = (time.process_time() - began) / 10
    began, bytes_made = time.process_time(), 0
    for start in range(0, number, size):
        made = batch.render(look, [facts(one) for one in range(start, min(start + size, number))])
        bytes_made += sum(map(len, made))
    together = (time.process_time() - began) / number
    print(f"one by one   {alone * 1000:6.1f} ms each")
    print(f"in batches   {together * 1000:6.1f} ms each, {alone / together:.1f} times faster")
    print(f"size         {bytes_made / number / 1024:6.1f} KB each")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory       {peak:6.0f} MB at most")


if __name__ == "__main__":
    main()
