"""A batch of certificates by the worker's job, beside WeasyPrint drawing each alone (C5).

The job is the whole of it: rows claimed, PDFs drawn, files and hashes stored, holders told. WeasyPrint alone
is one document with one page each, with its subsetter of fonts, and nothing stored. Both in processor time,
so that another program beside them does not count; two workers beside one by the clock.
"""

import itertools
import tempfile

from bench import tools
from bench.crowd import all_at_once, helpers
from bench.figures import Figure, bound_figure, median, ratio_figure

NUMBER = max(100, min(1_000, int(250 * tools.SECONDS)))
ALONE = max(10, int(10 * tools.SECONDS))
ROUNDS = max(1, min(3, tools.ROUNDS))
MOST_MB = 400
RUN = (
    f"No server: {NUMBER:,} certificates in names of five scripts, one page of A4 with a QR code; the job "
    "that claims, draws, stores and tells, in one process; PostgreSQL; files on the disk."
)


def run() -> list[Figure]:
    """Time of one certificate, two workers, memory; every file is looked at afterwards."""
    reasons = (f"event:{number}" for number in itertools.count(1))
    memory: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        tools.surroundings() as env,
        helpers(env | {"QUAD_VAR": folder}, "bench.certificates_service", 3) as (maker, *workers),
    ):
        maker.ask("prepare", people=NUMBER)
        for one in (maker, *workers):  # fonts are looked up once in the life of a process
            maker.ask("issue", reason=(reason := next(reasons)), number=10)
            one.ask("alone", reason=reason, number=2)
            one.ask("render", reason=reason, at=0)

        def batch(number: int) -> tuple[float, float]:
            """Milliseconds of processor time for each, and seconds by the clock, of so many workers."""
            reason = next(reasons)
            maker.ask("issue", reason=reason, number=NUMBER)
            told = all_at_once(workers[:number], "render", reason=reason)
            found = maker.ask("check", reason=reason)
            if found != {"all": NUMBER, "right": NUMBER} or sum(t["made"] for t in told) != NUMBER:
                raise RuntimeError(f"Of {NUMBER} certificates: {found}")
            memory.extend(one["memory"] for one in told)
            return sum(t["cpu"] for t in told) * 1000 / NUMBER, max(t["seconds"] for t in told)

        by_clock: list[float] = []

        def together() -> float:
            spent, seconds = batch(1)
            by_clock.append(seconds)
            return spent

        maker.ask("issue", reason=(single := next(reasons)), number=ALONE)
        samples = tools.alternate(
            {
                "alone": lambda: maker.ask("alone", reason=single, number=ALONE),
                "batch": together,
                "two": lambda: batch(2)[1],
            },
            rounds=ROUNDS,
            warm=False,
        )
    return [
        ratio_figure(
            name="Certificates alone by WeasyPrint, beside a batch",
            values=samples["alone"],
            unit="ms each and core",
            limit_name=f"each of a batch of {NUMBER:,}, stored",
            limits=samples["batch"],
            target="the batch at least 8 times as fast",
            at_least=8,
            run=RUN,
        ),
        ratio_figure(
            name=f"A batch of {NUMBER:,} by one worker, beside two",
            values=by_clock,
            unit="s",
            limit_name="two workers",
            limits=samples["two"],
            target="near twice as fast (at least 1.7 times)",
            at_least=1.7,
            run=f"{RUN} {NUMBER / median(samples['two']):.0f} certificates/s with two.",
        ),
        bound_figure(
            name="Memory of a worker at its most",
            values=[max(memory)],
            unit="MB",
            at_most=MOST_MB,
            target=f"at most {MOST_MB} MB",
            run=f"{RUN} Django and the portal included; the largest of all runs.",
        ),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
