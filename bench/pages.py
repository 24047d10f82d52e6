"""What a public page costs: kept, rendered for the anonymous, rendered for somebody signed in.

A benchmark of a page starts ours and the bare view (``bench/bare.py``) and takes its figures from here.
"""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from bench.figures import Figure, bound_figure, median, ratio_figure
from bench.tools import ROUNDS, SECONDS, Env, Server, alternate, fetch, generator, load, python

CONNECTIONS = 8
#: What every browser sends; the kept page is stored in this encoding as well.
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}
#: A measure from outside: the demo site of Wagtail on a machine like this one.
WAGTAIL = (
    "Wagtail's demo site: 0.9% of its bare view, 16 ms, 19 queries (as given, not measured here)"
)
#: A parameter that no view knows is never kept: the page is rendered for every request.
UNCACHED = "?rendered=always"
MOST_MS, MOST_QUERIES = 4, 10

QUERIES = """
import sys
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
path, cookie = {path!r}, {cookie!r}
client = Client()
if cookie:
    name, value = cookie.split("=", 1)
    client.cookies[name] = value
for _ in range(2):
    with CaptureQueriesContext(connection, ) as seen:
        answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
print(len(seen))
"""


class Case(NamedTuple):
    """A page as somebody gets it; ``judged``: held against the bound of time, and not only told."""

    path: str
    cookie: str = ""
    judged: bool = True


def queries(env: Env, path: str, cookie: str = "") -> int:
    """Queries of one rendering of ``path``, counted by Django itself."""
    return int(python(env, QUERIES.format(path=path, cookie=cookie)).split()[-1])


def _cpu(server: Server, url: str, **headers: str) -> float:
    """Milliseconds of the server's processor time per answer, under the load of one connection."""
    before = server.cpu_seconds()
    seen = load(url, connections=1, headers=headers)
    return (server.cpu_seconds() - before) * 1000 / seen.requests


def grown(
    small: Server,
    large: Server,
    path: str,
    *,
    name: str,
    beside: str,
    at_most: float,
    headers: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> Figure:
    """Median latencies of one request at a time with many rows and with few (``beside``), in turn."""
    sent = dict(headers or {})

    def latency(server: Server) -> float:
        return load(server.url + path, seconds=seconds, connections=1, headers=sent).p50

    for server in (small, large):
        fetch(server.url + path, sent)
    samples = alternate({"few": lambda: latency(small), "many": lambda: latency(large)})
    return ratio_figure(
        name=name,
        values=samples["many"],
        unit="ms (median latency)",
        limit_name=f"the same with {beside}",
        limits=samples["few"],
        target=f"at most {at_most:g} times",
        at_most=at_most,
        run=f"GET {path}; granian WSGI, 1 worker, 1 thread; {generator()}, 1 connection",
    )


def kept(ours: Server, bare: Server, path: str, *, name: str) -> list[Figure]:
    """The page ``name`` out of the store of pages, beside the bare view."""
    fetch(ours.url + path)
    status, headers, body = fetch(ours.url + path, BROWSER)
    if headers.get("x-cache") != "hit":
        raise RuntimeError(f"{path} is not kept: {status} {headers}")
    etag = {**BROWSER, "If-None-Match": headers["etag"]}
    samples = alternate(
        {
            "bare": lambda: load(bare.url + "/", connections=CONNECTIONS).per_second,
            "kept": lambda: (
                load(ours.url + path, connections=CONNECTIONS, headers=BROWSER).per_second
            ),
            "plain": lambda: load(ours.url + path, connections=CONNECTIONS).per_second,
            "304": lambda: load(ours.url + path, connections=CONNECTIONS, headers=etag).per_second,
        }
    )
    server = "granian WSGI, 1 worker, 1 thread, versions in Redis"
    ran = f"{server}; {generator()}, {CONNECTIONS} connections, {ROUNDS} × {SECONDS:g} s; {path}"

    def figure(title: str, key: str, at_least: float | None, note: str) -> Figure:
        return ratio_figure(
            name=title,
            values=samples[key],
            unit="requests/s",
            limit_name="bare view",
            limits=samples["bare"],
            target="at least 50%" if at_least else "",
            at_least=at_least,
            run=f"{ran}; {note}",
        )

    return [
        figure(
            f"{name}, anonymous, kept",
            "kept",
            0.5,
            f"{len(body):,} bytes sent with gzip, as browsers ask. {WAGTAIL}",
        ),
        figure("The same without compression", "plain", None, "no Accept-Encoding"),
        figure("The same, not modified (304)", "304", None, "If-None-Match"),
    ]


def rendered(
    env: Env, ours: Server, bare: Server, cases: Mapping[str, Case], *, name: str
) -> list[Figure]:
    """The page ``name`` rendered for every request: processor time beside the bare view, and queries."""

    def headers(who: str) -> dict[str, str]:
        return {"Cookie": who} if who else {}

    for path, who, _judged in cases.values():
        if "x-cache" in fetch(ours.url + path, headers(who))[1]:
            raise RuntimeError(f"{path} was kept, which is not what is measured here.")
    runs = {"bare": lambda: _cpu(bare, bare.url + "/")}
    for title, (path, who, _judged) in cases.items():
        runs[title] = partial(_cpu, ours, ours.url + path, **headers(who))
    samples = alternate(runs)
    limit = median(samples["bare"])
    figures = []
    for title, (path, who, judged) in cases.items():
        spent = median(samples[title])
        figures.append(
            Figure(
                name=f"{name}, rendered, {title}",
                value=spent,
                unit="ms of processor time",
                limit_name="bare view",
                limit_value=limit,
                ratio=spent / limit,
                target=f"at most {MOST_MS} ms" if judged else "",
                met=spent <= MOST_MS if judged else None,
                run=f"granian WSGI, 1 worker, 1 thread; {generator()}, 1 connection; {path}; what "
                f"portal.pagecache.remember holds is held. {WAGTAIL}",
            )
        )
        for beside, env_used, note in (
            (": queries", env, "no server: Django's test client in one process, second rendering"),
            (
                " with PAGE_CACHE=0",
                {**env, "PAGE_CACHE": "0"},
                "no server: Django's test client in one process; nothing is remembered",
            ),
        ):
            figures.append(
                bound_figure(
                    name=f"The same{beside}, {title}",
                    values=[queries(env_used, path, who)],
                    unit="queries",
                    at_most=MOST_QUERIES,
                    target=f"at most {MOST_QUERIES}",
                    run=note,
                )
            )
    return figures
