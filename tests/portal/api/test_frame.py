"""F4, F5, F6: versions, idempotency keys, limits, ETags and pages by key, on views of the test's own."""

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.test import APIClient

from portal.addresses import client_address
from portal.api import versions
from portal.api.envelope import answer
from portal.api.idempotency import KEPT, forget_old_keys
from portal.api.views import ApiView, ReadOnlyApiViewSet
from portal.errors import DomainError
from portal.models import IdempotencyKey, JobRun, Stream
from portal.permissions import PUBLIC, SIGNED_IN

ENDING = versions.Ending(
    dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC), "/docs/"
)


class Book(ApiView):
    policy = SIGNED_IN
    idempotent = True

    def post(self, request: Any) -> Response:
        name = request.data.get("name", "")
        Stream.objects.create(name=name)
        if name == "full":
            raise DomainError()
        if name == "bug":
            raise RuntimeError("a bug")
        return answer({"n": Stream.objects.count(), "name": name}, status=201)


class Read(ApiView):
    policy = PUBLIC
    ending = ENDING

    def get(self, request: Any) -> Response:
        return answer({"streams": Stream.objects.count()})


class Scarce(ApiView):
    policy = PUBLIC
    rate = "3/min"

    def get(self, request: Any) -> Response:
        return answer()


class RunSerializer(serializers.ModelSerializer):
    class Meta:
        model = JobRun
        fields = ["id", "name", "state"]


class Runs(ReadOnlyApiViewSet):
    policy = {"list": PUBLIC, "retrieve": PUBLIC}
    queryset = JobRun.objects.all()
    serializer_class = RunSerializer
    ordering = ("name", "-id")
    max_page_size = 20


urlpatterns = [
    path("api/t/book/", Book.as_view()),
    path("api/t/read/", Read.as_view()),
    path("api/t/scarce/", Scarce.as_view()),
    path("api/t/runs/", Runs.as_view({"get": "list"})),
    path("api/t/runs/<str:pk>/", Runs.as_view({"get": "retrieve"})),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def api(django_user_model: Any) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(django_user_model.objects.create_user("a@quad.example"))
    return client


def book(api: APIClient, name: str, key: str | None = "k1") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.post("/api/t/book/", {"name": name}, format="json", headers=headers)


def test_f5_the_same_key_gives_the_same_answer_and_is_done_once(api: APIClient) -> None:
    first, second = book(api, "a"), book(api, "a")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert Stream.objects.count() == 1


def test_f5_another_key_or_none_is_another_request(api: APIClient) -> None:
    book(api, "a", "k1")
    assert book(api, "b", "k2").json()["data"]["n"] == 2
    assert book(api, "c", None).json()["data"]["n"] == 3
    assert IdempotencyKey.objects.count() == 2


def test_f5_another_body_with_the_key_is_a_422(api: APIClient) -> None:
    book(api, "a")
    refused = book(api, "b")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "idempotency_key_reused"
    assert not Stream.objects.filter(name="b").exists()


def test_f5_a_refusal_is_an_answer_too_and_leaves_nothing_behind(api: APIClient) -> None:
    first, second = book(api, "full"), book(api, "full")
    assert first.status_code == second.status_code == 409
    assert first.content == second.content
    assert second["Idempotency-Replayed"] == "true"
    assert not Stream.objects.exists()


def test_f5_a_failure_of_ours_may_be_tried_again(api: APIClient) -> None:
    assert book(api, "bug").status_code == 500
    assert not IdempotencyKey.objects.exists()
    assert not Stream.objects.exists()


def test_f5_keys_belong_to_their_user(api: APIClient, django_user_model: Any) -> None:
    book(api, "a")
    api.force_authenticate(django_user_model.objects.create_user("b@quad.example"))
    assert "Idempotency-Replayed" not in book(api, "b")


@pytest.mark.parametrize("key", ["", "x" * 201, "ключ"])
def test_f5_an_odd_key_is_a_400(api: APIClient, key: str) -> None:
    assert book(api, "a", key).status_code == 400
    assert not Stream.objects.exists()


def test_f5_old_keys_are_removed_and_younger_ones_stay(api: APIClient) -> None:
    book(api, "a", "old")
    book(api, "b", "young")
    old = IdempotencyKey.objects.get(key="old")
    IdempotencyKey.objects.filter(pk=old.pk).update(created_at=old.created_at - KEPT * 2)
    assert forget_old_keys() == 1
    assert [row.key for row in IdempotencyKey.objects.all()] == ["young"]


def test_f6_a_read_has_an_etag_and_answers_304(api: APIClient) -> None:
    first = api.get("/api/t/read/")
    again = api.get("/api/t/read/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert "Accept-Language" in again["Vary"]
    Stream.objects.create(name="new")
    changed = api.get("/api/t/read/", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_f6_limits_are_told_and_kept(api: APIClient) -> None:
    answers = [api.get("/api/t/scarce/") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert [a["RateLimit-Remaining"] for a in answers] == ["2", "1", "0", "0"]
    assert answers[0]["X-RateLimit-Limit"] == "3"
    refused = answers[3]
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused.json()["errors"][0]["code"] == "throttled"
    assert api.get("/api/t/read/").status_code == 200


def test_f6_users_and_addresses_are_counted_apart(api: APIClient, settings: Any) -> None:
    settings.API_RATES = {"user": "2/min", "address": "1/min"}
    assert [api.get("/api/t/read/").status_code for _ in range(3)] == [200, 200, 429]
    visitor = APIClient()
    assert [visitor.get("/api/t/read/").status_code for _ in range(2)] == [200, 429]
    assert visitor.get("/api/t/read/", REMOTE_ADDR="10.0.0.9").status_code == 200


def test_f6_refused_sign_ins_count_too(settings: Any) -> None:
    settings.API_RATES = {"user": "", "address": "2/min"}
    visitor = APIClient()
    statuses = [visitor.post("/api/t/book/").status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


def test_f6_only_trusted_proxies_name_the_client(settings: Any) -> None:
    meta = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.5"}
    settings.TRUSTED_PROXY_COUNT = 0
    assert client_address(meta) == "10.0.0.1"
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_address(meta) == "203.0.113.5"
    settings.TRUSTED_PROXY_COUNT = 3
    assert client_address(meta) == "10.0.0.1"


def test_f4_an_operation_that_ends_says_so(api: APIClient) -> None:
    response = api.get("/api/t/read/")
    assert response["Deprecation"] == "@1767225600"
    assert response["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert "deprecation" in response["Link"]
    assert "Sunset" not in api.get("/api/t/scarce/")


def test_f4_a_version_that_ends_says_so(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(versions.ENDINGS, "t", ENDING)
    assert "Sunset" in api.get("/api/t/scarce/")


@pytest.fixture
def runs() -> list[int]:
    for number in range(23):
        JobRun.objects.create(name=f"job{number % 3}")
    return [run.pk for run in JobRun.objects.order_by("name", "-id")]


def test_f1_pages_by_key_hold_every_row_once_in_order(
    api: APIClient, runs: list[int], django_assert_num_queries: Any
) -> None:
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        with django_assert_num_queries(1):
            body = api.get("/api/t/runs/", {"page_size": 5, "cursor": cursor}).json()
        seen += [row["id"] for row in body["data"]]
        cursor, pages = body["meta"]["next_cursor"], pages + 1
    assert seen == runs
    assert pages == 5


def test_f1_pages_go_back_and_begin_at_the_end(api: APIClient, runs: list[int]) -> None:
    body = api.get("/api/t/runs/", {"page_size": 5, "cursor": "last"}).json()
    assert [row["id"] for row in body["data"]] == runs[-5:]
    assert body["meta"]["next_cursor"] is None
    back = body["meta"]["previous_cursor"]
    body = api.get("/api/t/runs/", {"page_size": 5, "cursor": back}).json()
    assert [row["id"] for row in body["data"]] == runs[-10:-5]
    forth = body["meta"]["next_cursor"]
    body = api.get("/api/t/runs/", {"page_size": 5, "cursor": forth}).json()
    assert [row["id"] for row in body["data"]] == runs[-5:]


@pytest.mark.parametrize("size", ["0", "-1", "21", "1000000000", "9" * 400, "x", "", "٣"])
def test_f1_page_size_is_bounded(api: APIClient, size: str) -> None:
    response = api.get("/api/t/runs/", {"page_size": size})
    assert response.status_code == 400
    assert response.json()["errors"][0]["param"] == "page_size"


@pytest.mark.parametrize("cursor", ["x", "WzBd", "bnVsbA", "WzAsMSwyLDNd", "WzAsIngiLCJ5Il0", "é"])
def test_f1_a_foreign_cursor_is_a_400(api: APIClient, cursor: str) -> None:
    response = api.get("/api/t/runs/", {"cursor": cursor})
    assert response.status_code == 400
    assert response.json()["errors"][0]["param"] == "cursor"


@pytest.mark.parametrize("pk", ["0", "x", "9" * 30])
def test_f1_an_odd_id_is_a_404(api: APIClient, pk: str) -> None:
    assert api.get(f"/api/t/runs/{pk}/").status_code == 404
