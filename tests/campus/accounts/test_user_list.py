"""The admin's list of users: as few queries for many as for one, nothing counted to the end."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campus.accounts.models import User
from portal.paginators import BoundedPaginator
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db

LIST = "/admin/users/"


@pytest.fixture
def client() -> Client:
    """A superuser's."""
    client = Client()
    client.force_login(User.objects.create_superuser(email="root@example.org", full_name="Root"))
    return client


def asked(client: Client, query: str = "") -> list[str]:
    """The statements of one GET of the list."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(LIST + query).status_code == 200
    return [statement["sql"] for statement in seen]


@pytest.mark.parametrize("query", ["", "?q=person", "?ordering=-last_login"])
def test_the_list_takes_ten_queries_however_many(client: Client, query: str) -> None:
    factories.user(Role.STUDENT)
    asked(client, query)  # what is asked once: content types, the admin's own
    assert len(asked(client, query)) == 10
    for _ in range(30):
        factories.user(Role.STUDENT, Role.TEACHER)
    assert len(asked(client, query)) == 10


def test_no_more_are_counted_than_are_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedPaginator, "MOST", 40)
    for _ in range(39):
        factories.user()
    page = client.get(LIST).content.decode()
    assert "40 users" in page
    assert "ore than" not in page
    factories.user()
    page = client.get(LIST + "?p=2").content.decode()
    assert "More than 40 users" in page
    assert "?p=3" not in page
    counts = [sql for sql in asked(client) if "COUNT(" in sql]
    assert len(counts) == 1
    assert "LIMIT 41" in counts[0]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("index", "found"),
    [
        ("accounts_user_by_name", User.objects.order_by("full_name")),
        ("accounts_user_by_sign_in", User.objects.order_by("-last_login")),
        ("accounts_user_part_of_full_name", User.objects.filter(full_name__icontains="ilsen")),
        ("accounts_user_part_of_email", User.objects.filter(email__icontains="@example")),
        ("accounts_user_part_of_phone", User.objects.filter(phone__icontains="4711")),
    ],
)
def test_orders_and_parts_of_words_have_an_index(index: str, found: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    assert index in found[:20].explain()
