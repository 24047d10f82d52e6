"""Text messages: one small interface and the gateways that fill it."""

import json
import urllib.request
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from campus.accounts import inbox


class Gateway(Protocol):
    """What sends a text message."""

    def send(self, *, to: str, text: str) -> None:
        """Send ``text`` to the number ``to`` (E.164); raises ``OSError`` if it was not taken."""


class DevelopmentGateway:
    """Prints the message and keeps it in the development inbox; sends nothing."""

    def send(self, *, to: str, text: str) -> None:
        """Print and keep."""
        inbox.keep(kind="sms", to=[to], subject="", body=text)


class WebhookGateway:
    """Posts ``{"to", "text"}`` as JSON to ``SMS_GATEWAY_URL``, with ``SMS_GATEWAY_TOKEN`` as bearer."""

    timeout = 10  # seconds

    def send(self, *, to: str, text: str) -> None:
        """Post; an answer other than 2xx raises ``OSError`` (``urllib.error.HTTPError`` is one)."""
        url = settings.SMS_GATEWAY_URL
        if not url.startswith("https://"):
            raise OSError("SMS_GATEWAY_URL must be an https address.")
        request = urllib.request.Request(  # noqa: S310 (the scheme is checked above)
            url,
            data=json.dumps({"to": to, "text": text}).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}",
            },
        )
        with urllib.request.urlopen(request, timeout=self.timeout):  # noqa: S310
            pass


def send(*, to: str, text: str) -> None:
    """Send a text message through the configured gateway; without one, nothing is sent."""
    if settings.SMS_GATEWAY:
        gateway: Gateway = import_string(settings.SMS_GATEWAY)()
        gateway.send(to=to, text=text)
