"""The one form of every answer (F1): ``{"status", "data", "meta", "errors"}``, written by orjson."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

_OPTIONS = orjson.OPT_UTC_Z
JSON = "application/json"


class Envelope(dict[str, Any]):
    """A dict of the four keys; the renderer wraps whatever is not one yet."""

    __slots__ = ()


def success(data: Any, meta: Mapping[str, Any] | None = None) -> Envelope:
    """The envelope of an answer that tells ``data``."""
    return Envelope(status="success", data=data, meta=dict(meta or {}), errors=[])


def error_entry(code: str, message: Any, param: str | None = None) -> dict[str, Any]:
    """One entry of ``errors``: a stable code, a sentence for people, the parameter at fault."""
    return {"code": code, "message": str(message), "param": param}


def failure(errors: Iterable[Mapping[str, Any]], meta: Mapping[str, Any] | None = None) -> Envelope:
    """The envelope of an answer that tells what is wrong; ``errors`` as of ``error_entry``."""
    return Envelope(status="error", data=None, meta=dict(meta or {}), errors=list(errors))


def answer(
    data: Any = None, *, status: int = 200, meta: Mapping[str, Any] | None = None
) -> Response:
    """The response of an API view: ``data`` in the envelope, with ``meta`` beside it."""
    return Response(success(data, meta), status=status)


def _plain(value: Any) -> Any:
    """What orjson does not know: translations, decimals, sets, durations and other iterables."""
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, set | frozenset | tuple) or hasattr(value, "__iter__"):
        return list(value)
    return str(value)


def dumps(value: Any) -> bytes:
    """``value`` as JSON bytes; times in UTC with Z, decimals and ids as strings."""
    try:
        return orjson.dumps(value, default=_plain, option=_OPTIONS)
    except TypeError:
        # Keys that are not plain strings (numbers, choices): rare, and slower to write.
        return orjson.dumps(value, default=_plain, option=_OPTIONS | orjson.OPT_NON_STR_KEYS)


class EnvelopeRenderer(BaseRenderer):
    """Writes every answer of our own views in the envelope.

    It stands on our base views and not in the global default: Wagtail's apps have API views of
    their own, whose clients expect another form.
    """

    media_type = JSON
    format: Literal["json"] = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The bytes of the answer; none for 204 and 304, which have no body."""
        response = (renderer_context or {}).get("response")
        if response is not None and response.status_code in {204, 304}:
            return b""
        return dumps(data if isinstance(data, Envelope) else success(data))


# Codes of statuses that come without one of their own (a 404 of the router, a 413 of the proxy).
CODES = {
    400: "bad_request",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    429: "throttled",
    500: "server_error",
    503: "unavailable",
}
SENTENCES = {
    400: gettext_lazy("The request could not be understood."),
    401: gettext_lazy("Sign in first."),
    403: gettext_lazy("You may not do this."),
    404: gettext_lazy("There is nothing at this address, or you may not see it."),
    405: gettext_lazy("This method is not possible at this address."),
    413: gettext_lazy("The request is too large."),
    429: gettext_lazy("Too many requests. Wait a moment."),
    500: gettext_lazy("Something went wrong on our side. It has been noted."),
    503: gettext_lazy("The service is busy. Try again in a moment."),
}
