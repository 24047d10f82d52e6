"""The OpenAPI document (F2): envelope, roles, errors and limits of every operation, from the code itself.

``Schema`` is the base views' ``schema``: an app describes data alone (serializers, docstrings), and this
puts the envelope around it, tells the roles of its policy and the errors that can come.
"""

from typing import Any

from django.conf import settings
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from portal.api.auth_schema import auth_part
from portal.api.envelope import CODES
from portal.api.examples import example_of
from portal.permissions import Policy, policy_of
from portal.scopes import scope_of

ERROR = {"$ref": "#/components/schemas/Error"}
COMPONENTS: dict[str, Any] = {
    "Error": {
        "type": "object",
        "description": "What every refusal looks like.",
        "required": ["status", "data", "meta", "errors"],
        "properties": {
            "status": {"type": "string", "const": "error"},
            "data": {"type": "null"},
            "meta": {"type": "object", "additionalProperties": True},
            "errors": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/components/schemas/ErrorEntry"},
            },
        },
        "example": {
            "status": "error",
            "data": None,
            "meta": {},
            "errors": [{"code": "not_found", "message": "There is nothing.", "param": None}],
        },
    },
    "ErrorEntry": {
        "type": "object",
        "required": ["code", "message", "param"],
        "properties": {
            "code": {"type": "string", "description": "Stable, for programs."},
            "message": {"type": "string", "description": "For people, in the asked language."},
            "param": {
                "type": ["string", "null"],
                "description": "The parameter or field at fault.",
            },
        },
    },
    "PageMeta": {
        "type": "object",
        "required": ["page_size", "next_cursor", "previous_cursor"],
        "properties": {
            "page_size": {"type": "integer"},
            "next_cursor": {"type": ["string", "null"]},
            "previous_cursor": {"type": ["string", "null"]},
        },
        "additionalProperties": True,
    },
}
DESCRIPTIONS = {
    "200": "Done.",
    "201": "Made.",
    "202": "Taken; it happens soon.",
    "204": "Done; there is nothing to tell.",
    "304": "Not modified: what you hold (`If-None-Match`) is what it is.",
    "400": "A parameter or the body is not valid.",
    "401": "Sign in first.",
    "403": "You may see this but not do it.",
    "404": "There is nothing, or you may not see it.",
    "409": "A rule or what is stored forbids it; `code` says which.",
    "410": "This session has ended: sign in again.",
    "413": "The body is too large.",
    "415": "The body is of a kind that is not read.",
    "422": "The `Idempotency-Key` was used for another request.",
    "429": "Too many requests; `Retry-After` says how long to wait.",
    "500": "Something went wrong on our side.",
}
HEADERS = {
    "RateLimit-Limit": "Requests in the present time.",
    "RateLimit-Remaining": "Requests left of them.",
    "RateLimit-Reset": "Seconds until they begin anew.",
}


# A sign-in that is not finished tells in ``data`` what is still to do.
AUTH_ERROR = {
    "type": "object",
    "required": ["status", "data", "meta", "errors"],
    "properties": {
        "status": {"type": "string", "const": "error"},
        "data": {"type": ["object", "null"], "additionalProperties": True},
        "meta": {"type": "object", "additionalProperties": True},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ErrorEntry"}},
    },
}


def envelope_schema(data: dict[str, Any], meta: dict[str, Any] | None = None) -> dict[str, Any]:
    """The schema of a success that tells ``data``."""
    return {
        "type": "object",
        "required": ["status", "data", "meta", "errors"],
        "properties": {
            "status": {"type": "string", "const": "success"},
            "data": data,
            "meta": meta or {"type": "object", "additionalProperties": True},
            "errors": {"type": "array", "maxItems": 0, "items": {}},
        },
    }


class JwtScheme(OpenApiAuthenticationExtension):
    """Access tokens of allauth's headless API."""

    target_class = "allauth.headless.contrib.rest_framework.authentication.JWTTokenAuthentication"
    name = "jwt"
    match_subclasses = True

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """A bearer token in the Authorization header."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ProviderTokenScheme(OpenApiAuthenticationExtension):
    """Access tokens that the portal as OpenID provider gives to other systems (P7)."""

    target_class = "portal.api.provider_tokens.ProviderTokenAuthentication"
    name = "openid"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Where to find out how to get one."""
        address = f"{settings.SITE_URL}/.well-known/openid-configuration"
        return {"type": "openIdConnect", "openIdConnectUrl": address}

    def get_security_requirement(self, auto_schema: Any) -> Any:
        """The scope that the operation needs; nothing where it is closed to such tokens."""
        view = auto_schema.view
        action = getattr(view, "action", None) or auto_schema.method.lower()
        scope = scope_of(view, action)
        return {self.name: [scope]} if scope else []


class CookieScheme(SessionScheme):
    """The session of the site, for its own pages."""

    name = "session"
    priority = 1


def roles_of(policy: Policy | None) -> str:
    """A line on who may use an operation."""
    if policy is None:
        return "**Roles:** nobody"
    if not policy.signed_in:
        return "**Roles:** everyone"
    if policy.permission is None:
        return "**Roles:** everyone who is signed in"
    return f"**Roles:** holders of `{policy.permission}`"


class Schema(AutoSchema):
    """What drf-spectacular finds, in our form."""

    def _policy(self) -> Policy | None:
        action = getattr(self.view, "action", None)
        return policy_of(self.view, action or self.method.lower())

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """The operation, with who may use it at the end of its words."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None:
            words = str(operation.get("description") or "").strip()
            operation["description"] = f"{words}\n\n{roles_of(self._policy())}".strip()
        return operation

    def get_auth(self) -> list[dict[str, Any]]:
        """No lock on what everyone may use; there a token is possible, not needed."""
        schemes: list[dict[str, Any]] = super().get_auth()
        policy = self._policy()
        if policy is not None and not policy.signed_in:
            return [*[scheme for scheme in schemes if scheme], {}]
        return [scheme for scheme in schemes if scheme]

    def _idempotent(self) -> bool:
        return self.method == "POST" and getattr(self.view, "idempotent", False)

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        if self._idempotent():
            parameters.append(
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": False,
                    "description": "The same key gives the same answer and is done once.",
                    "schema": {"type": "string", "maxLength": 200},
                    "example": "7f3c9a52-1a5b-4f0e-9f53-0d3c2f6a1b11",
                }
            )
        return parameters

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        found: dict[str, Any] = super()._get_response_bodies(direction)
        answers = {
            status: self._enveloped(status, answer)
            for status, answer in found.items()
            if int(status) < 400
        }
        # An operation may name refusals of its own: of one thing, where the door is open to all.
        for status in sorted({*self._errors(), *(own for own in found if int(own) >= 400)}):
            answers[status] = {
                "description": DESCRIPTIONS[status],
                "content": {"application/json": {"schema": ERROR}},
            }
        if self.method == "GET":
            answers["304"] = {"description": DESCRIPTIONS["304"]}
        return dict(sorted(answers.items()))

    def _enveloped(self, status: str, answer: dict[str, Any]) -> dict[str, Any]:
        answer = {**answer, "description": answer.get("description") or DESCRIPTIONS[status]}
        answer["headers"] = {
            name: {"description": words, "schema": {"type": "integer"}}
            for name, words in HEADERS.items()
        }
        content = answer.get("content", {}).get("application/json")
        if content is None or status == "204":
            answer.pop("content", None) if status == "204" else None
            if status != "204" and "content" not in answer:
                answer["content"] = {
                    "application/json": {"schema": self._envelope({"type": "null"})}
                }
            return answer
        content = {**content, "schema": self._envelope(content.get("schema", {}))}
        answer["content"] = {**answer["content"], "application/json": content}
        return answer

    def _envelope(self, data: dict[str, Any]) -> dict[str, Any]:
        paged = self._is_list_view() and getattr(self.view, "pagination_class", None) is not None
        meta = None
        if paged and data.get("type") == "array":
            meta = {"$ref": "#/components/schemas/PageMeta"}
        return envelope_schema(data, meta)

    def _errors(self) -> list[str]:
        """The errors that this operation can answer with."""
        # 401 where everyone may too: a token that is not good is refused, not taken for nobody's.
        statuses = ["400", "401", "404", "429", "500"]
        policy = self._policy()
        if policy is None or policy.permission is not None:
            statuses += ["403"]
        if self.method in {"POST", "PUT", "PATCH", "DELETE"}:
            statuses += ["403", "409", "413", "415"]
        if self._idempotent():
            statuses += ["422"]
        return sorted(set(statuses))


def only_ours(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Leave the admin's own APIs out of the document."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


def finish(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the shared components, and an example to each answer that has none."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(COMPONENTS)
    paths, more = auth_part(envelope_schema, _auth_refusal)
    result.setdefault("paths", {}).update(paths)
    schemas.update(more)
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            for status, answer in operation.get("responses", {}).items():
                content = answer.get("content", {}).get("application/json")
                if content is None or "example" in content or "examples" in content:
                    continue
                if int(status) < 400:
                    content["example"] = example_of(content["schema"], schemas)
                else:
                    content["example"] = _error_example(status)
    return result


def _auth_refusal(status: str) -> dict[str, Any]:
    """A refusal of sign-in; with 401 and 404 ``data`` and ``meta`` may tell what there is to do."""
    schema = AUTH_ERROR if status in {"401", "404", "410"} else ERROR
    return {
        "description": DESCRIPTIONS[status],
        "content": {"application/json": {"schema": schema}},
    }


def _error_example(status: str) -> dict[str, Any]:
    code = CODES.get(int(status), "conflict")
    entry = {"code": code, "message": DESCRIPTIONS[status], "param": None}
    return {"status": "error", "data": None, "meta": {}, "errors": [entry]}
