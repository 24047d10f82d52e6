"""Reading JSON bodies: by orjson, bounded, and with one clear refusal."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


class OrjsonParser(BaseParser):
    """Parses UTF-8 JSON; NaN, lone surrogates and bottomless nesting are refused (400)."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value in ``stream``; the base view has bounded its length."""
        try:
            return orjson.loads(stream.read())
        except (orjson.JSONDecodeError, RecursionError) as exc:
            raise ParseError(_("The body is not valid JSON."), code="malformed_json") from exc
