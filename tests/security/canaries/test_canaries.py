"""O3: no secret stands in a log, an error that is reported, a job or the database; on a real server.

Every secret that is sent holds a word that stands nowhere else. Afterwards the word is looked for in all
that the process has printed (at DEBUG), in what it has reported as an error, in every row of every table,
and in Redis where there is one.
"""

import contextlib
import json
import re
import time
import uuid
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from campus.accounts.models import User
from tests import factories, processes
from tests.security.canaries.sinks import Collector, Parrot

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
API = "/api/v1/auth/app/v1"


class Cage:
    """A server with its sinks, and the canaries that were let out."""

    def __init__(self, address: str, log: Path, mail: Parrot, errors: Collector) -> None:
        self.host = address.removeprefix("http://")
        self.log, self.mail, self.errors = log, mail, errors
        self.birds: dict[str, str] = {}
        self.statuses: list[int] = []

    def bird(self, what: str) -> str:
        """A new secret, remembered under what it is."""
        word = f"Kanarie{uuid.uuid4().hex[:16]}"
        self.birds[word.lower()] = what
        return word

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request over the line; JSON for the API, a form for pages."""
        link = HTTPConnection(self.host, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None
        if body is not None:
            api = path.startswith("/api/")
            data = json.dumps(body) if api else urlencode(body)
            sent["Content-Type"] = (
                "application/json" if api else "application/x-www-form-urlencoded"
            )
        with contextlib.closing(link):
            link.request(method, path, data, sent)
            answer = link.getresponse()
            answer.text = answer.read().decode(errors="replace")  # type: ignore[attr-defined]
        self.statuses.append(answer.status)
        return answer

    def page(self, path: str, body: dict[str, str]) -> Any:
        """Send a page's form as a browser does, with the token that its cookie carries."""
        first = self.ask("GET", path)
        csrf = re.search(r"csrftoken=(\w+)", first.headers["Set-Cookie"] or "")
        assert csrf, path
        origin = f"http://{self.host}"
        return self.ask(
            "POST",
            path,
            {**body, "csrfmiddlewaretoken": csrf[1]},
            Cookie=f"csrftoken={csrf[1]}",
            Referer=f"{origin}{path}",
            Origin=origin,
        )

    def places(self) -> Iterator[tuple[str, str]]:
        """All that is kept of words: where, and what stands there."""
        yield "the log", self.log.read_text(errors="replace")
        yield "reported errors", "\n".join(self.errors.told)
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(
                    f'SELECT coalesce(string_agg(t::text, chr(10)), %s) FROM "{table}" t', [""]
                )
                yield f"the table {table}", cursor.fetchone()[0]
        if settings.REDIS_URL:
            import redis  # noqa: PLC0415

            store = redis.Redis.from_url(settings.REDIS_URL)
            for key in store.scan_iter():
                yield f"Redis at {key!r}", f"{key!r} {store.dump(key)!r}"

    def heard(self) -> list[str]:
        """What sang, and where."""
        found = []
        for place, words in self.places():
            lower = words.lower()
            found += [
                f"{what} stands in {place}" for bird, what in self.birds.items() if bird in lower
            ]
        return found


@pytest.fixture
def cage(tmp_path: Path, transactional_db: None) -> Iterator[Cage]:
    mail, errors, log = Parrot(), Collector(), tmp_path / "server.log"
    mail.start()
    try:
        with processes.serving(
            log,
            "tests.security.canaries.served:application",
            EMBEDDED="1",
            LOG_LEVEL="DEBUG",
            LOG_FORMAT="json",
            SENTRY_DSN=errors.dsn,
            SENTRY_TRACES="1.0",
            EMAIL_URL=f"smtp://127.0.0.1:{mail.port}",
        ) as address:
            yield Cage(address, log, mail, errors)
    finally:
        mail.stop()
        errors.stop()


def until(happened: Any, what: str) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def person(cage: Cage) -> tuple[User, str]:
    """Somebody whose password is a canary."""
    password = cage.bird("the password")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    return factories.user(factories.Role.STUDENT, password=password), password


def test_o3_no_secret_is_kept_anywhere(cage: Cage, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user, password = person(cage)
    login = {"email": user.email, "password": password}
    # Signing in: well, badly, by page, by code, with what is none.
    signed_in = json.loads(cage.ask("POST", f"{API}/auth/login", login).text)
    token = signed_in["meta"]["access_token"]
    for secret in (token, signed_in["meta"]["refresh_token"], signed_in["meta"]["session_token"]):
        cage.birds[secret.rpartition(".")[2].lower()] = "a token of a sign-in"
    bearer = {"Authorization": f"Bearer {token}"}
    cage.ask("POST", f"{API}/auth/login", {**login, "password": cage.bird("a wrong password")})
    cage.ask("POST", f"{API}/auth/login", {"email": cage.bird("a password in the wrong field")})
    cage.page("/en/account/login/", {"login": str(user.email), "password": password})
    cage.page("/en/account/login/", {"login": "x@y.example", "password": cage.bird("a wrong one")})
    new = {"email": "new@y.example", "password": cage.bird("a new password")}
    cage.ask("POST", f"{API}/auth/signup", new)
    cage.ask("POST", f"{API}/auth/password/request", {"email": user.email})
    cage.ask(
        "POST",
        f"{API}/auth/password/reset",
        {"key": cage.bird("a code"), "password": cage.bird("a new one")},
    )
    cage.ask("POST", f"{API}/auth/2fa/authenticate", {"code": cage.bird("a code of an app")})
    cage.ask("POST", f"{API}/auth/email/verify", {"key": cage.bird("a code of a mail")})
    cage.ask("POST", f"{API}/tokens/refresh", {"refresh_token": cage.bird("a refresh token")})
    # Headers, cookies and queries.
    cage.ask("GET", "/api/v1/profile/", Authorization=f"Bearer {cage.bird('a bearer')}")
    cage.ask("GET", "/api/v1/profile/", Authorization=f"Basic {cage.bird('a basic')}")
    cage.ask("GET", "/en/dashboard/", Cookie=f"sessionid={cage.bird('a session')}")
    cage.ask("GET", f"/api/v1/courses/?token={cage.bird('a token of a query')}")
    cage.ask("GET", f"/en/courses/?access_token={cage.bird('a token of a page')}")
    cage.ask("GET", "/api/v1/profile/", X_Session_Token=cage.bird("a session token"))
    cage.ask("GET", "/metrics", Authorization=f"Bearer {cage.bird('the token of metrics')}")
    cage.ask("POST", "/identity/o/api/token", {"client_secret": cage.bird("a client secret")})
    # Personal facts that are held encrypted.
    number = cage.bird("an identity number")
    answer = cage.ask("PATCH", "/api/v1/profile/", {"identity_number": number}, **bearer)
    assert answer.status == 200, answer.text
    cage.ask(
        "PATCH", "/api/v1/profile/", {"identity_number": f"{cage.bird('a bad number')}!!"}, **bearer
    )
    # Sockets: by query, by subprotocol, in frames.
    for query, protocols in (
        (f"?token={token}", None),
        (f"?token={cage.bird('a token of a socket')}", None),
        ("", ["bearer", cage.bird("a token of a subprotocol")]),
    ):
        with (
            contextlib.suppress(WebSocketException, OSError),
            connect(
                f"ws://{cage.host}/ws/notifications/{query}",
                subprotocols=protocols,  # type: ignore[arg-type]
            ) as socket,
        ):
            socket.send(json.dumps({"type": "resume", "token": cage.bird("a token of a frame")}))
            socket.recv(timeout=5)
    # Crashes that are reported.
    for path in ("/api/v1/-/crash/", "/en/-/crash/"):
        secrets = {
            "password": cage.bird("a password in a crash"),
            "code": cage.bird("a code in a crash"),
        }
        crashed = cage.ask(
            "POST",
            f"{path}?token={cage.bird('a token in a crash')}",
            secrets,
            Authorization=f"Bearer {token}" if "api" in path else "",
            Cookie=f"csrftoken={'a' * 32}; sessionid={cage.bird('a session in a crash')}",
            X_CSRFToken="a" * 32,
        )
        assert crashed.status == 500, (path, crashed.status)
    # Mails that the mail server refuses in their own words, tried from the outbox.
    until(lambda: len(cage.mail.heard) >= 2, "mails are tried")
    codes = {
        c.decode() for mail in cage.mail.heard for c in re.findall(rb"(?m)^\s*(\d{6})\s*$", mail)
    }
    assert codes, "a mail with a code was refused"
    until(
        lambda: sum("broken with" in told for told in cage.errors.told) >= 2, "errors are reported"
    )
    until(lambda: "job_failed" in cage.log.read_text(), "the refusals are logged")

    places = dict(cage.places())
    assert len(places["the log"].splitlines()) > 30, "the log speaks"
    assert "broken with" in places["the log"]
    assert not cage.heard()
    for code in codes:
        for place in ("the log", "reported errors", "the table portal_outboxmessage"):
            assert not re.search(rf"(?<![\w.:-]){code}(?![\w.:-])", places[place]), place


def test_o3_control_the_ear_hears(cage: Cage) -> None:
    """A secret in a place where it is no secret to the portal is found: the search is worth something."""
    word = cage.bird("a word of an address")
    cage.ask("GET", f"/en/{word}/")
    assert cage.heard() == ["a word of an address stands in the log"]
