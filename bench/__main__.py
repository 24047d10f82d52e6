"""``python -m bench [names]``: run the benchmarks, print the figures, write docs/benchmarks.md.

Without names all of them run. What was not run keeps the lines it had in the document.
"""

import argparse
import importlib
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import tools
from bench.figures import Figure

NAMES = (
    *("course_page", "course_list", "sockets", "rush", "imports", "sign_in", "users"),
    *("halls", "events", "certificates"),
)
DOCUMENT = tools.ROOT / "docs" / "benchmarks.md"
PACKAGES = ("Django", "wagtail", "djangorestframework", "granian", "uvicorn", "psycopg", "redis")


def machine() -> str:
    """Processor, cores, memory, and what runs on it."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or "unknown processor",
    )
    memory = next(
        int(line.split()[1]) / 1024**2
        for line in Path("/proc/meminfo").read_text().splitlines()
        if line.startswith("MemTotal")
    )
    cores = len(__import__("os").sched_getaffinity(0))
    return f"{cpu}, {cores} cores, {memory:.0f} GB, {platform.system()} {platform.release()}"


def versions() -> str:
    """Versions of Python and of what the figures stand on."""
    return ", ".join(
        [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)]
    )


def number(value: float | None) -> str:
    """A number as people read it: three figures that count, thousands parted."""
    if value is None:
        return "—"
    if value >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3g}"


def row(figure: Figure) -> str:
    """One line of the table."""
    ratio = "—" if figure.ratio is None else f"{figure.ratio:.2f}"
    met = {True: "yes", False: "**no**", None: "—"}[figure.met]
    limit = f"{figure.limit_name}: {number(figure.limit_value)}" if figure.limit_name else "—"
    return (
        f"| {figure.name} | {number(figure.value)} {figure.unit} | {limit} | {ratio} "
        f"| {figure.target or '—'} | {met} |"
    )


def section(name: str, figures: list[Figure], seconds: float) -> str:
    """The block of one benchmark, without its markers."""
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC in {seconds:.0f} s with `python -m bench {name}`.",
        f"Machine: {machine()}. {versions()}. Load generator: {tools.generator()}. "
        f"Medians of {tools.ROUNDS} alternating runs of {tools.SECONDS:g} s.",
        "",
        "| figure | measured | beside | ratio | target | met |",
        "| --- | --- | --- | --- | --- | --- |",
        *(row(figure) for figure in figures),
        "",
    ]
    lines += [f"- {figure.name}: {figure.run}" for figure in figures if figure.run]
    return "\n".join(lines)


def write(name: str, text: str) -> None:
    """Put ``text`` between the markers of ``name`` in the document."""
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    document = DOCUMENT.read_text()
    if begin not in document:
        document += f"\n## {name.replace('_', ' ').capitalize()}\n\n{begin}\n{end}\n"
    head, rest = document.split(begin, 1)
    _, tail = rest.split(end, 1)
    DOCUMENT.write_text(f"{head}{begin}\n{text}\n{end}{tail}")


def main() -> int:
    """Run what was asked for; 1 if a benchmark broke. A missed target is told, not hidden."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], help=f"of {', '.join(NAMES)}")
    parser.add_argument("--dry", action="store_true", help="print only, leave the document alone")
    options = parser.parse_args()
    broken = 0
    for name in options.names or NAMES:
        began = time.monotonic()
        print(f"== {name}", flush=True)
        try:
            figures = importlib.import_module(f"bench.{name}").run()
        except Exception as error:
            print(f"broken: {type(error).__name__}: {error}", flush=True)
            broken += 1
            continue
        for figure in figures:
            print(row(figure), flush=True)
        if not options.dry:
            write(name, section(name, figures, time.monotonic() - began))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
