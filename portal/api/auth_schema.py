"""Sign-in in our OpenAPI document: allauth's own description, at our addresses, in our envelope."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

import allauth.headless.spec
import yaml
from allauth.headless.adapter import get_adapter
from django.urls import Resolver404, resolve

OLD, NEW = "/_allauth/{client}/v1", "/api/v1/auth/app/v1"
PREFIX = "Auth"
ROLES = "\n\n**Roles:** everyone; what needs a sign-in answers 401 without one"
NOTE = (
    " (The same below `/api/v1/auth/browser/v1/` for front ends on this site, with cookies and CSRF "
    "token.)"
)
METHODS = ("get", "post", "put", "patch", "delete")
ALWAYS = ("400", "401", "403", "409", "429", "500")
"""What every address of sign-in may answer beside what allauth says of it."""
NOTHING: dict[str, Any] = {"type": "null"}

Envelope = Callable[[dict[str, Any], dict[str, Any] | None], dict[str, Any]]
Refusal = Callable[[str], dict[str, Any]]


def _renamed(node: Any) -> Any:
    """``node`` with its references led to our names, and its nulls said as OpenAPI 3.1 says them."""
    if isinstance(node, dict):
        made = {
            key: value.replace("/schemas/", f"/schemas/{PREFIX}")
            if key == "$ref" and isinstance(value, str)
            else _renamed(value)
            for key, value in node.items()
            if not (key == "nullable" and value is True)
        }
        return {"anyOf": [made, NOTHING]} if node.get("nullable") is True else made
    return [_renamed(inner) for inner in node] if isinstance(node, list) else node


def _references(node: Any, found: set[str]) -> set[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            found.add(node["$ref"])
        for value in node.values():
            _references(value, found)
    elif isinstance(node, list):
        for value in node:
            _references(value, found)
    return found


def _look_up(document: dict[str, Any], reference: str) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


_TYPES = {str: "string", int: "integer", bool: "boolean"}


def _type_of(kind: Any) -> dict[str, Any]:
    """The schema of a field of a dataclass; a string where it is of no type that JSON knows."""
    if get_origin(kind) is list:
        return {"type": "array", "items": _type_of(get_args(kind)[0])}
    options = get_args(kind) or (kind,)
    types = [
        "null" if one is NoneType else _TYPES.get(one, "string")
        for one in options
        if isinstance(one, type)
    ]
    return {"type": types[0] if len(types) == 1 else types or "string"}


def _user() -> dict[str, Any]:
    """The user in answers, as our adapter gives it."""
    told = fields(get_adapter().get_user_dataclass())
    properties = {}
    for field in told:
        properties[field.name] = _type_of(field.type)
        if field.metadata.get("description"):
            properties[field.name]["description"] = field.metadata["description"]
    return {"type": "object", "properties": properties, "required": list(properties)}


def _followed(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """``node``, or what it refers to."""
    return _look_up(document, node["$ref"]) if "$ref" in node else node


def _answers(
    document: dict[str, Any], operation: dict[str, Any], envelope: Envelope, refusal: Refusal
) -> dict[str, Any]:
    """What an operation answers: allauth's facts in our envelope, and every refusal it knows."""
    told = operation.get("responses", {})
    answers: dict[str, Any] = {}
    for status in sorted({*told, *ALWAYS}):
        if int(status) >= 400:
            answers[status] = refusal(status)
            continue
        response = _followed(document, told[status])
        content = response.get("content", {}).get("application/json", {})
        properties = _followed(document, content.get("schema", {})).get("properties", {})
        schema = envelope(properties.get("data", NOTHING), properties.get("meta"))
        answers[status] = {
            "description": (response.get("description") or "Done.").strip(),
            "content": {"application/json": {"schema": schema}},
        }
    return answers


def _operation(
    document: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> dict[str, Any]:
    summary = operation.get("summary", "")
    body = operation.get("requestBody")
    if body and "$ref" in body:
        body = _look_up(document, body["$ref"])
    slug = path.removeprefix(NEW).strip("/").replace("/", "_").replace("-", "_")
    made: dict[str, Any] = {
        "operationId": f"{slug}_{method}",
        "summary": summary,
        "description": (operation.get("description") or f"{summary}.").strip() + NOTE + ROLES,
        "tags": ["auth"],
        "security": [{"jwt": []}, {}],
    }
    if body:
        made["requestBody"] = body
    return made


def auth_part(envelope: Envelope, refusal: Refusal) -> tuple[dict[str, Any], dict[str, Any]]:
    """The paths of sign-in and the schemas they need.

    ``envelope`` makes the schema of a success of those of ``data`` and ``meta``, ``refusal`` the answer of
    a status.
    """
    source = Path(allauth.headless.spec.__file__).parent / "doc" / "openapi.yaml"
    document: dict[str, Any] = _renamed(yaml.safe_load(source.read_text()))
    theirs = document["components"]["schemas"]
    theirs = {f"{PREFIX}{name}": schema for name, schema in theirs.items()}
    theirs[f"{PREFIX}User"] = _user()
    methods = theirs[f"{PREFIX}AccountConfiguration"]["properties"]["login_methods"]["items"]
    methods["enum"] = sorted({*methods["enum"], "phone"})  # which allauth forgets to name
    document["components"]["schemas"] = theirs
    paths: dict[str, Any] = {}
    for old, item in document["paths"].items():
        path = old.replace(OLD, NEW)
        if not path.startswith(NEW) or "{" in path or not _served(path):
            continue
        paths[path] = {
            method: {
                **_operation(document, method, path, item[method]),
                "responses": _answers(document, item[method], envelope, refusal),
            }
            for method in METHODS
            if method in item
        }
    schemas: dict[str, Any] = {}
    waiting = _references(paths, set())
    while waiting:
        name = waiting.pop().rsplit("/", 1)[-1]
        if name in theirs and name not in schemas:
            schemas[name] = theirs[name]
            waiting |= _references(theirs[name], set())
    return paths, schemas


def _served(path: str) -> bool:
    try:
        found = resolve(path)
    except Resolver404:
        return False
    return found.func.__module__ != "portal.api.fallback"
