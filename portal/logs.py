"""Logs (O3): one JSON object a line, with the request's id, without secrets, tokens or queries.

Everything passes ``scrub``: our own events, Django's, and those of the servers (uvicorn logs addresses
with their query).
"""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

HIDDEN = "[hidden]"
_SECRET_NAMES = re.compile(
    r"(?:^|_)(?:password\d?|passwd|secret|token|authorization|cookie|session_?key|sessionid|code|otp|"
    r"api_?key|private_?key|csrfmiddlewaretoken|signature|identity_?number)$",
    re.IGNORECASE,
)
_SECRET_TEXTS = (
    # A JSON web token, wherever it stands.
    (re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"), HIDDEN),
    # Authorization and cookie headers.
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)\b(sessionid|csrftoken)=[^;\s]+"), rf"\1={HIDDEN}"),
    # The query of an address.
    (re.compile(r"(/[\w./%~-]*)\?[^\s\"'<>]+"), rf"\1?{HIDDEN}"),
    # What opens a door by standing in an address: an invitation, a private calendar, a code at the door.
    (
        re.compile(
            r"(/(?:invitation/[^/\s]+/[^/\s]+|password_reset/confirm/[^/\s]+|"
            r"unsubscribe|calendar-feeds|here|confirm-email|reset/key)/)"
            r"[^/\s\"'<>?]+"
        ),
        rf"\1{HIDDEN}",
    ),
    # Credentials in an address (redis://:secret@host).
    (re.compile(r"(\w+://)[^/\s:@]*:[^/\s@]+@"), rf"\1{HIDDEN}@"),
    # name=value and "name": "value" of secrets.
    (
        re.compile(
            r"(?i)([\"']?\b\w*(?:password\d?|secret|secret_?key|token|otp|api_?key|private_?key)[\"']?\s*[:=]\s*)"
            r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&\"'})]+)"
        ),
        rf"\1{HIDDEN}",
    ),
)


def scrub_text(text: str) -> str:
    """``text`` with tokens, secrets and queries hidden."""
    for pattern, replacement in _SECRET_TEXTS:
        text = pattern.sub(replacement, text)
    return text


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, dict):
        return {
            key: HIDDEN if _SECRET_NAMES.search(str(key)) else _scrubbed(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_scrubbed(inner) for inner in value]
    return value


# Facts of every request line that hold nothing to hide, and are many.
_PLAIN = frozenset({"request_id", "ip", "method", "status", "ms", "user", "level", "timestamp"})


def scrub(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that hides what must not be in a log."""
    for key, value in event.items():
        if key in _PLAIN or key.startswith("_"):
            continue
        if key not in {"event", "exception"} and _SECRET_NAMES.search(key):
            event[key] = HIDDEN
        elif isinstance(value, str | dict | list | tuple):
            event[key] = _scrubbed(value)
    return event


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure() -> None:
    """Send structlog's events through the standard library's handlers."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _json(event: Any, **options: Any) -> str:
    from portal.api.envelope import dumps  # noqa: PLC0415 (logs are set up before Django is)

    return dumps(event).decode()


def formatter(style: str) -> logging.Formatter:
    """The formatter of every handler: ``json`` for machines, ``console`` for a person.

    Tracebacks are text before they are scrubbed, in both. structlog's own way for a console tells every
    frame's variables, secrets among them, and takes seconds for it.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=_json)
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder(allow=())],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            scrub,
            renderer,
        ],
    )


def logging_settings(level: str, style: str) -> dict[str, Any]:
    """Django's ``LOGGING``: one handler; the servers' loggers pass it too."""
    configure()
    through = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"quad": {"()": "portal.logs.formatter", "style": style}},
        "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "quad"}},
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            "django": {**through, "level": "INFO"},
            # Requests are told once, by FrameMiddleware; what crashed is told here with its traceback.
            "django.request": {**through, "level": "ERROR"},
            "django.server": {**through, "level": "WARNING"},
            "uvicorn": {**through, "level": "INFO"},
            "uvicorn.error": {**through, "level": "INFO"},
            "uvicorn.access": {**through, "level": "WARNING"},
            "_granian": {**through, "level": "INFO"},
            "granian.access": {**through, "level": "WARNING"},
            "apscheduler": {**through, "level": "WARNING"},
            "dramatiq": {**through, "level": "INFO"},
            # Two lines for each thing saved, and one for each page: what happened stands in the log of
            # the admin, what failed here.
            "django_tasks": {**through, "level": "WARNING"},
            "wagtail": {**through, "level": "WARNING"},
            "fontTools": {**through, "level": "WARNING"},
            # Tells codes and tokens of OpenID when it is asked for everything.
            "oauthlib": {**through, "level": "WARNING"},
        },
    }


def scrub_sentry(event: Any, hint: dict[str, Any]) -> Any:
    """What may go to Sentry: no query, cookies or headers of the asker, nothing that looks secret."""
    request = event.get("request")
    if isinstance(request, dict):
        for name in ("query_string", "cookies", "headers", "data", "env"):
            request.pop(name, None)
    return _scrubbed(event)
