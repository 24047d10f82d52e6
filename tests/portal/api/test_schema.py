"""F2: the OpenAPI document is valid, whole, and what the running server really answers."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from campus.accounts.models import User
from portal.api.documents import document

pytestmark = pytest.mark.django_db
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def api_document() -> dict[str, Any]:
    document.cache_clear()
    loaded: dict[str, Any] = json.loads(document())
    return loaded


def operations(api_document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in api_document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def test_f2_the_document_is_valid_openapi_3_1(api_document: dict[str, Any]) -> None:
    assert api_document["openapi"].startswith("3.1")
    errors = [error.message for error in OpenAPIV31SpecValidator(api_document).iter_errors()]
    assert not errors


def test_f2_it_is_generated_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(tmp_path / "x.yml"))


def test_f2_every_operation_is_described_with_roles_examples_and_errors(
    api_document: dict[str, Any],
) -> None:
    poor = []
    for path, method, operation in operations(api_document):
        words = operation.get("description", "")
        own = words.split("**Roles:**")[0].strip()
        answers = operation["responses"]
        examples = all(
            "example" in content or "examples" in content
            for answer in answers.values()
            for kind, content in answer.get("content", {}).items()
            if kind == "application/json"
        )
        if (
            not own
            or "**Roles:**" not in words
            or not examples
            or not {"400", "429"} <= set(answers)
        ):
            poor.append(f"{method} {path}: {words!r}")
    assert not poor, "\n".join(poor)


def test_f2_ids_of_operations_are_unique_and_the_admin_is_left_out(
    api_document: dict[str, Any],
) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(api_document)]
    assert len(ids) == len(set(ids))
    assert all(path.startswith("/api/v1/") for path in api_document["paths"])
    assert "/api/v1/auth/app/v1/auth/login" in api_document["paths"]
    assert api_document["components"]["securitySchemes"]["jwt"]["scheme"] == "bearer"


def problems(api_document: dict[str, Any], operation: dict[str, Any], answer: Any) -> list[str]:
    """Where ``answer`` is not what ``operation`` says."""
    told = operation["responses"].get(str(answer.status_code))
    if told is None:
        return [f"{answer.status_code} is not in the document"]
    content = told.get("content", {}).get("application/json")
    if content is None:
        return []
    schema = {"components": api_document["components"], **content["schema"]}
    return [
        f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
        for error in Draft202012Validator(schema).iter_errors(answer.json())
    ]


@pytest.mark.parametrize("who", ["visitor", "student", "teacher", "admin"])
def test_f2_answers_to_reads_are_as_the_document_says(
    who: str,
    api_document: dict[str, Any],
    request: pytest.FixtureRequest,
    section: Any,
    sign_in: Callable[[User], Client],
) -> None:
    person = None if who == "visitor" else request.getfixturevalue(who)
    client = Client() if person is None else sign_in(getattr(person, "user", person))
    wrong, asked = [], 0
    values = {"id": "1", "section_id": str(section.pk), "slug": section.course.slug}
    for path, method, operation in operations(api_document):
        if method != "get" or "/auth/" in path:
            continue
        address = path
        for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
            address = address.replace(f"{{{name}}}", values.get(name, "1"))
        answer = client.get(address)
        if not answer.headers.get("Content-Type", "").startswith("application/json"):
            continue  # an export
        asked += 1
        wrong += [f"{path}: {problem}" for problem in problems(api_document, operation, answer)]
    assert not wrong, "\n".join(wrong)
    assert asked > 10


def test_f2_the_check_sees_a_wrong_answer(api_document: dict[str, Any]) -> None:
    operation = api_document["paths"]["/api/v1/notifications/"]["get"]
    answer = Client().get("/api/v1/notifications/")
    assert problems(api_document, operation, answer) == []
    answer.json = lambda: {"detail": "not our envelope"}
    assert problems(api_document, operation, answer)
    answer.status_code = 418
    assert problems(api_document, operation, answer)


def test_f2_every_refusal_is_an_error_of_the_document(api_document: dict[str, Any]) -> None:
    schema = {
        "components": api_document["components"],
        "$ref": "#/components/schemas/Error",
    }
    for address in ("/api/v1/nope/", "/api/v1/notifications/"):
        Draft202012Validator(schema).validate(Client().get(address).json())


def test_f2_schema_and_docs_are_served_from_here() -> None:
    answer = Client().get("/api/v1/schema/")
    assert answer["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert json.loads(answer.content)["info"]["title"] == "Quad"
    again = Client().get("/api/v1/schema/", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    page = Client().get("/api/v1/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "swagger-ui" in text
    assert "https://" not in text
    assert "<script>" not in text


def test_f2_every_operation_tells_of_a_token_that_is_not_good(
    api_document: dict[str, Any],
) -> None:
    for path, method, operation in operations(api_document):
        assert "401" in operation["responses"], f"{method} {path}"
    answer = Client().get("/api/v1/seasons/", headers={"Authorization": "Bearer nothing"})
    assert answer.status_code == 401
    assert not problems(api_document, api_document["paths"]["/api/v1/seasons/"]["get"], answer)
