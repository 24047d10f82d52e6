"""P7: a token of another system reaches what its scopes name on our API, and nothing else."""

from typing import Any

import pytest
from allauth.idp.oidc.models import Token
from django.test import Client as Browser

from campus.accounts.openid import services as openid
from campus.people.models import Student
from learning.enrollments.services import enroll
from portal.api.views import ApiBehavior
from portal.scopes import all_scopes, register, scope_of
from tests import factories
from tests.campus.accounts.openid import flows
from tests.campus.accounts.openid.flows import TOKEN, USERINFO, Flow, bearer
from tests.security.test_policies import routes

pytestmark = pytest.mark.django_db
ENROLLMENTS, COURSES, PROFILE = "/api/v1/enrollments/", "/api/v1/courses/", "/api/v1/profile/"


def flow_of(user: Any) -> Flow:
    return Flow(flows.signed_in(user), *flows.client())


def status(path: str, token: str, method: str = "get") -> int:
    return int(getattr(Browser(), method)(path, **bearer(token)).status_code)


def test_p7_a_scope_opens_what_it_names_and_nothing_else(student: Student, section: Any) -> None:
    enroll(student=student, section_id=section.pk, actor=student.user)
    other = factories.student()
    enroll(student=other, section_id=section.pk, actor=other.user)
    flow = flow_of(student.user)
    token = flow.tokens("openid enrollments:read")["access_token"]
    answer = Browser().get(ENROLLMENTS, **bearer(token))
    assert answer.status_code == 200
    [own] = answer.json()["data"]
    assert own["student"]["id"] == str(student.pk), "a scope shows no more than the person sees"
    refused = Browser().get(COURSES, **bearer(token))
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["code"] == "insufficient_scope"
    assert status(PROFILE, token) == 403
    assert status(ENROLLMENTS, token, "post") == 403, "reading is not writing"
    assert status(COURSES, flow.tokens("openid courses:read")["access_token"]) == 200


def test_p7_without_openid_there_is_no_userinfo(student: Student) -> None:
    token = flow_of(student.user).tokens("courses:read")["access_token"]
    assert status(COURSES, token) == 200
    assert status(USERINFO, token) in {401, 403}


def test_p7_every_route_without_a_scope_is_closed_to_all_scopes_together(admin: Any) -> None:
    flow = flow_of(admin)
    token = flow.tokens(" ".join(flows.ALL))["access_token"]
    known = {scope.name for scope in all_scopes()}
    assert set(flows.ALL) == known
    asked, wrong = 0, []
    for route in routes():
        view = route.owner
        if not (isinstance(view, type) and issubclass(view, ApiBehavior)):
            continue
        if {"<", "("} & set(route.address):
            continue
        actions = getattr(route.view, "actions", None) or {"get": "get"}
        scope = scope_of(view, actions.get("get", "get"))
        assert scope is None or scope in known, route
        if scope is None and ("get" in actions and hasattr(view, actions["get"])):
            asked += 1
            if status("/" + route.address.replace("^", "").rstrip("$"), token) != 403:
                wrong.append(route.address)
    assert asked > 10 and not wrong, wrong


def test_p7_the_two_kinds_of_tokens_are_never_taken_for_each_other(student: Student) -> None:
    tokens = flow_of(student.user).tokens("openid enrollments:read")
    own = factories.access_token(student.user)
    assert status(PROFILE, own) == 200, "the control"
    assert status(USERINFO, own) == 401
    for foreign in (tokens["id_token"], tokens["refresh_token"]):
        for path in (PROFILE, ENROLLMENTS, COURSES):
            assert status(path, foreign) == 401, path
        assert status(USERINFO, foreign) in {401, 403}
    for path in ("session", "authenticators"):
        answer = Browser().get(f"/api/v1/auth/app/v1/auth/{path}", **bearer(tokens["access_token"]))
        assert answer.status_code in {401, 404}, path
    app = {"HTTP_X_SESSION_TOKEN": tokens["access_token"]}
    assert Browser().get("/api/v1/auth/app/v1/auth/session", **app).status_code in {401, 410}
    refreshed = Browser().post(
        "/api/v1/auth/app/v1/tokens/refresh",
        {"refresh_token": tokens["refresh_token"]},
        content_type="application/json",
    )
    assert refreshed.status_code in {400, 401}


def test_p7_a_token_in_the_address_is_not_read(student: Student) -> None:
    token = flow_of(student.user).tokens("openid enrollments:read")["access_token"]
    assert Browser().get(f"{ENROLLMENTS}?access_token={token}").status_code == 401


def test_p7_a_system_by_itself_reads_what_is_public(student: Student) -> None:
    made, secret = flows.client(
        signs_in=False,
        acts_alone=True,
        redirect_uris=[],
        scopes=["courses:read", "enrollments:read"],
    )
    flow = Flow(Browser(), made, secret)
    answer = flow.post(TOKEN, grant_type="client_credentials", scope="courses:read")
    assert answer.status_code == 200, answer.content
    token = answer.json()["access_token"]
    assert "refresh_token" not in answer.json()
    assert status(COURSES, token) == 200
    assert status(PROFILE, token) == 403
    both = flow.post(
        TOKEN, grant_type="client_credentials", scope="courses:read enrollments:read"
    ).json()["access_token"]
    assert status(ENROLLMENTS, both) == 403, "nobody stands behind it"
    wrong = flow.post(TOKEN, grant_type="client_credentials", scope="openid roles")
    assert wrong.status_code == 400 and wrong.json()["error"] == "invalid_scope"
    people = Flow(flows.signed_in(student.user), *flows.client())
    refused = people.post(TOKEN, grant_type="client_credentials", scope="courses:read")
    assert refused.status_code in {400, 401}


def test_p7_what_the_client_loses_its_tokens_lose(student: Student, admin: Any) -> None:
    flow = flow_of(student.user)
    token = flow.tokens("openid courses:read")["access_token"]
    flow.client.set_scopes(["openid"])
    flow.client.save()
    assert status(COURSES, token) == 403, "at once, even where the service was not asked"
    openid.save_client(
        client=flow.client,
        name="Library",
        is_public=False,
        redirect_uris=[flows.BACK],
        scopes=[],
        signs_in=True,
        acts_alone=False,
        actor=admin,
    )
    assert not Token.objects.exists()


def test_p7_a_token_for_other_addresses_is_refused(student: Student) -> None:
    flow = flow_of(student.user)
    flow.tokens("openid courses:read")
    token = Token.objects.get(type=Token.Type.ACCESS_TOKEN)
    token.set_value("opaque-value")
    token.set_resources(["https://elsewhere.example/api"])
    token.save()
    assert status(COURSES, "opaque-value") == 403


def test_a_scope_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        register("openid", "again")
