"""What the helper processes of benchmarks share (``bench/crowd.py`` starts them): Django, threads, lines.

Importing this sets Django up. A helper ends with ``serve(answer)``: it reads one JSON object a line from
its standard input and answers each with one line.
"""

import contextlib
import json
import os
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django

# Answers go to the standard output; whatever else is printed (logs) goes to the errors.
_answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
django.setup()

from django.contrib.auth.models import Group  # noqa: E402 (Django must be set up)
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402

from bench import rush_insert  # noqa: E402
from campus.accounts.models import User  # noqa: E402
from portal.api.tokens import claims  # noqa: E402
from portal.roles import Role  # noqa: E402

THREADS = 16


def user(email: str, role: Role) -> User:
    """An account with a role."""
    made = User.objects.create_user(email=email, password=None)
    made.groups.add(Group.objects.get_or_create(name=role)[0])
    return made


def token(who: User) -> str:
    """An access token of a new session."""
    from allauth.headless.tokens.strategies.jwt import internal  # noqa: PLC0415 (needs Django up)

    client = Client()
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    return str(internal.create_access_token(who, client.session, claims()))


class Crew:
    """Threads that stay, each with its own connections to the database, and start at one moment."""

    def __init__(self, threads: int = THREADS) -> None:
        self.threads = threads
        self.pool = ThreadPoolExecutor(threads)
        self.start = threading.Barrier(threads + 1)

    def run(
        self,
        calls: Sequence[Callable[[], Any]],
        *,
        kind: Callable[[Any], str],
        at: float = 0,
        bare: bool = False,
    ) -> tuple[float, Counter[str]]:
        """Seconds from the start (``at``, by the clock) to the last answer; how many answers of each kind.

        Every thread is connected before: by Django, or for the ``bare`` INSERT.
        """
        todo, seen = iter(calls), Counter[str]()
        lock = threading.Lock()

        def work() -> None:
            try:
                if bare:
                    rush_insert.connection()
                else:
                    connections["default"].ensure_connection()
            except Exception:
                self.start.abort()
                raise
            self.start.wait()
            while True:
                with lock:
                    call = next(todo, None)
                if call is None:
                    return
                try:
                    answer = call()
                except Exception as error:
                    answer = error
                with lock:
                    seen[kind(answer)] += 1

        working = [self.pool.submit(work) for _ in range(self.threads)]
        while at and time.time() < at:
            time.sleep(0.001)
        with contextlib.suppress(threading.BrokenBarrierError):
            self.start.wait()  # (what broke it is raised below)
        began = time.perf_counter()
        for error in [one.exception() for one in working]:
            if error is not None and not isinstance(error, threading.BrokenBarrierError):
                raise error
        return time.perf_counter() - began, seen


def class_of(answer: Any) -> str:
    """The kind of an answer: what it is; of an error, that it is one."""
    name = type(answer).__name__
    return f"error {name}" if isinstance(answer, Exception) else name


def bare_table() -> None:
    """The table of the bare INSERT."""
    with connection.cursor() as cursor:
        cursor.execute(rush_insert.TABLE)


def serve(answer: Callable[[dict[str, Any]], Any]) -> None:
    """Answer line by line until there are no more; an error is an answer."""
    assert os.environ["DATABASE_URL"]
    for line in sys.stdin:
        try:
            told: dict[str, Any] = {"done": answer(json.loads(line))}
        except Exception:
            told = {"broken": traceback.format_exc()}
        print(json.dumps(told), file=_answers, flush=True)
