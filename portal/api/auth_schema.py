"""Sign-in in our OpenAPI document: allauth's own description, at our addresses, in our envelope."""

import copy
from pathlib import Path
from typing import Any

import allauth.headless.spec
import yaml
from django.urls import Resolver404, resolve

OLD, NEW = "/_allauth/{client}/v1", "/api/v1/auth/app/v1"
PREFIX = "Auth"
ROLES = "\n\n**Roles:** everyone; what needs a sign-in answers 401 without one"
NOTE = (
    " (The same below `/api/v1/auth/browser/v1/` for front ends on this site, with cookies and CSRF "
    "token.)"
)
METHODS = ("get", "post", "put", "patch", "delete")


def _renamed(node: Any) -> Any:
    """``node`` with its references led to our names."""
    if isinstance(node, dict):
        return {
            key: value.replace("/schemas/", f"/schemas/{PREFIX}")
            if key == "$ref" and isinstance(value, str)
            else _renamed(value)
            for key, value in node.items()
        }
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


def auth_part(answers: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The paths of sign-in and the schemas they need; ``answers`` is what each can answer."""
    source = Path(allauth.headless.spec.__file__).parent / "doc" / "openapi.yaml"
    document: dict[str, Any] = yaml.safe_load(source.read_text())
    paths: dict[str, Any] = {}
    for old, item in document["paths"].items():
        path = old.replace(OLD, NEW)
        if not path.startswith(NEW) or "{" in path or not _served(path):
            continue
        paths[path] = {
            method: _operation(document, method, path, item[method])
            for method in METHODS
            if method in item
        }
    schemas: dict[str, Any] = {}
    waiting = _references(paths, set())
    while waiting:
        reference = waiting.pop()
        name = PREFIX + reference.rsplit("/", 1)[-1]
        if reference.startswith("#/components/schemas/") and name not in schemas:
            schemas[name] = _look_up(document, reference)
            waiting |= _references(schemas[name], set())
    paths = _renamed(paths)
    for item in paths.values():
        for operation in item.values():
            operation["responses"] = copy.deepcopy(answers)
    return paths, _renamed(schemas)


def _served(path: str) -> bool:
    try:
        found = resolve(path)
    except Resolver404:
        return False
    return found.func.__module__ != "portal.api.fallback"
