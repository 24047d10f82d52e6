"""What a list is asked and does not understand is refused, never ignored."""

from collections.abc import Callable

import pytest
from django.db import connection
from rest_framework.test import APIClient

from campus.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("value", ["yes", "null", "2", "TRUE", "%F0%9F%8E%93"])
def test_f1_a_filter_of_yes_or_no_takes_nothing_else(
    value: str, api_as: Callable[[User], APIClient], admin: User
) -> None:
    answer = api_as(admin).get(f"/api/v1/admin/users/?verified={value}&never_seen=true")
    assert answer.status_code == 400
    assert [error["param"] for error in answer.json()["errors"]] == ["verified"]


@pytest.mark.parametrize(
    ("value", "found"), [("true", 1), ("false", 0), ("1", 1), ("0", 0), ("", 1)]
)
def test_f1_a_filter_of_yes_or_no_filters(
    value: str, found: int, api_as: Callable[[User], APIClient], admin: User
) -> None:
    answer = api_as(admin).get(f"/api/v1/admin/users/?is_active={value}")
    assert answer.status_code == 200
    assert len(answer.json()["data"]) == found


def test_f1_the_search_suggests_or_does_not(api: APIClient) -> None:
    answer = api.get("/api/v1/search/?q=logic&suggest=yes")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["param"] == "suggest"
    assert api.get("/api/v1/search/?q=logic&suggest=1").status_code == 200


CODES = {"sqlite": "invalid", "postgresql": "invalid_choice"}
"""PostgreSQL compares with any number and finds no such session; SQLite cannot hold it."""


def test_p3_a_number_that_no_database_holds_is_refused_at_sign_in(
    api_as: Callable[[User], APIClient], admin: User
) -> None:
    answer = api_as(admin).delete(
        "/api/v1/auth/app/v1/auth/sessions", {"sessions": [10**30]}, format="json"
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == CODES[connection.vendor]
