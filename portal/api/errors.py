"""The one place where the API translates what was raised into an answer (F1).

Flattening of nested validation errors, rollback and reporting are drf-standardized-errors'; the form
is ours: ``errors: [{"code", "message", "param"}]``. Pages do the same in ``portal/pages.py``.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_standardized_errors.formatter import flatten_errors
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.response import Response

from portal.api.envelope import CODES, JSON, SENTENCES, Envelope, dumps, error_entry, failure
from portal.api.numbers import LONGEST
from portal.constraints import broken_constraint, constraint_message
from portal.errors import DomainError


class PayloadTooLarge(exceptions.APIException):
    """The body is larger than the server takes."""

    status_code = 413
    default_code = CODES[413]
    default_detail = SENTENCES[413]


class Busy(exceptions.APIException):
    """The database refused for the moment: a deadlock, a lock not had in time, no connection."""

    status_code = 503
    default_code = CODES[503]
    default_detail = SENTENCES[503]
    wait = 1


class Conflict(exceptions.APIException):
    """What is stored forbids it (409)."""

    status_code = 409
    default_code = CODES[409]
    default_detail = gettext_lazy("This is not possible now.")


def _integrity(exc: IntegrityError) -> Exception:
    """409 for a named constraint; a NOT NULL is a bug of ours and stays one."""
    name = broken_constraint(exc)
    return Conflict(constraint_message(name)) if name else exc


_KNOWN: tuple[tuple[tuple[type[Exception], ...], Callable[[Any], Exception]], ...] = (
    ((Http404,), lambda exc: exceptions.NotFound(SENTENCES[404])),
    ((PermissionDenied,), lambda exc: exceptions.PermissionDenied(SENTENCES[403])),
    ((RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent), lambda exc: PayloadTooLarge()),
    (
        (SuspiciousOperation, UnreadablePostError, BadRequest, MultiPartParserError),
        lambda exc: exceptions.ParseError(SENTENCES[400], code=CODES[400]),
    ),
    ((DjangoValidationError,), lambda exc: exceptions.ValidationError(get_error_detail(exc))),
    (
        (ProtectedError, RestrictedError),
        lambda exc: Conflict(_("Something else still needs this."), code="in_use"),
    ),
    ((IntegrityError,), _integrity),
    ((OperationalError,), lambda exc: Busy()),
)


def _known(exc: Exception) -> Exception:
    """The APIException that stands for what Django and the database raise; others unchanged."""
    for kinds, translate in _KNOWN:
        if isinstance(exc, kinds):
            return translate(exc)
    return exc


class EnvelopeExceptionHandler(ExceptionHandler):
    """Answers every exception of an API view in the envelope; reports what is our own fault."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Translate domain, Django and database errors."""
        if isinstance(exc, DataError | OverflowError):
            return self._out_of_range()
        return _known(exc)

    def _out_of_range(self) -> Exception:
        """400 for what the database holds no room for; names the filters that can be the reason."""
        told = _("A value is out of range.")
        request = self.context.get("request")
        asked = request.query_params.items() if request is not None else ()
        large = [
            name
            for name, value in asked
            if len(value) > LONGEST and str(value).lstrip("-").isdigit()
        ]
        return exceptions.ValidationError({name: [told] for name in large} or told, code="invalid")

    def should_not_handle(self, exc: Exception) -> bool:
        """Never: a 500 has the envelope too, in DEBUG as well; the traceback is in the log."""
        return False

    def format_exception(self, exc: exceptions.APIException) -> dict[str, Any]:
        """The envelope of ``exc``."""
        if not isinstance(self.exc, exceptions.APIException) and exc.status_code == 500:
            return failure([error_entry(CODES[500], SENTENCES[500])])
        errors = [
            error_entry(
                entry.code,
                entry.detail,
                None if entry.attr in {None, "non_field_errors", "__all__"} else entry.attr,
            )
            for entry in flatten_errors(exc.detail)
        ]
        return failure(errors, self._meta(exc))

    def _meta(self, exc: exceptions.APIException) -> dict[str, Any]:
        if isinstance(self.exc, IntegrityError) and (name := broken_constraint(self.exc)):
            return {"constraint": name}
        wait = getattr(exc, "wait", None)
        if wait:
            return {"retry_after": wait}
        return {}


def domain_error_response(exc: DomainError) -> Response:
    """The answer to a rule that refused: its status, code, sentence and facts."""
    meta = {"details": exc.details} if exc.details else {}
    return Response(
        failure([error_entry(exc.code, exc.message, exc.param)], meta), status=exc.status
    )


def exception_handler(exc: Exception, context: Any) -> Response | None:
    """What our base views call for everything raised in them."""
    if isinstance(exc, DomainError):
        return domain_error_response(exc)
    return EnvelopeExceptionHandler(exc, context).run()


def envelope_of_status(status: int) -> Envelope:
    """The envelope of a bare status, for errors that no view of ours raised."""
    kind = status if status in CODES else (400 if status < 500 else 500)
    sentence = SENTENCES.get(kind, SENTENCES[400])
    return failure([error_entry(CODES[kind], sentence)])


def error_response(status: int) -> HttpResponse:
    """A plain Django response with the envelope of ``status``."""
    return HttpResponse(dumps(envelope_of_status(status)), content_type=JSON, status=status)


def is_api(request: HttpRequest) -> bool:
    """Whether the answer to ``request`` is for programs, and so has the envelope."""
    return request.path_info.startswith("/api/")
