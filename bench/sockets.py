"""Sockets: 500 in one stream on one process, and 2,000 that only wait.

Beside each other in the same run, on one uvicorn process each (uvloop, no compression): our hub; the plain
Channels consumer with ``group_send`` on the pub/sub layer; and a server that only writes ready frames.
Every delivery of every event is counted on every socket, so a loss or a double is seen. Events go through
Redis from another process, as they do after a commit; storing them is another figure.

A socket that asks for it (``batch=1``, as the site's own script does) gets what piled up meanwhile in
one frame; the figure without that is told too.
"""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator

from bench import tools
from bench.figures import Figure, bound_figure, median, ratio_figure

SOCKETS = 500
IDLE_SOCKETS = 2_000
WINDOW = 8
PACE = 2.0
SECONDS = min(tools.SECONDS, 4.0)
KINDS = {
    "ours": ("ours", "/ours/?batch=1"),
    "single": ("ours", "/ours/"),
    "plain": ("plain", "/plain/"),
    "raw": ("raw", "/"),
}
RUN = (
    f"{SOCKETS} sockets on one process of uvicorn, events of some 300 bytes from another process by Redis; "
    f"at most {WINDOW} events whose deliveries had not all come; the load is one Python process on uvloop."
)


def attack(env: tools.Env, port: int, name: str, rate: float = 0) -> dict:
    """One run of load against ``port``; with ``rate`` so many events a second."""
    kind, path = KINDS[name]
    words = [str(port), path, kind, str(SOCKETS), str(SECONDS), str(WINDOW), str(rate)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.socket_load", *words],
        **{"cwd": tools.ROOT, "env": env, "capture_output": True, "text": True},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"The load against {name} failed:\n{done.stderr[-2000:]}")
    result: dict = json.loads(done.stdout)
    return result


@contextlib.contextmanager
def raw_server(env: tools.Env) -> Iterator[int]:
    """The server of ready frames; yields its port."""
    port = tools.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.socket_raw", str(port)],
        cwd=tools.ROOT,
        env={**env, "DJANGO_SETTINGS_MODULE": "portal.settings"},
    )
    try:
        tools.wait_for_port(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def idle_cost(env: tools.Env, path: str) -> float:
    """KB of memory (proportional set size) for each of 2,000 sockets that wait."""
    with tools.start_server(env, target="bench.socket_apps:application", kind="uvicorn") as server:
        time.sleep(2)
        words = [str(server.port), path, "idle", "20"]
        command = [sys.executable, "-m", "bench.socket_load"]
        # A few first: what is loaded once, at the first socket, is not the price of a socket.
        costs = []
        for count in (20, IDLE_SOCKETS):
            words[3] = str(count)
            load = subprocess.Popen(
                [*command, *words],
                **{"cwd": tools.ROOT, "env": env, "text": True},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert load.stdout and load.stdin
            if load.stdout.readline().strip() != "ready":
                raise RuntimeError("The idle sockets did not come up.")
            costs.append(server.memory_kb())
            load.stdin.close()
            load.wait(30)
            time.sleep(1)
        return (costs[1] - costs[0]) / (IDLE_SOCKETS - 20)


def run() -> list[Figure]:
    """All figures of sockets."""
    with tools.surroundings() as base:
        # The bench's events are in no database, so the relay must not look for them there.
        env = {**base, "REALTIME_RELAY_SECONDS": "36000", "UVICORN_WS_PER_MESSAGE_DEFLATE": "false"}
        fast: dict[str, list[dict]] = {name: [] for name in KINDS}
        paced: dict[str, list[dict]] = {"ours": [], "plain": []}
        with (
            tools.start_server(
                env, target="bench.socket_apps:application", kind="uvicorn"
            ) as server,
            raw_server(env) as raw_port,
        ):
            ports = dict.fromkeys(KINDS, server.port) | {"raw": raw_port}
            for number in range(-1, tools.ROUNDS):
                names = list(KINDS) if number % 2 == 0 else list(reversed(KINDS))
                for name in names:
                    result = attack(env, ports[name], name)
                    if number >= 0:
                        fast[name].append(result)
                for name, results in paced.items():
                    if number >= 0:
                        results.append(attack(env, ports[name], name, PACE))
        ours_kb = [idle_cost(env, "/ours/") for _ in range(3)]
        plain_kb = [idle_cost(env, "/idle/") for _ in range(3)]
    return figures(fast, paced, ours_kb, plain_kb)


def figures(
    fast: dict[str, list[dict]],
    paced: dict[str, list[dict]],
    ours_kb: list[float],
    plain_kb: list[float],
) -> list[Figure]:
    """What was measured, as lines of the document."""

    def values(results: list[dict], key: str) -> list[float]:
        return [result[key] for result in results]

    plain = values(fast["plain"], "per_second")
    ours = fast["ours"]
    wrong = sum(
        result["missing"] + result["doubled"] + result["closed"]
        for result in [*ours, *fast["single"], *paced["ours"]]
    )
    total = sum(r["deliveries"] for r in [*ours, *fast["single"], *paced["ours"]])
    return [
        ratio_figure(
            name="Deliveries a second, 500 sockets in one stream",
            values=values(ours, "per_second"),
            unit="/s",
            limit_name="plain Channels consumer",
            limits=plain,
            target="at least 5 times",
            at_least=5,
            run=RUN
            + f" Events for each frame: {median([r['deliveries'] / r['frames'] for r in ours]):.1f}.",
        ),
        ratio_figure(
            name="The same, one event in each frame",
            values=values(fast["single"], "per_second"),
            unit="/s",
            limit_name="plain Channels consumer",
            limits=plain,
            target="",
            run=f"{RUN} For clients that do not ask for several events in one frame.",
        ),
        ratio_figure(
            name="Against ready frames written to transports",
            values=values(ours, "per_second"),
            unit="/s",
            limit_name="raw writes",
            limits=values(fast["raw"], "per_second"),
            target="",
            run=f"{RUN} The limit: bench/socket_raw.py, one event in each frame.",
        ),
        ratio_figure(
            name="p99 of a delivery at full speed",
            values=values(ours, "p99"),
            unit="ms",
            limit_name="plain Channels consumer",
            limits=values(fast["plain"], "p99"),
            target="no worse",
            at_most=1,
            run=f"{RUN} From publishing in one process to reading in another.",
        ),
        ratio_figure(
            name=f"p99 of a delivery at {PACE:g} events a second",
            values=values(paced["ours"], "p99"),
            unit="ms",
            limit_name="plain Channels consumer",
            limits=values(paced["plain"], "p99"),
            target="no worse",
            at_most=1,
            run=f"{RUN} {PACE * SOCKETS:,.0f} deliveries a second asked of both.",
        ),
        bound_figure(
            name="Deliveries lost, doubled, or sockets closed",
            values=[float(wrong)],
            unit="",
            at_most=0,
            target="none",
            run=f"{RUN} Of {total:,} deliveries in all counted runs of ours.",
        ),
        bound_figure(
            name="Memory of an idle socket",
            values=ours_kb,
            unit="KB",
            at_most=60,
            target="at most 60 KB",
            run=f"uvicorn, one process; one Python process on uvloop opens {IDLE_SOCKETS:,} sockets, each "
            f"with a stream of its own; growth of the process's memory "
            f"(PSS) for each. The plain consumer: {median(plain_kb):.0f} KB.",
        ),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
