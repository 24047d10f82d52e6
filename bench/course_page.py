"""The public course page: kept, rendered for the anonymous, rendered for a student signed in."""

from functools import partial

from bench.figures import Figure, bound_figure, median, ratio_figure
from bench.tools import (
    ROUNDS,
    SECONDS,
    Env,
    Server,
    alternate,
    fetch,
    generator,
    load,
    manage,
    python,
    start_server,
    surroundings,
)

CONNECTIONS = 8
#: What every browser sends; the kept page is stored in this encoding as well.
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}
#: Told with the task: the demo site of Wagtail on a machine like this one.
WAGTAIL = (
    "Wagtail's demo site: 0.9% of its bare view, 16 ms, 19 queries (as given, not measured here)"
)

UNCACHED = "?rendered=always"

CHOOSE = """
from django.db.models import Count
from learning.catalog.models import Course
found = list(Course.objects.published().annotate(n=Count("sections")).filter(n__gt=0).order_by("n", "code"))
print(found[len(found) // 2].get_absolute_url(), found[-1].get_absolute_url())
"""
SIGN_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.conf import settings
from campus.accounts.models import User
user = User.objects.get(email="student@quad.example")
store = SessionStore()
store[SESSION_KEY] = str(user.pk)
store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
store[HASH_SESSION_KEY] = user.get_session_auth_hash()
store.create()
print(settings.SESSION_COOKIE_NAME + "=" + store.session_key)
"""
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


def _queries(env: Env, path: str, cookie: str = "") -> int:
    """Queries of one rendering of ``path``, counted by Django itself."""
    return int(python(env, QUERIES.format(path=path, cookie=cookie)).split()[-1])


def _cpu(server: Server, url: str, **headers: str) -> float:
    """Milliseconds of the server's processor time per answer, under the load of one connection."""
    before = server.cpu_seconds()
    seen = load(url, connections=1, headers=headers)
    return (server.cpu_seconds() - before) * 1000 / seen.requests


def run() -> list[Figure]:
    """Measure all of it against the bare view (``bench/bare.py``)."""
    with surroundings() as env:
        manage(env, "seed_demo")
        typical, many = python(env, CHOOSE).split()[-2:]
        cookie = python(env, SIGN_IN).split()[-1]
        with (
            start_server(env) as ours,
            start_server(env, target="bench.bare:application") as bare,
        ):
            return [
                *_kept(ours, bare, many),
                *_rendered(env, ours, bare, typical, many, cookie),
            ]


def _kept(ours: Server, bare: Server, path: str) -> list[Figure]:
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

    def figure(name: str, key: str, at_least: float | None, note: str) -> Figure:
        return ratio_figure(
            name=name,
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
            "Course page, anonymous, kept",
            "kept",
            0.5,
            f"{len(body):,} bytes sent with gzip, as browsers ask. {WAGTAIL}",
        ),
        figure("The same without compression", "plain", None, "no Accept-Encoding"),
        figure("The same, not modified (304)", "304", None, "If-None-Match"),
    ]


def _rendered(
    env: Env, ours: Server, bare: Server, typical: str, many: str, cookie: str
) -> list[Figure]:
    # A parameter that no view knows is never kept: the page is rendered for every request.
    cases = {
        "anonymous, median number of sections": (typical + UNCACHED, ""),
        "anonymous, most sections": (many + UNCACHED, ""),
        "signed in, median number of sections": (typical, cookie),
        "signed in, most sections": (many, cookie),
    }

    def headers(who: str) -> dict[str, str]:
        return {"Cookie": who} if who else {}

    for path, who in cases.values():
        if "x-cache" in fetch(ours.url + path, headers(who))[1]:
            raise RuntimeError(f"{path} was kept, which is not what is measured here.")
    runs = {"bare": lambda: _cpu(bare, bare.url + "/")}
    for name, (path, who) in cases.items():
        runs[name] = partial(_cpu, ours, ours.url + path, **headers(who))
    samples = alternate(runs)
    limit = median(samples["bare"])
    figures = []
    for name, (path, who) in cases.items():
        judged = "median" in name
        spent = median(samples[name])
        figures.append(
            Figure(
                name=f"Course page, rendered, {name}",
                value=spent,
                unit="ms of processor time",
                limit_name="bare view",
                limit_value=limit,
                ratio=spent / limit,
                target="at most 4 ms" if judged else "",
                met=spent <= 4 if judged else None,
                run=f"granian WSGI, 1 worker, 1 thread; {generator()}, 1 connection; {path}; what "
                f"portal.pagecache.remember holds is held. {WAGTAIL}",
            )
        )
        figures.append(
            bound_figure(
                name=f"The same: queries, {name}",
                values=[_queries(env, path, who)],
                unit="queries",
                at_most=10,
                target="at most 10",
                run="no server: Django's test client in one process, second rendering",
            )
        )
        cold = _queries({**env, "PAGE_CACHE": "0"}, path, who)
        figures.append(
            bound_figure(
                name=f"The same with PAGE_CACHE=0, {name}",
                values=[cold],
                unit="queries",
                at_most=10,
                target="at most 10",
                run="no server: Django's test client in one process; nothing is remembered",
            )
        )
    return figures
