"""Examples for the OpenAPI document, made from the schemas themselves where none was written."""

import re
from typing import Any

_BY_FORMAT = {
    "date-time": "2026-08-24T09:30:00Z",
    "date": "2026-08-24",
    "time": "09:30:00",
    "uuid": "7f3c9a52-1a5b-4f0e-9f53-0d3c2f6a1b11",
    "email": "student@quad.example",
    "uri": "https://quad.example/",
    "decimal": "3.00",
    "duration": "P1D",
    "binary": "",
}
DEPTH = 10


def example_of(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0) -> Any:
    """A value that ``schema`` admits: its own example, or one made of its types.

    ``schemas`` holds the components that a ``$ref`` names.
    """
    if depth > DEPTH:
        return None
    inner = _stand_in(schema, schemas)
    if inner is not None:
        return example_of(inner, schemas, depth + 1)
    for key in ("example", "const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    return _by_type(schema, schemas, depth)


def _stand_in(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any] | None:
    """The schema that ``schema`` only points to, if it does."""
    if "$ref" in schema:
        found: dict[str, Any] = schemas.get(schema["$ref"].rsplit("/", 1)[-1], {})
        return found
    for key in ("oneOf", "anyOf", "allOf"):
        if schema.get(key):
            chosen: dict[str, Any] = schema[key][0]
            return chosen
    return None


def _by_type(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object" or "properties" in schema:
        value: Any = {
            name: example_of(inner, schemas, depth + 1)
            for name, inner in schema.get("properties", {}).items()
        }
    elif kind == "array":
        empty = schema.get("maxItems") == 0
        value = [] if empty else [example_of(schema.get("items", {}), schemas, depth + 1)]
    elif kind in {"integer", "number"}:
        value = schema.get("minimum", 1)
    elif kind == "string":
        text = _BY_FORMAT.get(schema.get("format", ""), "text")
        pattern = schema.get("pattern")
        value = text if not pattern or re.match(pattern, text) else "1"
    else:
        value = True if kind == "boolean" else None
    return value
