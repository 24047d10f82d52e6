"""Users in the Wagtail admin: found, locked out with a reason, helped in again, exported."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import ModelLogEntry

from campus.accounts import services
from campus.accounts.models import User
from portal.models import OutboxMessage
from portal.paginators import BoundedPaginator
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
INDEX = "wagtailusers_users:index"


def listed(browser: Any, query: str) -> set[str]:
    answer = browser.get(f"{reverse(INDEX)}?{query}")
    assert answer.status_code == 200
    return {user.full_name for user in answer.context["page_obj"]}


def test_admins_find_users(admin: User, sign_in: Any) -> None:
    factories.user(Role.TEACHER, full_name="Tea", email="tea@x.example")
    off = factories.user(Role.STUDENT, full_name="Off", is_active=False)
    assert off.pk
    browser = sign_in(admin)
    assert listed(browser, "role=teacher") == {"Tea"}
    assert listed(browser, "is_active=false") == {"Off"}
    assert listed(browser, "q=tea%40x") == {"Tea"}
    assert listed(browser, "verified=false&role=teacher") == set()


def test_the_list_is_bounded(admin: User, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, counts = sign_in(admin), []
    for number in (1, 30):
        for _ in range(number):
            factories.user(Role.TEACHER)
        browser.get(reverse(INDEX))
        with CaptureQueriesContext(connection) as seen:
            browser.get(reverse(INDEX))
        counts.append(len(seen))
        count = [q["sql"] for q in seen if "COUNT(" in q["sql"] and "accounts_user" in q["sql"]]
        assert all("LIMIT" in sql for sql in count), count
    assert counts[0] == counts[1], counts
    monkeypatch.setattr(BoundedPaginator, "MOST", 10)
    answer = browser.get(f"{reverse(INDEX)}?p=99")
    assert answer.context["page_obj"].paginator.count == 10
    assert "More than 10" in answer.content.decode()


def test_p3_disabling_asks_for_a_reason_and_is_told_in_the_history(
    admin: User, sign_in: Any
) -> None:
    user = factories.user(Role.TEACHER)
    browser, theirs = sign_in(admin), sign_in(user)
    address = reverse("wagtailusers_users:disable", args=[user.pk])
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"reason": ""}).status_code == 200
    assert User.objects.get(pk=user.pk).is_active
    assert browser.post(address, {"reason": "Left in June"}).status_code == 302
    assert theirs.get("/en/profile/").status_code == 302
    shown = browser.get(reverse("wagtailusers_users:edit", args=[user.pk])).content.decode()
    assert "Left in June" in shown
    assert ModelLogEntry.objects.get(action="accounts.disable").user == admin
    browser.post(reverse("wagtailusers_users:act", args=[user.pk, "enable"]))
    assert User.objects.get(pk=user.pk).is_active
    own = reverse("wagtailusers_users:disable", args=[admin.pk])
    assert browser.post(own, {"reason": "x"}).status_code == 200
    assert User.objects.get(pk=admin.pk).is_active


def test_passwords_are_reset_and_invitations_sent_again(admin: User, sign_in: Any) -> None:
    user = factories.user(Role.TEACHER, email="r@x.example")
    services.set_password(user=user, password="old-password-77", actor=None)
    browser = sign_in(admin)
    for verb in ("reset-password", "invite", "unlock", "nothing"):
        browser.post(reverse("wagtailusers_users:act", args=[user.pk, verb]))
    assert not User.objects.get(pk=user.pk).has_usable_password()
    jobs = OutboxMessage.objects.filter(actor__endswith="send_invitation")
    assert [job.kwargs.get("again", False) for job in jobs.order_by("pk")] == [True, False]
    shown = browser.get(reverse("wagtailusers_users:edit", args=[user.pk])).content.decode()
    assert "Send the invitation again" in shown


def test_actions_on_users_are_shut_to_others(editor: User, sign_in: Any) -> None:
    user = factories.user(Role.STUDENT)
    for who in (editor, factories.user(Role.TEACHER)):
        browser = sign_in(who)
        for name, args in (("disable", [user.pk]), ("act", [user.pk, "reset-password"])):
            address = reverse(f"wagtailusers_users:{name}", args=args)
            assert browser.post(address, {"reason": "x"}).status_code in {302, 403}
    fresh = User.objects.get(pk=user.pk)
    assert fresh.is_active
    assert fresh.session_epoch == user.session_epoch
