"""F5: the same key sent by many at once is executed by one."""

import threading
from typing import Any

import pytest
from django.db import connections
from django.urls import path
from rest_framework.response import Response
from rest_framework.test import APIClient

from campus.accounts.models import User
from portal.api.envelope import answer
from portal.api.views import ApiView
from portal.models import Stream
from portal.permissions import SIGNED_IN


class Book(ApiView):
    policy = SIGNED_IN
    idempotent = True

    def post(self, request: Any) -> Response:
        row = Stream.objects.create(name=f"booked-{Stream.objects.count()}")
        threading.Event().wait(0.2)
        return answer({"id": row.pk}, status=201)


urlpatterns = [path("api/t/book/", Book.as_view())]


@pytest.mark.postgres
@pytest.mark.urls(__name__)
@pytest.mark.django_db(transaction=True)
def test_f5_parallel_requests_with_one_key_are_executed_once() -> None:
    user = User.objects.create_user("parallel@quad.example")
    answers: list[Any] = []

    def ask() -> None:
        client = APIClient()
        client.force_authenticate(user)
        answers.append(client.post("/api/t/book/", {}, headers={"Idempotency-Key": "one"}))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [response.status_code for response in answers] == [201] * 6
    assert len({response.content for response in answers}) == 1
    assert sum("Idempotency-Replayed" not in response for response in answers) == 1
    assert Stream.objects.filter(name__startswith="booked-").count() == 1
