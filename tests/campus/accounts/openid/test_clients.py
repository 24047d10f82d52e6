"""P7: clients are the admins' to make, in the Wagtail admin; the secret is shown once."""

import re
from html import unescape
from typing import Any

import pytest
from allauth.idp.oidc.models import Client, Token
from django.urls import reverse
from wagtail.models import ModelLogEntry

from campus.accounts.openid import services
from campus.institutions.models import InstitutionAdministrator
from portal.errors import InvalidInput, NotAllowed
from portal.roles import Role
from tests import factories
from tests.campus.accounts.openid import flows

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Library",
    "is_public": "False",
    "uses": ["sign_in"],
    "redirect_uris": "https://library.example/callback",
    "scopes": ["openid", "email"],
}


def test_p7_an_admin_makes_a_client_and_reads_its_secret_once(admin: Any, sign_in: Any) -> None:
    browser = sign_in(admin)
    answer = browser.post(reverse("openid_clients:add"), FORM)
    html = answer.content.decode()
    made = Client.objects.get()
    [secret] = re.findall(r"data-client-secret>([^<]+)<", html)
    assert "no-store" in answer["Cache-Control"] and made.pk in html
    secret = unescape(secret)
    assert made.check_secret(secret) and secret not in made.secret
    assert (made.get_scopes(), made.get_redirect_uris()) == (["openid", "email"], [flows.BACK])
    assert not made.skip_consent and made.get_response_types() == ["code"]
    for page in ("edit", "history"):
        shown = browser.get(reverse(f"openid_clients:{page}", args=[made.pk])).content.decode()
        assert secret not in shown and made.secret not in shown
    entry = ModelLogEntry.objects.get(action="accounts.openid_client_save")
    assert entry.user_id == admin.pk and secret not in str(entry.data)


def test_p7_a_new_secret_ends_the_old_one(admin: Any, sign_in: Any) -> None:
    made, old = flows.client()
    flow = flows.Flow(sign_in(factories.user()), made, old)
    flow.tokens()
    browser, address = sign_in(admin), reverse("openid_clients:secret", args=[made.pk])
    assert browser.get(address).status_code == 200
    assert Token.objects.exists(), "asking changes nothing"
    browser.post(address)
    made.refresh_from_db()
    assert not made.check_secret(old) and not Token.objects.exists()


def test_p7_editing_and_deleting_go_through_the_services(admin: Any, sign_in: Any) -> None:
    made, _secret = flows.client()
    browser = sign_in(admin)
    edited = browser.post(reverse("openid_clients:edit", args=[made.pk]), {**FORM, "name": "Other"})
    assert edited.status_code == 302
    made.refresh_from_db()
    assert made.name == "Other" and made.get_scopes() == ["openid", "email"]
    assert browser.post(reverse("openid_clients:delete", args=[made.pk])).status_code == 302
    assert not Client.objects.exists()
    actions = set(ModelLogEntry.objects.values_list("action", flat=True))
    assert {"accounts.openid_client_save", "accounts.openid_client_delete"} <= actions
    assert browser.get(reverse("openid_clients:index")).status_code == 200


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("redirect_uris", {"redirect_uris": "http://library.example/"}),
        ("redirect_uris", {"redirect_uris": "https://*.example.org/"}),
        ("redirect_uris", {"redirect_uris": "https://a.example/#x"}),
        ("redirect_uris", {"redirect_uris": "javascript:alert(1)"}),
        ("redirect_uris", {"redirect_uris": "https://user@evil.example/"}),
        ("redirect_uris", {"redirect_uris": ""}),
        ("uses", {"uses": []}),
        ("uses", {"uses": ["sign_in", "alone"], "is_public": "True"}),
        ("scopes", {"scopes": ["everything"]}),
        ("name", {"name": ""}),
    ],
)
def test_p7_a_bad_client_is_refused_at_its_field(
    field: str, change: dict[str, Any], admin: Any, sign_in: Any
) -> None:
    answer = sign_in(admin).post(reverse("openid_clients:add"), {**FORM, **change})
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    "address", ["http://localhost:8080/cb", "http://127.0.0.1/cb", "org.example.app:/done"]
)
def test_p7_programs_of_ones_own_machine_may_come_back(address: str) -> None:
    services.check_redirect_uri(address)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.TEACHER, Role.STUDENT])
def test_p7_nobody_else_comes_near(role: Role, sign_in: Any) -> None:
    made, _secret = flows.client()
    user = factories.user(role)
    browser = sign_in(user)
    for name, args in (
        ("index", []),
        ("add", []),
        ("edit", [made.pk]),
        ("delete", [made.pk]),
        ("secret", [made.pk]),
    ):
        address = reverse(f"openid_clients:{name}", args=args)
        for send in (browser.get, browser.post):
            answer = send(address)
            assert answer.status_code in {302, 403}, name
            assert made.pk not in answer.content.decode() or answer.status_code == 403
    assert Client.objects.get().secret == made.secret
    with pytest.raises(NotAllowed):
        services.new_secret(client=made, actor=user)
    with pytest.raises(NotAllowed):
        services.delete_client(client=made, actor=user)
    public, _none = flows.client(is_public=True)
    with pytest.raises(InvalidInput):
        services.new_secret(client=public, actor=factories.user(Role.ADMIN))


def test_p7_an_admin_of_one_institution_connects_no_system(sign_in: Any) -> None:
    local = factories.user(Role.ADMIN)
    InstitutionAdministrator.objects.create(institution=factories.institution(), user=local)
    made, _secret = flows.client()
    browser = sign_in(local)
    for name, args in (("index", []), ("add", []), ("edit", [made.pk]), ("secret", [made.pk])):
        assert browser.get(reverse(f"openid_clients:{name}", args=args)).status_code in {302, 403}
    with pytest.raises(NotAllowed):
        services.new_secret(client=made, actor=local)
