"""The identity number (the table of accounts): encrypted, masked, and told in full to its owner alone."""

import io
import logging
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient
from wagtail.models import ModelLogEntry

from campus.accounts import services
from campus.accounts.models import User
from portal.errors import InvalidInput
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/api/v1/profile/"
FULL = "/api/v1/profile/identity-number/"
CANARY = "X4711 CANARY 98765"
MASKED = "•••••765"


def test_p9_it_is_written_plain_and_read_masked(api_as: Any) -> None:
    user = factories.student().user
    client = api_as(user)
    answer = client.patch(URL, {"identity_number": " x4711  canary 98765 "}, format="json")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["data"]["identity_number"] == MASKED
    assert client.get(URL).json()["data"]["identity_number"] == MASKED
    full = client.get(FULL)
    assert full.json()["data"] == {"identity_number": CANARY}
    assert full["Cache-Control"] == "no-store"


def test_p9_what_was_read_masked_changes_nothing_when_it_is_sent_back(api_as: Any) -> None:
    user = factories.user(identity_number=CANARY)
    answer = api_as(user).patch(
        URL, {"identity_number": MASKED, "full_name": "New Name"}, format="json"
    )
    assert answer.status_code == 200
    stored = User.objects.get(pk=user.pk)
    assert (stored.full_name, stored.identity_number.reveal()) == ("New Name", CANARY)


@pytest.mark.parametrize("wrong", ["123", "•••••999", "-1234", "12<script>", "x" * 41, "1" * 81])
def test_p9_what_is_no_number_is_refused_and_not_repeated(wrong: str, api_as: Any) -> None:
    user = factories.user()
    answer = api_as(user).patch(URL, {"identity_number": wrong}, format="json")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["param"] == "identity_number"
    assert wrong not in answer.content.decode()
    assert not User.objects.get(pk=user.pk).identity_number


def test_p9_the_page_shows_it_masked_and_in_full_only_to_correct_it(sign_in: Any) -> None:
    user = factories.user(identity_number=CANARY)
    client: Client = sign_in(user)
    profile = client.get(reverse("accounts:profile")).content.decode()
    assert MASKED in profile and CANARY not in profile
    page = reverse("accounts:identity_number")
    assert CANARY in client.get(page).content.decode()
    refused = client.post(page, {"identity_number": "?"})
    assert refused.status_code == 422
    assert client.post(page, {"identity_number": "ab-12345"}).status_code == 302
    assert User.objects.get(pk=user.pk).identity_number.reveal() == "AB-12345"
    assert Client().get(page).status_code == 302


def test_p9_a_visitor_is_told_nothing() -> None:
    assert APIClient().get(FULL).status_code == 401


def test_p9_nobody_stores_what_was_not_checked() -> None:
    user = factories.user()
    with pytest.raises(InvalidInput):
        services.update_profile(user=user, changes={"password": "x"}, actor=user)


def test_p9_the_canary_is_in_no_log_no_answer_and_no_dump(
    log: Any, api_as: Any, sign_in: Any, admin: User
) -> None:
    user = factories.student().user
    own = api_as(user)
    own.patch(URL, {"identity_number": CANARY}, format="json")
    own.patch(URL, {"identity_number": f"{CANARY}?"}, format="json")
    own.patch(URL, {"identity_number": f"{CANARY[:-3]}766"}, format="json")
    own.patch(URL, {"identity_number": CANARY}, format="json")
    sign_in(user).post(reverse("accounts:identity_number"), {"identity_number": f"{CANARY} <"})
    logging.getLogger("test").info("profile", extra={"user": user.__dict__})
    logging.getLogger("test").info("about %r: %s", user.identity_number, user.identity_number)

    stored = User.objects.get(pk=user.pk)
    assert stored.identity_number.reveal() == CANARY, "the control: it is there"
    entries = ModelLogEntry.objects.filter(action="accounts.change_profile")
    assert entries.count() == 3
    assert all(CANARY[:-3] not in str(entry.data) for entry in entries)
    assert MASKED in str([entry.data for entry in entries])
    answers = [
        api_as(admin).get("/api/v1/audit-logs/"),
        api_as(admin).get("/api/v1/audit-logs/export/"),
        sign_in(admin).get(reverse("wagtailusers_users:index")),
        sign_in(admin).get(reverse("wagtailusers_users:edit", args=[user.pk])),
        sign_in(admin).get(reverse("wagtailusers_users:history", args=[user.pk])),
        own.get("/api/v1/auth/app/v1/auth/session"),
    ]
    for answer in answers:
        assert CANARY[:-3] not in answer.content.decode(), answer.request
    dump = io.StringIO()
    call_command("dumpdata", "accounts", stdout=dump)
    assert f'"pk": {user.pk}' in dump.getvalue() and CANARY[:-3] not in dump.getvalue()
    told = log()
    assert "profile" in told
    assert CANARY[:-3] not in told and CANARY[6:12] not in told
