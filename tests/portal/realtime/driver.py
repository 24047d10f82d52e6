"""Another process of the portal, as a management command is one: does what tests tell it.

Reads one JSON object a line (``{"do": "publish", …}``), writes one JSON answer a line.
"""

import json
import sys
import time
import uuid
from typing import Any

import django

django.setup()

from django.contrib.auth import get_user_model, logout  # noqa: E402
from django.db import transaction  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.test import Client  # noqa: E402

from campus.accounts import services as accounts  # noqa: E402
from portal.models import StreamEvent  # noqa: E402
from portal.realtime import carrier, sessions, streams  # noqa: E402
from tests import factories  # noqa: E402

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def user() -> int:
    """A new user."""
    return int(factories.user(email=f"{uuid.uuid4().hex}@example.org").pk)


def token(user: int) -> str:
    """An access token of a new session."""
    return factories.access_token(get_user_model().objects.get(pk=user))


def session(user: int) -> str:
    """The key of a new session."""
    client = Client()
    client.force_login(get_user_model().objects.get(pk=user), backend=BACKEND)
    return str(client.session.session_key)


def publish(user: int, count: int = 1, size: int = 0, pause: float = 0) -> None:
    """Events in a person's stream, each in a transaction of its own."""
    for number in range(count):
        with transaction.atomic():
            streams.publish(
                streams.user_stream(user),
                "notification.created",
                {
                    "id": "00000000-0000-0000-0000-000000000000",
                    "type": "test",
                    "title": f"Title {number}",
                    "body": "x" * size,
                    "path": "",
                    "action": "",
                    "created_at": "2026-01-01T00:00:00Z",
                    "unread": number,
                },
            )
        if pause:
            time.sleep(pause)
    carrier.drain()


def publish_and_roll_back(user: int) -> None:
    """A write that fails after it published."""
    try:
        with transaction.atomic():
            streams.publish(streams.user_stream(user), "notification.read", {"unread": 0})
            raise ZeroDivisionError
    except ZeroDivisionError:
        return


def sign_out(key: str) -> None:
    """What Django's and allauth's sign-out do."""
    client = Client()
    client.cookies["sessionid"] = key
    request = HttpRequest()
    request.session = client.session
    request.user = get_user_model().objects.get(pk=request.session["_auth_user_id"])
    logout(request)
    carrier.drain()


def end_session(user: int, key: str) -> None:
    """What ending one session in the list of them does to its sockets."""
    sessions.end_sockets(user, session_key=key)
    carrier.drain()


def end_sessions(user: int) -> None:
    """What a password change and disabling do."""
    accounts.end_sessions(user=get_user_model().objects.get(pk=user))
    carrier.drain()


def forget_events(user: int, up_to: int) -> None:
    """As if they were pruned."""
    StreamEvent.objects.filter(stream__name=f"user:{user}", number__lte=up_to).delete()


def renew_epochs() -> None:
    """As after a restore."""
    streams.renew_epochs()


COMMANDS: dict[str, Any] = {
    call.__name__: call
    for call in (
        user,
        token,
        session,
        publish,
        publish_and_roll_back,
        sign_out,
        end_session,
        end_sessions,
        forget_events,
        renew_epochs,
    )
}

if __name__ == "__main__":
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps({"answer": COMMANDS[order.pop("do")](**order)}), flush=True)
