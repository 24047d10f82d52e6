"""How large a request's body may be: looked at before anything reads it, for pages and API alike."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings


def max_body(content_type: str) -> int:
    """The most bytes that a body of ``content_type`` may have: files are larger than words."""
    if content_type.startswith("multipart/"):
        return int(settings.API_MAX_UPLOAD)
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 2_621_440)


def body_problem(meta: Mapping[str, Any]) -> int | None:
    """The status to refuse a body with by what its headers say: 400, 413; None if it may be read.

    ``meta`` is ``request.META``. A body without a length is not read at all (WSGI gives none of it).
    """
    length = str(meta.get("CONTENT_LENGTH") or "0")
    if not (length.isascii() and length.isdigit()):
        return 400
    if len(length) > 18 or int(length) > max_body(str(meta.get("CONTENT_TYPE") or "").lower()):
        return 413
    return None
