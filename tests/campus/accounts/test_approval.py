"""P8: registrations that wait for an admin: inactive, told so, decided from the Wagtail admin and the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient
from wagtail.models import ModelLogEntry

from campus.accounts import services
from campus.accounts.errors import NotWaiting
from campus.accounts.models import User
from campus.accounts.streams import INACTIVE_STREAM
from campus.institutions.models import InstitutionAdministrator
from campus.notifications.consumers import NotificationConsumer
from portal.errors import InvalidInput
from portal.jobs import outbox
from portal.models import OutboxMessage, StreamEvent
from portal.realtime.streams import user_stream
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call, code_in, last_mail
from tests.concurrency.parallel import in_parallel

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-9"
LIST = "/admin/inactive_accounts/"


@pytest.fixture(autouse=True)
def _needed(settings: Any) -> None:
    settings.REGISTRATION_NEEDS_APPROVAL = True


def signup(**login: str) -> tuple[int, dict[str, Any], Client]:
    cache.clear()
    client = Client()
    status, body = call(client, "POST", "/auth/signup", {**login, "password": PASSWORD})
    return status, body, client


def waiting(email: str = "lena@example.org", **fields: Any) -> User:
    """Somebody who registered and typed the code."""
    _, body, client = signup(email=email, **fields)
    session = {"X_Session_Token": body["meta"]["session_token"]}
    call(client, "POST", "/auth/email/verify", {"key": code_in(last_mail())}, **session)
    return User.objects.get(email=email)


def try_to_sign_in(**login: str) -> tuple[int, str]:
    cache.clear()
    status, body = call(Client(), "POST", "/auth/login", {**login, "password": PASSWORD})
    assert "access_token" not in body["meta"] or status == 200
    return status, body["errors"][0]["code"] if body["errors"] else ""


def changes() -> list[str]:
    rows = StreamEvent.objects.filter(stream__name=INACTIVE_STREAM).order_by("number")
    return [row.payload["change"] for row in rows]


def carried() -> None:
    """Send what waits in the outbox."""
    for row in OutboxMessage.objects.filter(done_at=None):
        assert outbox.run(row.pk)


def test_p8_a_new_account_waits_inactive_with_a_reason_and_nothing_lets_it_in() -> None:
    status, body, client = signup(email="lena@example.org")
    assert status == 401 and body["errors"][0]["code"] == "verify_email"
    session = {"X_Session_Token": body["meta"]["session_token"]}
    status, body = call(
        client, "POST", "/auth/email/verify", {"key": code_in(last_mail())}, **session
    )
    assert status == 403 and body["errors"][0]["code"] == "approval_pending"
    assert "access_token" not in body["meta"]
    user = User.objects.get()
    assert not user.is_active and user.approval == "waiting" and user.inactive_reason
    assert user.emailaddress_set.get().verified, "the code counts"
    assert try_to_sign_in(email="lena@example.org") == (403, "approval_pending")
    page = Client()
    answer = page.post(
        "/en/account/login/", {"login": "lena@example.org", "password": PASSWORD}, follow=True
    )
    assert "/account/inactive/" in answer.redirect_chain[-1][0]
    assert "_auth_user_id" not in page.session
    assert page.get("/en/profile/").status_code == 302
    assert changes() == ["waiting"]


def test_p8_by_phone_too(texts: list[dict[str, Any]]) -> None:
    _, body, client = signup(phone="+12173334666")
    session = {"X_Session_Token": body["meta"]["session_token"]}
    code = code_in(texts[-1]["text"])
    status, body = call(client, "POST", "/auth/phone/verify", {"code": code}, **session)
    assert status == 403 and body["errors"][0]["code"] == "approval_pending"
    assert try_to_sign_in(phone="+12173334666") == (403, "approval_pending")
    services.approve(user=User.objects.get(), actor=None)
    carried()
    assert texts[-1]["to"] == "+12173334666" and "approved" in texts[-1]["text"]
    assert try_to_sign_in(phone="+12173334666") == (200, "")


def test_p8_p4_no_answer_tells_whether_somebody_elses_account_exists_or_waits() -> None:
    waiting("lena@example.org")
    factories.user(Role.STUDENT, email="active@example.org")

    def plain(answer: tuple[int, dict[str, Any], Client]) -> tuple[int, dict[str, Any]]:
        answer[1]["meta"].pop("session_token")
        return answer[0], answer[1]

    free, waits, taken = (
        plain(signup(email=email))
        for email in ("new@example.org", "lena@example.org", "active@example.org")
    )
    assert free == waits == taken
    wrong = [
        call(Client(), "POST", "/auth/login", {"email": email, "password": "wrong-password"})
        for email in ("lena@example.org", "active@example.org", "nobody@example.org")
    ]
    assert wrong[0] == wrong[1] == wrong[2]


def test_p8_an_admin_approves_in_the_admin_and_the_person_is_told_and_comes_in(
    admin: User, sign_in: Callable[[User], Client]
) -> None:
    user = waiting()
    client = sign_in(admin)
    page = client.get(LIST)
    assert page.status_code == 200 and b"lena@example.org" in page.content
    assert b"data-inactive-accounts" in page.content
    assert client.get(f"{LIST}{user.pk}/approve/").status_code == 200
    assert not User.objects.get(pk=user.pk).is_active, "looking decides nothing"
    assert client.post(f"{LIST}{user.pk}/approve/").status_code == 302
    user.refresh_from_db()
    assert user.is_active and user.approval == "approved" and not user.inactive_reason
    carried()
    assert mail.outbox[-1].to == ["lena@example.org"] and "approved" in mail.outbox[-1].subject
    assert try_to_sign_in(email="lena@example.org") == (200, "")
    entry = ModelLogEntry.objects.get(action="accounts.approve")
    assert entry.user_id == admin.pk and entry.data["before"]["approval"] == "waiting"
    assert b"lena@example.org" not in client.get(f"{LIST}results/").content
    assert changes() == ["waiting", "approved"]


def test_p8_an_admin_refuses_with_a_reason_that_is_read_and_may_still_approve_later(
    admin: User, sign_in: Callable[[User], Client]
) -> None:
    user = waiting()
    client = sign_in(admin)
    client.post(f"{LIST}{user.pk}/refuse/", {"reason": "  "})
    assert User.objects.get(pk=user.pk).approval == "waiting", "not without a reason"
    client.post(f"{LIST}{user.pk}/refuse/", {"reason": "Not one of ours."})
    user.refresh_from_db()
    assert not user.is_active and user.inactive_reason == "Not one of ours."
    carried()
    assert "Not one of ours." in str(mail.outbox[-1].body)
    assert try_to_sign_in(email="lena@example.org") == (403, "approval_refused")
    assert b"Not one of ours." in client.get(LIST).content
    services.approve(user=user, actor=admin)
    assert try_to_sign_in(email="lena@example.org") == (200, "")
    history = ModelLogEntry.objects.filter(object_id=str(user.pk)).order_by("pk")
    assert [entry.action for entry in history if "ap" in entry.action or "ref" in entry.action] == [
        "accounts.refuse",
        "accounts.approve",
    ]
    assert changes() == ["waiting", "refused", "approved"]


def test_p8_by_api(admin: User, api_as: Callable[[User], APIClient]) -> None:
    first, second = waiting(), waiting("omar@example.org")
    client = api_as(admin)
    answer = client.post(f"/api/v1/admin/users/{first.pk}/approve/")
    assert answer.status_code == 200 and answer.json()["data"]["is_active"] is True
    answer = client.post(f"/api/v1/admin/users/{first.pk}/approve/")
    assert answer.status_code == 409 and answer.json()["errors"][0]["code"] == "not_waiting"
    path = f"/api/v1/admin/users/{second.pk}/refuse/"
    answer = client.post(path, {}, format="json")
    assert answer.status_code == 400 and answer.json()["errors"][0]["param"] == "reason"
    answer = client.post(path, {"reason": "Unknown here"}, format="json")
    assert answer.json()["data"] == {
        "id": second.pk,
        "full_name": "",
        "is_active": False,
        "approval": "refused",
        "inactive_reason": "Unknown here",
    }
    assert client.post("/api/v1/admin/users/999999/approve/").status_code == 404


@pytest.mark.parametrize("who", ["editor", "teacher", "institution's admin"])
def test_p8_nobody_else_sees_follows_or_decides(
    who: str, sign_in: Callable[[User], Client], api_as: Callable[[User], APIClient]
) -> None:
    user = waiting()
    roles = {"editor": Role.EDITOR, "teacher": Role.TEACHER}
    other = factories.user(roles.get(who, Role.ADMIN))
    if who not in roles:
        InstitutionAdministrator.objects.create(
            institution=factories.institution(slug="other"), user=other
        )
    client, api = sign_in(other), api_as(other)
    for path in (LIST, f"{LIST}results/", f"{LIST}{user.pk}/approve/"):
        answer = client.get(path)
        assert answer.status_code in {302, 403} and b"lena@" not in answer.content
    client.post(f"{LIST}{user.pk}/approve/")
    assert api.post(f"/api/v1/admin/users/{user.pk}/approve/").status_code == 403
    assert not User.objects.get(pk=user.pk).is_active
    assert followed(other) == [user_stream(other.pk)]
    assert LIST.encode() not in client.get("/admin/").content


def followed(user: User) -> list[str]:
    consumer = NotificationConsumer()
    consumer.user = User.objects.get(pk=user.pk)
    return list(consumer.streams())


def test_p8_admins_follow_the_list_until_they_are_no_admins_any_more(admin: User) -> None:
    assert followed(admin) == [user_stream(admin.pk), INACTIVE_STREAM]
    consumer = NotificationConsumer()
    consumer.user = User.objects.get(pk=admin.pk)
    consumer.streams()
    assert consumer.keeps_right(User.objects.get(pk=admin.pk))
    services.set_roles(user=admin, roles=[Role.TEACHER], actor=None)
    assert not consumer.keeps_right(User.objects.get(pk=admin.pk))


def test_p8_enabling_in_the_users_form_is_approving_and_disabling_shows_in_the_list(
    admin: User,
) -> None:
    user = waiting()
    services.set_active(user=user, active=True, actor=admin)
    user.refresh_from_db()
    assert user.is_active and user.approval == "approved"
    services.set_active(user=user, active=False, actor=admin, reason="Left")
    services.set_active(user=user, active=True, actor=admin)
    assert changes() == ["waiting", "approved", "disabled", "enabled"]
    with pytest.raises(NotWaiting):
        services.refuse(user=user, reason="Too late", actor=admin)


@pytest.mark.parametrize("reason", ["", " \n", "x" * 201])
def test_p8_a_refusal_without_a_sensible_reason_is_refused(reason: str) -> None:
    user = waiting()
    with pytest.raises(InvalidInput):
        services.refuse(user=user, reason=reason, actor=None)
    assert User.objects.get(pk=user.pk).approval == "waiting"


def test_p8_the_database_lets_nobody_be_active_who_waits() -> None:
    user = waiting()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=True)


@pytest.mark.parametrize("people", [1, 25])
def test_p8_the_list_asks_the_same_number_of_questions_for_one_and_for_many(
    people: int,
    admin: User,
    sign_in: Callable[[User], Client],
    django_assert_num_queries: Any,
) -> None:
    for n in range(people):
        factories.user(email=f"w{n}@example.org", is_active=False, approval="waiting")
    client = sign_in(admin)
    client.get(LIST)
    with django_assert_num_queries(9):
        html = client.get(f"{LIST}results/").content.decode()
    assert html.count("/approve/") == people


def test_p8_without_the_setting_nobody_waits(settings: Any) -> None:
    settings.REGISTRATION_NEEDS_APPROVAL = False
    assert waiting().is_active
    assert changes() == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_p8_of_two_admins_who_decide_at_once_one_does() -> None:
    user = factories.user(email="w@example.org", is_active=False, approval="waiting")

    def decide(n: int) -> User:
        if n % 2:
            return services.refuse(user=User.objects.get(pk=user.pk), reason="No", actor=None)
        return services.approve(user=User.objects.get(pk=user.pk), actor=None)

    results = in_parallel([lambda n=n: decide(n) for n in range(8)])
    done = [one for one in results if isinstance(one, User)]
    assert all(isinstance(one, User | NotWaiting) for one in results), results
    entries = ModelLogEntry.objects.filter(object_id=str(user.pk), action__in=[
        "accounts.approve", "accounts.refuse",
    ])  # fmt: skip
    assert len(done) == entries.count() and len(done) in {1, 2}, "refused, then let in, at most"
    assert entries.filter(action="accounts.approve").count() == 1
