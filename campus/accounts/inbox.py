"""The development inbox: mails and text messages as they would have been sent, kept in one local file.

It exists in development only (``DEVELOPMENT_INBOX``): in production nothing is written and its page has
no address.
"""

import datetime as dt
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

KEPT = 200
CODE = re.compile(r"(?<![\w.@+-])(\d{6})(?![\w@-]|\.\d)")


@dataclass(frozen=True)
class Kept:
    """One kept message; ``kind`` is ``email`` or ``sms``."""

    kind: str
    to: list[str]
    subject: str
    body: str
    at: dt.datetime

    @property
    def code(self) -> str:
        """The one-time code in it, if there is one."""
        found = CODE.search(self.body)
        return found.group(1) if found else ""


def _file() -> Path:
    return Path(settings.VAR_DIR) / "inbox.jsonl"


def keep(*, kind: str, to: Sequence[str], subject: str, body: str) -> None:
    """Print a message to the console and append it to the inbox; the oldest beyond 200 are dropped."""
    if not settings.DEVELOPMENT_INBOX:
        return
    line = {"kind": kind, "to": list(to), "subject": subject, "body": body}
    title = "text message" if kind == "sms" else f"mail: {subject}"
    sys.stdout.write(f"--- {title} → {', '.join(to)}\n{body}\n---\n")
    sys.stdout.flush()
    path = _file()
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**line, "at": timezone.now().isoformat()}) + "\n")
    if path.stat().st_size > 1_000_000:
        lines = path.read_text("utf-8").splitlines()[-KEPT:]
        path.write_text("\n".join(lines) + "\n", "utf-8")


def messages() -> list[Kept]:
    """What is kept, newest first."""
    path = _file()
    if not path.exists():
        return []
    kept = []
    for line in path.read_text("utf-8").splitlines()[-KEPT:]:
        row = json.loads(line)
        kept.append(Kept(**{**row, "at": dt.datetime.fromisoformat(row["at"])}))
    return kept[::-1]


class DevelopmentEmailBackend(BaseEmailBackend):
    """Prints mails and keeps them in the inbox; sends nothing."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep each of them."""
        for message in email_messages:
            keep(
                kind="email",
                to=message.recipients(),
                subject=str(message.subject),
                body=str(message.body),
            )
        return len(email_messages)
