"""P6: roles that need a second factor get nowhere without one, by whichever door they came in."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.checks import run_checks
from django.test import Client
from wagtail.models import ModelLogEntry

from campus.accounts import services
from campus.accounts.models import User
from campus.institutions.models import InstitutionAdministrator
from campus.notifications.consumers import NotificationConsumer
from portal.jobs import outbox
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call, sign_in
from tests.campus.accounts.test_second_factor import shown

pytestmark = pytest.mark.django_db
PAGE = "/en/two-factor/"
HTML = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def _required(settings: Any) -> None:
    settings.TWO_FACTOR_REQUIRED_FOR = ["admin", "editor"]


def browser(user: User) -> Client:
    client = Client()
    answer = client.post(
        "/en/account/login/", {"login": user.email, "password": factories.PASSWORD}
    )
    assert answer.status_code == 302 and "_auth_user_id" in client.session
    return client


@pytest.mark.parametrize("role", [Role.ADMIN, Role.EDITOR])
@pytest.mark.parametrize(
    "path",
    ["/en/", "/en/dashboard/", "/en/profile/", "/en/courses/", "/admin/", "/admin/users/",
     "/admin/pages/", "/admin/account/", "/en/search/"],
)  # fmt: skip
def test_p6_every_page_and_the_admin_lead_to_setting_it_up(role: Role, path: str) -> None:
    client = browser(factories.user(role))
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 302 and answer["Location"] == PAGE, answer.content[:200]
    fragment = client.get(path, headers={"HX-Request": "true"})
    assert fragment.status_code == 403 and fragment["HX-Redirect"] == PAGE


def test_p6_tokens_and_the_session_open_no_api_and_the_answer_says_why() -> None:
    admin = factories.user(Role.ADMIN)
    status, body = sign_in(factories.PASSWORD, email=str(admin.email))
    assert status == 200 and body["data"]["user"]["hold"] == "two_factor_required"
    token = {"Authorization": f"Bearer {body['meta']['access_token']}"}
    site = browser(admin)
    for path in ("/api/v1/profile/", "/api/v1/audit-logs/", "/api/v1/courses/"):
        for client, headers in ((Client(), token), (site, {})):
            status, body = call(client, "GET", path, **headers)
            assert status == 403, path
            assert body["errors"][0]["code"] == "two_factor_required"
            assert body["data"] is None
    change = {"full_name": "Changed"}
    assert call(Client(), "PATCH", "/api/v1/profile/", change, **token)[0] == 403
    admin.refresh_from_db()
    assert admin.full_name != "Changed"


def test_p6_by_api_the_factor_is_set_up_and_then_all_opens() -> None:
    admin = factories.user(Role.ADMIN)
    _, body = sign_in(factories.PASSWORD, email=str(admin.email))
    token = {"Authorization": f"Bearer {body['meta']['access_token']}"}
    again = {"password": factories.PASSWORD}
    assert call(Client(), "POST", "/auth/reauthenticate", again, **token)[0] == 200
    path = "/account/authenticators/totp"
    status, body = call(Client(), "GET", path, **token)
    assert status == 404
    code = shown(body["meta"]["secret"])
    assert call(Client(), "POST", path, {"code": code}, **token)[0] == 200
    assert call(Client(), "GET", "/api/v1/profile/", **token)[0] == 200


def test_p6_on_the_pages_it_is_set_up_and_one_goes_on_to_where_one_wanted_to_be() -> None:
    editor = factories.user(Role.EDITOR)
    client = browser(editor)
    assert client.get("/admin/pages/", headers=HTML)["Location"] == PAGE
    page = client.get(PAGE)
    assert page.status_code == 200 and b"totp/activate" in page.content
    assert client.get("/en/account/2fa/").status_code == 200
    path = "/en/account/2fa/totp/activate/"
    client.post(f"/en/account/reauthenticate/?next={path}", {"password": factories.PASSWORD})
    html = client.get(path).content.decode()
    found = re.search(r'id="authenticator_secret"[^>]* value="(\w+)"', html)
    assert found
    client.post(path, {"code": shown(found.group(1))})
    assert client.get(PAGE)["Location"] == "/admin/pages/"
    assert client.get("/admin/pages/").status_code == 200
    assert client.get(PAGE)["Location"] == "/en/account/2fa/", "and only once"


def test_p6_signing_out_and_the_language_stay_open_to_the_held() -> None:
    client = browser(factories.user(Role.ADMIN))
    assert client.post("/en/i18n/setlang/", {"language": "ar"}).status_code == 302
    assert client.get("/ar/two-factor/").status_code == 200
    client.post("/en/account/logout/")
    assert "_auth_user_id" not in client.session


def test_p6_the_socket_is_closed_to_the_held() -> None:
    admin = factories.user(Role.ADMIN)
    assert not NotificationConsumer.policy.admits(User.objects.get(pk=admin.pk))
    totp.TOTP.activate(admin, totp.generate_totp_secret())
    assert NotificationConsumer.policy.admits(User.objects.get(pk=admin.pk))


def test_p6_who_gets_the_role_or_loses_the_factor_is_held_from_the_next_request_on() -> None:
    person = factories.user(Role.TEACHER)
    client = browser(person)
    assert client.get("/en/profile/").status_code == 200, "a teacher needs none"
    services.set_roles(user=person, roles={Role.TEACHER, Role.ADMIN}, actor=None)
    assert client.get("/en/profile/")["Location"] == PAGE
    totp.TOTP.activate(person, totp.generate_totp_secret())
    assert client.get("/en/profile/").status_code == 200
    Authenticator.objects.filter(user=person).delete()
    assert client.get("/en/profile/")["Location"] == PAGE


def test_p6_recovery_codes_alone_are_no_second_factor() -> None:
    admin = factories.user(Role.ADMIN)
    Authenticator.objects.create(user=admin, type="recovery_codes", data={"migrated_codes": ["1"]})
    client = Client()
    client.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/en/profile/")["Location"] == PAGE


def test_p6_nobody_is_held_without_the_setting(settings: Any) -> None:
    settings.TWO_FACTOR_REQUIRED_FOR = []
    client = browser(factories.user(Role.ADMIN))
    assert client.get("/admin/").status_code == 200
    assert client.get(PAGE).status_code == 302


def test_p6_a_role_that_does_not_exist_stops_the_start(settings: Any) -> None:
    settings.TWO_FACTOR_REQUIRED_FOR = ["admin", "editors"]
    assert [error.id for error in run_checks(tags=["accounts"])] == ["accounts.E001"]


def test_p6_an_admin_takes_lost_factors_away_and_the_person_is_told_and_signed_out() -> None:
    admin, editor = factories.user(Role.ADMIN), factories.user(Role.EDITOR)
    for user in (admin, editor):
        totp.TOTP.activate(user, totp.generate_totp_secret())
    desk, lost = Client(), Client()
    for client, user in ((desk, admin), (lost, editor)):
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = desk.get(f"/admin/users/edit/{editor.pk}/")
    assert f"/admin/users/factors/{editor.pk}/" in page.content.decode()
    assert lost.post(f"/admin/users/factors/{admin.pk}/").status_code in {302, 403}
    assert desk.post(f"/admin/users/factors/{admin.pk}/").status_code == 403, "not one's own"
    narrow = factories.user(Role.ADMIN)
    InstitutionAdministrator.objects.create(institution=factories.institution(), user=narrow)
    totp.TOTP.activate(narrow, totp.generate_totp_secret())
    hall = Client()
    hall.force_login(narrow, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert hall.post(f"/admin/users/factors/{admin.pk}/").status_code in {302, 403, 404}
    assert Authenticator.objects.count() == 3, "an admin of one institution takes nobody's"
    assert desk.post(f"/admin/users/factors/{editor.pk}/").status_code == 302
    assert {one.user_id for one in Authenticator.objects.all()} == {admin.pk, narrow.pk}
    assert lost.get("/en/profile/").status_code == 302 and "_auth_user_id" not in lost.session
    for row in OutboxMessage.objects.filter(done_at=None):
        assert outbox.run(row.pk)
    assert mail.outbox[-1].to == [editor.email]
    entry = ModelLogEntry.objects.get(action="accounts.take_factors_away")
    assert entry.user_id == admin.pk and entry.object_id == str(editor.pk)
    assert browser(editor).get("/en/profile/")["Location"] == PAGE, "held until there is a new one"


def test_p6_adding_and_removing_a_factor_stands_in_the_history(
    django_capture_on_commit_callbacks: Any,
) -> None:
    editor = factories.user(Role.EDITOR)
    client = browser(editor)
    client.post("/en/account/reauthenticate/", {"password": factories.PASSWORD})
    client.get("/en/account/2fa/totp/activate/")
    code = shown(client.session["mfa.totp.secret"])
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/en/account/2fa/totp/activate/", {"code": code})
    client.post("/en/account/2fa/totp/deactivate/")
    told = ModelLogEntry.objects.filter(action="accounts.second_factor").order_by("pk")
    assert {(entry.data["change"], entry.data["kind"]) for entry in told} >= {
        ("added", "totp"),
        ("removed", "totp"),
    }
