"""F1: one envelope for every answer and every error."""

import datetime as dt
import uuid
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, OperationalError, transaction
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.test import APIClient

from portal import urls as real_urls
from portal.api.envelope import answer, dumps
from portal.api.views import ApiView
from portal.constraints import broken_constraint, constraint_message
from portal.errors import DomainError, InvalidInput
from portal.models import IdempotencyKey, JobRun, Stream
from portal.permissions import PUBLIC, SIGNED_IN

KEYS = {"status", "data", "meta", "errors"}


class SeatsGone(DomainError):
    code = "seats_gone"
    message = gettext_lazy("No seat is left.")


class Form(serializers.Serializer):
    name = serializers.CharField(max_length=5)
    parts = serializers.ListField(child=serializers.IntegerField(), required=False)


RAISED: dict[str, Exception] = {
    "domain": SeatsGone(clashes=["AAS 201"]),
    "input": InvalidInput(param="name"),
    "http404": Http404("secret path"),
    "denied": PermissionDenied("secret reason"),
    "suspicious": SuspiciousOperation("secret"),
    "big": RequestDataTooBig("secret"),
    "validation": DjangoValidationError({"name": ["Too odd."]}),
    "throttled": exceptions.Throttled(7),
    "unauthenticated": exceptions.NotAuthenticated(),
    "busy": OperationalError("deadlock detected"),
    "bug": RuntimeError("secret of the house"),
    "not_null": IntegrityError("NOT NULL constraint failed: x.y"),
}


class Raises(ApiView):
    policy = PUBLIC

    def get(self, request: Any, name: str) -> Response:
        raise RAISED[name]


class Clash(ApiView):
    policy = PUBLIC

    def post(self, request: Any) -> Response:
        with transaction.atomic():
            Stream.objects.create(name="same")
            Stream.objects.create(name="same")
        return answer()


class Checks(ApiView):
    policy = PUBLIC

    def post(self, request: Any) -> Response:
        form = Form(data=request.data)
        form.is_valid(raise_exception=True)
        return answer(form.validated_data, status=201)


class Private(ApiView):
    policy = SIGNED_IN

    def get(self, request: Any) -> Response:
        return answer({"user": request.user.pk})


class Undeclared(ApiView):
    def get(self, request: Any) -> Response:
        return answer("must never be told")


class ByMethod(ApiView):
    policy = {"get": PUBLIC}

    def get(self, request: Any) -> Response:
        return Response(["bare"])

    def post(self, request: Any) -> Response:
        return answer("must never be told")


def _broken_outside(request: Any) -> None:
    raise RuntimeError("secret of the house")


urlpatterns = [
    path("api/t/raises/<str:name>/", Raises.as_view()),
    path("api/t/clash/", Clash.as_view()),
    path("api/t/checks/", Checks.as_view()),
    path("api/t/private/", Private.as_view()),
    path("api/t/undeclared/", Undeclared.as_view()),
    path("api/t/by-method/", ByMethod.as_view()),
    path("api/t/outside/", _broken_outside),
    *real_urls.urlpatterns,
]
handler400, handler403 = real_urls.handler400, real_urls.handler403
handler404, handler500 = real_urls.handler404, real_urls.handler500

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def api() -> APIClient:
    return APIClient(raise_request_exception=False)


def told(response: Any, status: int, code: str | None = None) -> dict[str, Any]:
    """The body, after checking that it is the envelope of this status and tells no secret."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    body = response.json()
    assert set(body) == KEYS
    assert "secret" not in response.content.decode()
    if status < 400:
        assert (body["status"], body["errors"]) == ("success", [])
    else:
        assert (body["status"], body["data"]) == ("error", None)
        assert body["errors"] and all(
            set(e) == {"code", "message", "param"} for e in body["errors"]
        )
        assert all(e["message"] for e in body["errors"])
        if code:
            assert body["errors"][0]["code"] == code
    return body


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("domain", 409, "seats_gone"),
        ("input", 400, "invalid"),
        ("http404", 404, "not_found"),
        ("denied", 403, "permission_denied"),
        ("suspicious", 400, "bad_request"),
        ("big", 413, "too_large"),
        ("validation", 400, "invalid"),
        ("throttled", 429, "throttled"),
        ("unauthenticated", 401, "not_authenticated"),
        ("busy", 503, "unavailable"),
        ("bug", 500, "server_error"),
        ("not_null", 500, "server_error"),
    ],
)
def test_f1_every_raised_error_has_the_envelope(
    api: APIClient, name: str, status: int, code: str
) -> None:
    told(api.get(f"/api/t/raises/{name}/"), status, code)


def test_f1_domain_error_tells_its_facts_and_its_param(api: APIClient) -> None:
    body = told(api.get("/api/t/raises/domain/"), 409)
    assert body["meta"] == {"details": {"clashes": ["AAS 201"]}}
    assert body["errors"][0]["message"] == "No seat is left."
    assert told(api.get("/api/t/raises/input/"), 400)["errors"][0]["param"] == "name"


def test_f1_throttled_says_when_to_come_back(api: APIClient) -> None:
    assert api.get("/api/t/raises/throttled/")["Retry-After"] == "7"


def test_f1_broken_constraint_is_a_409_that_names_it(api: APIClient) -> None:
    body = told(api.post("/api/t/clash/"), 409, "conflict")
    assert "name" in body["meta"]["constraint"]
    assert not Stream.objects.exists()


def test_f1_validation_names_each_param(api: APIClient) -> None:
    data = {"name": "far too long", "parts": [1, "x"]}
    errors = told(api.post("/api/t/checks/", data, format="json"), 400)["errors"]
    assert {e["param"] for e in errors} == {"name", "parts.1"}


@pytest.mark.parametrize("body", ["{", "", "NaN", '{"name": "\\ud800"}', "[" * 5000, "nul\0l"])
def test_f1_malformed_json_is_a_400(api: APIClient, body: str) -> None:
    told(api.post("/api/t/checks/", body, content_type="application/json"), 400)


def test_f1_null_bytes_are_a_400(api: APIClient) -> None:
    told(api.post("/api/t/checks/", {"name": "a\0b"}, format="json"), 400)
    told(api.get("/api/t/by-method/?q=%00"), 400)


def test_f1_wrong_media_type_is_a_415(api: APIClient) -> None:
    told(api.post("/api/t/checks/", "<a/>", content_type="text/xml"), 415, "unsupported_media_type")


def test_f1_huge_body_is_a_413(api: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = '{"name": "%s"}' % ("x" * 2000)
    told(api.post("/api/t/checks/", body, content_type="application/json"), 413, "too_large")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_f1_unknown_method_is_a_405(api: APIClient, method: str) -> None:
    told(getattr(api, method)("/api/t/checks/"), 405, "method_not_allowed")


@pytest.mark.parametrize("address", ["/api/", "/api/v1/nope/", "/api/v1/nope", "/api/v2/courses/"])
def test_f1_unknown_address_is_a_404(api: APIClient, address: str) -> None:
    told(api.get(address), 404, "not_found")
    told(api.post(address), 404, "not_found")


def test_f1_a_crash_outside_of_views_has_the_envelope(api: APIClient) -> None:
    told(api.get("/api/t/outside/"), 500, "server_error")


def test_f1_unacceptable_form_is_a_406(api: APIClient) -> None:
    told(api.get("/api/t/by-method/", headers={"Accept": "text/csv"}), 406)


def test_visitors_get_401_and_a_view_without_policy_nobody(
    api: APIClient, django_user_model: Any
) -> None:
    response = api.get("/api/t/private/")
    told(response, 401, "not_authenticated")
    assert "WWW-Authenticate" in response
    told(api.get("/api/t/undeclared/"), 401)
    api.force_authenticate(django_user_model.objects.create_user("a@quad.example"))
    told(api.get("/api/t/private/"), 200)
    told(api.get("/api/t/undeclared/"), 403)
    told(api.post("/api/t/by-method/"), 403)


def test_f1_bare_data_gets_the_envelope(api: APIClient) -> None:
    assert told(api.get("/api/t/by-method/"), 200)["data"] == ["bare"]


def test_f1_values_are_written_the_same_way() -> None:
    moment = dt.datetime(2026, 8, 1, 9, 30, tzinfo=dt.UTC)
    key = uuid.UUID(int=5)
    raw = dumps({"at": moment, "id": key, "sum": Decimal("3.50"), 4: {1}, "t": gettext_lazy("Yes")})
    assert raw == (
        b'{"at":"2026-08-01T09:30:00Z","id":"00000000-0000-0000-0000-000000000005",'
        b'"sum":"3.50","4":[1],"t":"Yes"}'
    )


def test_constraint_names_are_found_from_sqlites_columns() -> None:
    assert IdempotencyKey._meta.constraints[0].name == broken_constraint(
        IntegrityError(
            "UNIQUE constraint failed: portal_idempotencykey.user_id, portal_idempotencykey.key"
        )
    )
    assert JobRun._meta.constraints[1].name == broken_constraint(
        IntegrityError("CHECK constraint failed: portal_job_run_ends_after_start")
    )
    assert broken_constraint(IntegrityError("NOT NULL constraint failed: a.b")) is None
    wrapped = IntegrityError("duplicate key")
    wrapped.__cause__ = Exception()
    wrapped.__cause__.diag = SimpleNamespace(constraint_name="accounts_email_once")  # type: ignore[attr-defined]
    assert broken_constraint(wrapped) == "accounts_email_once"
    assert constraint_message("accounts_email_once") == "An account with this e-mail exists."
    assert "portal_x" in constraint_message("portal_x")


@pytest.mark.parametrize("length", ["abc", "-1", "²", "1.5"])
def test_f1_a_length_that_is_none_is_a_400(api: APIClient, length: str) -> None:
    told(api.post("/api/t/checks/", {}, format="json", CONTENT_LENGTH=length), 400)


@pytest.mark.parametrize("length", ["52428800", "9" * 5000])
def test_f1_a_length_beyond_the_bound_is_a_413_before_anything_is_read(
    api: APIClient, length: str
) -> None:
    answer = api.post("/api/t/checks/", {"x": "y"}, format="multipart", CONTENT_LENGTH=length)
    told(answer, 413, "too_large")
