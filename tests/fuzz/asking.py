"""The ways of a drawn request to the portal: inside this process, or to a server that runs."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections

from portal.wsgi import application
from tests.access.asking import undone
from tests.access.people import Person
from tests.fuzz.storm import Ask


def headers_of(person: Person) -> dict[str, str]:
    """The access token of ``person``, as a header."""
    token = person.api.defaults.get("HTTP_AUTHORIZATION")
    return {"Authorization": str(token)} if token else {}


def in_process(case: Any, person: Person) -> Any:
    """Ask the portal's WSGI application; what the request did is taken back."""
    with undone():
        return case.call(app=application, headers=headers_of(person))


@contextmanager
def one_connection() -> Iterator[list[str]]:
    """Keep the test's connection, as Django's own client does; gives the traces of what was raised."""
    raised: list[str] = []

    def keep(**kwargs: Any) -> None:
        raised.append(traceback.format_exc(limit=-8))

    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    got_request_exception.connect(keep)
    try:
        yield raised
    finally:
        got_request_exception.disconnect(keep)
        for signal in signals:
            signal.connect(close_old_connections)


def at(address: str) -> Ask:
    """Ask the server at ``address``. What a request does, stays.

    Whoever is signed out by what was done (their account disabled, its sessions ended) comes back: else
    the rest would be asked by nobody.
    """

    def ask(case: Any, person: Person) -> Any:
        answer = case.call(base_url=address, headers=headers_of(person))
        if answer.status_code == 401 and person.user is not None:
            come_back(person)
            answer = case.call(base_url=address, headers=headers_of(person))
        return answer

    return ask


def come_back(person: Person) -> None:
    """Sign ``person`` in anew, with their account as it was."""
    user: Any = person.user
    type(user).objects.filter(pk=user.pk).update(is_active=True, email=user.email)
    person.__dict__.pop("api", None)
    person.api  # noqa: B018 (signs in)
