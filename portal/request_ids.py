"""The name of a request, which its answer carries and its lines of log share."""

import re
import uuid
from typing import Any

from django.conf import settings

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id_for(meta: dict[str, Any]) -> str:
    """The id that a trusted proxy gave the request, else a new one; ``meta`` is ``request.META``."""
    given = meta.get("HTTP_X_REQUEST_ID", "")
    if given and settings.TRUSTED_PROXY_COUNT and _GIVEN.fullmatch(given):
        return str(given)
    return uuid.uuid4().hex
