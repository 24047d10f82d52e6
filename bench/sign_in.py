"""Signing in and what a token costs: beside the password's hash alone, and beside the same without.

``python -m bench sign_in``. A sign-in is slow on purpose: the hash of the password is what keeps stolen
tables from being read. What the portal adds to it is what can be told here.
"""

import http.client
import json
from collections.abc import Callable
from typing import Any

from bench import tools
from bench.figures import Figure, bound_figure, median, ratio_figure

LOGIN = "/api/v1/auth/app/v1/auth/login"
REFRESH = "/api/v1/auth/app/v1/tokens/refresh"
READ = "/api/v1/courses/"
EMAIL, PASSWORD = "bench@quad.example", "bench-4711-harvest"
#: Sign-ins of one address are limited to 300 a minute, which this stays below.
SIGN_INS, REFRESHES = 8, 60

MAKE = f"""
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from campus.accounts.models import User
from portal.roles import Role
user = User.objects.create_user(email="{EMAIL}", password="{PASSWORD}", full_name="Bench")
user.groups.add(Group.objects.get_or_create(name=Role.STUDENT.value)[0])
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
"""
HASH = f"""
import time
from campus.accounts.models import User
user = User.objects.get(email="{EMAIL}")
spent = []
for _ in range({SIGN_INS}):
    began = time.process_time()
    assert user.check_password("{PASSWORD}")
    spent.append(time.process_time() - began)
print(1000 * sum(spent) / len(spent))
"""


class Caller:
    """One kept connection to ``server`` that posts JSON."""

    def __init__(self, server: tools.Server) -> None:
        self.server = server
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        """The answer's body; raises for anything but a 200."""
        headers = {"Content-Type": "application/json"}
        self.connection.request("POST", path, json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {text[:500]!r}")
        read: dict[str, Any] = json.loads(text)
        return read

    def sign_in(self) -> dict[str, str]:
        """The tokens of a new sign-in."""
        tokens: dict[str, str] = self.post(LOGIN, {"email": EMAIL, "password": PASSWORD})["meta"]
        return tokens

    def refresh(self, token: str) -> dict[str, str]:
        """The tokens that come for a refresh token."""
        answer = self.post(REFRESH, {"refresh_token": token})
        tokens: dict[str, str] = answer["data"]
        return tokens

    def spent(self, what: Callable[[], None], times: int) -> float:
        """Milliseconds of the server's processor time for each of ``times``."""
        before = self.server.cpu_seconds()
        for _ in range(times):
            what()
        return (self.server.cpu_seconds() - before) * 1000 / times


def run() -> list[Figure]:
    """Sign-ins, refreshes, and a read with and without a token."""
    with tools.surroundings() as env:
        env |= {"API_RATE_ADDRESS": "0", "API_RATE_USER": "0"}
        tools.manage(env, "seed_demo")
        tools.python(env, MAKE)
        with tools.start_server(env) as server:
            return [*_signing_in(env, server), *_reading(server)]


def _signing_in(env: tools.Env, server: tools.Server) -> list[Figure]:
    caller = Caller(server)
    held = caller.sign_in()

    def refresh() -> None:
        held.update(caller.refresh(held["refresh_token"]))

    samples = tools.alternate(
        {
            "hash": lambda: float(tools.python(env, HASH).split()[-1]),
            "sign-in": lambda: caller.spent(lambda: held.update(caller.sign_in()), SIGN_INS),
            "refresh": lambda: caller.spent(refresh, REFRESHES),
        },
        warm=False,
    )
    how = "granian WSGI, 1 worker, 1 thread; the load is one connection of Python's http.client"
    return [
        ratio_figure(
            name="Sign-in with e-mail and password, by API",
            values=samples["sign-in"],
            unit="ms of processor time",
            limit_name="the password's hash alone",
            limits=samples["hash"],
            target="at most 1.2 times",
            at_most=1.2,
            run=f"POST {LOGIN}; {how}; {1000 / median(samples['sign-in']):.1f} a second and core",
        ),
        bound_figure(
            name="Refresh of a token",
            values=samples["refresh"],
            unit="ms of processor time",
            at_most=20,
            target="at most 20 ms",
            run=f"POST {REFRESH}; {how}; {1000 / median(samples['refresh']):.0f} a second and core",
        ),
    ]


def _reading(server: tools.Server) -> list[Figure]:
    bearer = {"Authorization": f"Bearer {Caller(server).sign_in()['access_token']}"}

    def spent(headers: dict[str, str]) -> float:
        before = server.cpu_seconds()
        seen = tools.load(server.url + READ, connections=1, headers=headers)
        return (server.cpu_seconds() - before) * 1000 / seen.requests

    samples = tools.alternate({"with": lambda: spent(bearer), "without": lambda: spent({})})
    return [
        ratio_figure(
            name="The list of courses by API, asked for with an access token",
            values=samples["with"],
            unit="ms of processor time",
            limit_name="the same without one",
            limits=samples["without"],
            target="at most 2 times",
            at_most=2,
            run=f"GET {READ}; granian WSGI, 1 worker, 1 thread; {tools.generator()}, 1 connection; "
            "signature, session and user of the token are looked at each time",
        )
    ]
