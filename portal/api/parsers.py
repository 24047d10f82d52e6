"""Reading bodies: JSON by orjson, bounded, with one clear refusal; texts by the rule of ``portal.text``."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser

from portal import text


def read_json(raw: bytes) -> Any:
    """The value that ``raw`` holds; raises ParseError (400).

    NaN, infinity, lone surrogates, broken UTF-8 and nesting deeper than ``text.MAX_DEPTH`` are refused.
    """
    try:
        value = orjson.loads(raw)
        list(text.refusals(value))
    except (orjson.JSONDecodeError, RecursionError) as exc:
        raise ParseError(_("The body is not valid JSON."), code="malformed_json") from exc
    return value


def refuse_unreadable(data: Any) -> None:
    """Raise ValidationError (400) that names each field of ``data`` whose text is none (``portal.text``).

    ``data`` is what a parser gave: JSON, or a form with its files, whose names are looked at too.
    """
    if isinstance(data, QueryDict | MultiValueDict):
        data = {
            name: [getattr(value, "name", value) for value in values]
            for name, values in data.lists()
        }
        found = {path.partition(".")[0]: told for path, told in text.refusals(data)}
    else:
        found = dict(text.refusals(data))
    if found:
        raise ValidationError(
            {path or "non_field_errors": [told] for path, told in found.items()}, code=text.CODE
        )


class OrjsonParser(BaseParser):
    """Parses UTF-8 JSON (see ``read_json``)."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value in ``stream``; the base view has bounded its length."""
        return read_json(stream.read())
