"""Calls to the headless API, as a front end makes them."""

import json
import re
from typing import Any

from django.core import mail
from django.test import Client

AUTH = "/api/v1/auth/app/v1"


def call(
    client: Client, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """A JSON request; gives status and body, whose envelope it checks (F1)."""
    response = client.generic(
        method,
        path if path.startswith("/api/") else AUTH + path,
        json.dumps(body) if body is not None else "",
        content_type="application/json",
        headers={k.replace("_", "-"): v for k, v in headers.items()},
    )
    content: dict[str, Any] = json.loads(response.content)
    assert set(content) == {"status", "data", "meta", "errors"}, content
    assert content["status"] == ("success" if response.status_code < 400 else "error")
    assert bool(content["errors"]) == (response.status_code >= 400), content
    for error in content["errors"]:
        assert set(error) == {"code", "message", "param"}, error
    return response.status_code, content


def sign_in(password: str, **login: str) -> tuple[int, dict[str, Any]]:
    """A sign-in from a place of its own."""
    return call(Client(), "POST", "/auth/login", {**login, "password": password})


def code_in(text: str) -> str:
    """The code in a mail or text message."""
    found = re.search(r"\b(\d{6})\b", text)
    assert found, text
    return found.group(1)


def last_mail() -> str:
    """The body of the last mail."""
    return str(mail.outbox[-1].body)
