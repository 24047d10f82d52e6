"""Sign-in by API: allauth's headless views, answered in the one envelope (F1)."""

import json
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import parse_rates
from allauth.headless.account import views
from allauth.headless.account.inputs import SignupInput as AllauthSignupInput
from allauth.headless.internal.restkit import inputs
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.formatter import flatten_errors
from rest_framework.exceptions import APIException, Throttled

from campus.accounts.forms import ResetPasswordForm, SameTimeForAll, either_is_enough
from portal.api import throttling
from portal.api.envelope import JSON, dumps, error_entry, failure
from portal.api.errors import error_response
from portal.api.parsers import read_json, refuse_unreadable
from portal.permissions import PUBLIC

View = Callable[..., HttpResponse]
LOCK = parse_rates(settings.ACCOUNT_RATE_LIMITS["login_failed"])

# What an answer without errors of its own says, by status.
SENTENCES: dict[int, tuple[str, Any]] = {
    400: ("invalid", _("The request is not valid.")),
    401: ("not_authenticated", _("Sign in first.")),
    403: ("permission_denied", _("You may not do this.")),
    404: ("not_found", _("There is nothing here.")),
    405: ("method_not_allowed", _("This method is not allowed here.")),
    409: ("conflict", _("This is not possible now.")),
    410: ("session_ended", _("This session has ended. Sign in again.")),
    429: ("throttled", _("Too many requests. Wait a little.")),
}
# What a sign-in that is not finished still waits for, by allauth's name of the stage.
PENDING: dict[str, Any] = {
    "verify_email": _("Enter the code that was sent to the e-mail address."),
    "verify_phone": _("Enter the code that was sent to the phone."),
    "mfa_authenticate": _("Enter the code of your authenticator app, or use a passkey."),
    "password_reset_by_code": _("Enter the code that was sent, and a new password."),
    "reauthenticate": _("Enter your password again."),
    "mfa_reauthenticate": _("Enter the code of your authenticator app again."),
}


class SignupInput(SameTimeForAll, AllauthSignupInput):
    """Registration with e-mail, phone or both (P1)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        either_is_enough(self)


class SignupView(views.SignupView):
    """allauth's registration with our input."""

    input_class = {"POST": SignupInput}


class RequestPasswordResetInput(ResetPasswordForm, inputs.Input):
    """``email`` holds an e-mail address or a phone number (P5)."""


class RequestPasswordResetView(views.RequestPasswordResetView):
    """allauth's request for a code, for phones too."""

    input_class = RequestPasswordResetInput


def in_envelope(patterns: Sequence[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The same addresses, each view answering in the envelope and with a declared policy.

    They are open to all: allauth itself asks for a session where one is needed, and answers 401.
    """
    wrapped: list[URLPattern | URLResolver] = []
    for one in patterns:
        if isinstance(one, URLResolver):
            wrapped.append(
                URLResolver(
                    one.pattern,
                    in_envelope(one.url_patterns),
                    one.default_kwargs,
                    one.app_name,
                    one.namespace,
                )
            )
        else:
            view = _enveloped(one.callback)
            wrapped.append(URLPattern(one.pattern, view, one.default_args, one.name))
    return wrapped


def _enveloped(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            throttling.check_address(request)
            refuse_bad_body(request)
            response = view(request, *args, **kwargs)
        except ImmediateHttpResponse as instead:
            response = instead.response
        except Throttled as refused:
            response = HttpResponse(
                status=429, headers={"Retry-After": str(getattr(refused, "wait", None) or 1)}
            )
        except (OverflowError, DataError):  # a number that no database holds
            response = HttpResponse(status=400)
        except (APIException, SuspiciousOperation) as refused:
            response = refused_body(refused)
        response = tell_limits(request, envelope(response))
        return response

    answer.policy = PUBLIC  # type: ignore[attr-defined]
    return answer


def refuse_bad_body(request: HttpRequest) -> None:
    """Refuse a body before allauth reads it: what is no JSON, too deep, or holds text that is none.

    Raises ``ParseError`` or ``ValidationError`` (which names the fields), ``RequestDataTooBig``.
    """
    if request.method in {"GET", "HEAD"} or not request.body:
        return
    refuse_unreadable(read_json(request.body))


def refused_body(refused: APIException | SuspiciousOperation) -> HttpResponse:
    """The answer to a body that is not read, in the envelope."""
    if not isinstance(refused, APIException):
        return error_response(413 if isinstance(refused, RequestDataTooBig) else 400)
    entries = [
        error_entry(entry.code, entry.detail, entry.attr or None)
        for entry in flatten_errors(refused.detail)
    ]
    return HttpResponse(dumps(failure(entries)), content_type=JSON, status=refused.status_code)


def tell_limits(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """``response`` with what is left of the limit by address, and how long to wait where one is reached (F6).

    allauth's own limits do not say how long: it is their whole time at most.
    """
    for name, value in throttling.headers(request).items():
        response[name] = value
    waits = 60 if response.status_code == 429 else 0
    if response.status_code == 400 and b'"too_many_login_attempts"' in response.content:
        waits = max(int(rate.duration) for rate in LOCK)
    if waits:
        response.headers.setdefault("Retry-After", str(waits))
    return response


def envelope(response: HttpResponse) -> HttpResponse:
    """``response`` of allauth with its facts under our four keys; status and headers stay."""
    is_json = response.headers.get("Content-Type", "").startswith("application/json")
    body = json.loads(response.content) if is_json and response.content else {}
    failed = response.status_code >= 400
    errors = [
        {"code": e.get("code"), "message": e.get("message"), "param": e.get("param")}
        for e in body.get("errors") or []
    ]
    if failed and not errors:
        errors = [_missing_error(response.status_code, body.get("data"))]
    content = {
        "status": "error" if failed else "success",
        "data": body.get("data"),
        "meta": body.get("meta") or {},
        "errors": errors,
    }
    if not is_json:
        replaced = JsonResponse(content, status=response.status_code)
        for name, value in response.headers.items():
            if name not in {"Content-Type", "Content-Length"}:
                replaced.headers[name] = value
        replaced.cookies = response.cookies
        return replaced
    response.content = json.dumps(content).encode()
    return response


def _missing_error(status: int, data: Any) -> dict[str, Any]:
    """An error for an answer that carries none: what is pending, or what the status says."""
    flows = data.get("flows", []) if isinstance(data, dict) else []
    for flow in flows:
        if flow.get("is_pending") and flow["id"] in PENDING:
            return {"code": flow["id"], "message": str(PENDING[flow["id"]]), "param": None}
    code, message = SENTENCES.get(status, ("error", _("This is not possible now.")))
    return {"code": code, "message": str(message), "param": None}
