"""Idempotency keys (F5): the same request sent twice is done once and answered the same.

The key's row, the work and the stored answer are one transaction. A request that comes while the
first still works waits for that row and then gets the first one's answer; after a crash neither row
nor work is there, and the key may be used again. Refusals (4xx) are answers and kept; failures of
ours (5xx) undo all, so that a repetition tries again. Kept for ``KEPT``, then removed by a job.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.envelope import Envelope, dumps, success
from portal.models import IdempotencyKey
from portal.permissions import signed_in

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = dt.timedelta(hours=24)
NOT_KEPT = frozenset({401, 429})


class KeyReused(exceptions.APIException):
    """The key stands for another request (422)."""

    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = gettext_lazy("This Idempotency-Key was used for another request.")


def fingerprint(request: Request) -> str:
    """A digest of what is asked: method, address and body.

    JSON is taken in one form, and a form with files by its fields and what is in the files: the words
    between its parts are others each time that a client sends it.
    """
    http = request._request
    digest = hashlib.sha256()
    for part in (http.method or "", http.get_full_path(), http.content_type or ""):
        digest.update(part.encode(errors="surrogateescape") + b"\0")
    if http.content_type == "multipart/form-data":
        _add_form(digest, request)
        return digest.hexdigest()
    body = http.body
    if http.content_type == "application/json":
        try:
            body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
        except (orjson.JSONDecodeError, TypeError):
            body = http.body
    digest.update(body)
    return digest.hexdigest()


def _add_form(digest: Any, request: Request) -> None:
    """Fields by name, files by their name and bytes, each with its length before it."""
    data: Any = request.data
    for name, values in sorted(data.lists()):
        for value in values:
            is_file = isinstance(value, UploadedFile)
            text = f"{name}={value.name if is_file else value}".encode()
            digest.update(b"%d:%b" % (len(text), text))
            if is_file:
                digest.update(b"%d:" % (value.size or 0))
                for piece in value.chunks():
                    digest.update(piece)
                value.seek(0)


def key_of(request: Request) -> str | None:
    """The request's key; raises ValidationError (400) if it is empty, too long or unprintable."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= 200 or not key.isascii() or not key.isprintable():
        message = _("Give 1 to 200 printable ASCII characters, such as a UUID.")
        raise exceptions.ValidationError({HEADER: [message]}, "invalid")
    return key


def _replay(request: Request, key: str, digest: str) -> Response:
    row = IdempotencyKey.objects.get(user=signed_in(request), key=key)
    if row.fingerprint != digest:
        raise KeyReused()
    response = Response(Envelope(orjson.loads(row.body)), status=row.status)
    response[REPLAYED] = "true"
    return response


def once(
    request: Request,
    key: str,
    work: Callable[[], Response],
    refuse: Callable[[Exception], Response],
) -> Response:
    """Run ``work`` unless the user's ``key`` has its answer already.

    ``refuse`` makes an answer of an exception. Raises KeyReused if the key stood for something else.
    """
    digest = fingerprint(request)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = IdempotencyKey.objects.create(
                    user=signed_in(request), key=key, route=request.path[:200], fingerprint=digest
                )
        except IntegrityError:
            return _replay(request, key, digest)
        try:
            with transaction.atomic():
                response = work()
        except Exception as exc:
            response = refuse(exc)
        if response.status_code >= 500 or response.status_code in NOT_KEPT:
            transaction.set_rollback(True)
            return response
        body = response.data if isinstance(response.data, Envelope) else success(response.data)
        row.status, row.body = response.status_code, dumps(body).decode()
        row.save(update_fields=["status", "body"])
    return response


def forget_old_keys(now: dt.datetime | None = None) -> int:
    """Remove the keys whose time is over; gives their number."""
    limit = (now or timezone.now()) - KEPT
    return IdempotencyKey.objects.filter(created_at__lt=limit).delete()[0]
