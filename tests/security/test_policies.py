"""One permission registry: every route, page and socket declares who may use it.

What other packages bring has guards of its own: it is named in ``THIRD_PARTY``, each with the reason.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from campus.accounts.models import User
from portal.api.permissions import DeclaredPolicy
from portal.api.views import ApiBehavior
from portal.permissions import Policy
from portal.sockets import socket_urlpatterns

pytestmark = pytest.mark.django_db


class ThirdParty(NamedTuple):
    """Routes of another package: where they stand, whose they are, what guards them."""

    address: str
    module: str
    reason: str


THIRD_PARTY = (
    ThirdParty("admin/", "wagtail", "the admin: its require_admin_access door and its policies"),
    ThirdParty("admin/", "wagtail_localize", "the admin, as above"),
    ThirdParty("admin/", "django.views", "the admin's texts for scripts, behind its door"),
    ThirdParty(
        "admin/", "campus.accounts.viewsets", "our user views inside of Wagtail's admin door"
    ),
    ThirdParty("documents/", "wagtail.documents", "public files; collections may be restricted"),
    ThirdParty("{lang}/account/", "allauth", "sign-in and account: allauth's own decorators"),
    ThirdParty(
        "{lang}/account/", "django.views.generic", "allauth's old addresses: they only lead on"
    ),
    ThirdParty("account/", "allauth", "coming back from an outside provider: its state is checked"),
    ThirdParty("{lang}/_util/", "wagtail", "the form of password-protected pages"),
    ThirdParty(
        "{lang}/_util/", "django.contrib.auth", "Wagtail's sign-in of pages: our door is first"
    ),
    ThirdParty("{lang}/", "wagtail.views", "published pages: view restrictions of each page"),
)


class Route(NamedTuple):
    """One address and what answers it."""

    address: str
    view: Any

    @property
    def owner(self) -> Any:
        """The class behind the view, or the function."""
        return getattr(self.view, "cls", None) or getattr(self.view, "view_class", self.view)

    @property
    def policy(self) -> Any:
        """What is declared on the view, or on its class."""
        return getattr(self.view, "policy", None) or getattr(self.owner, "policy", None)


def walk(patterns: Any, prefix: str = "") -> Iterator[Route]:
    """Every route of a URL map."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            language = type(pattern.pattern).__name__ == "LocalePrefixPattern"
            yield from walk(
                pattern.url_patterns, prefix + ("{lang}/" if language else str(pattern.pattern))
            )
        elif isinstance(pattern, URLPattern):
            yield Route(prefix + str(pattern.pattern), pattern.callback)


def routes() -> list[Route]:
    """Every route of the portal."""
    return list(walk(get_resolver().url_patterns))


def third_party(route: Route) -> ThirdParty | None:
    """The entry of the table that covers ``route``, if one does."""
    module = f"{getattr(route.owner, '__module__', '')}."
    for entry in THIRD_PARTY:
        address = route.address.removeprefix("^")
        if address.startswith(entry.address) and module.startswith(f"{entry.module}."):
            return entry
    return None


def undeclared(route: Route) -> list[str]:
    """What of ``route`` (its actions or methods) has no policy."""
    policy = route.policy
    if isinstance(policy, Policy):
        return []
    if policy is None:
        return [route.address]
    actions = getattr(route.view, "actions", None)
    if actions:
        asked = set(actions.values()) - {"head"}
    else:
        methods = getattr(route.owner, "http_method_names", [])
        asked = {name for name in methods if hasattr(route.owner, name)} - {"head", "options"}
    return [
        f"{route.address}: {name}" for name in asked if not isinstance(policy.get(name), Policy)
    ]


def test_every_route_declares_a_policy_for_each_action() -> None:
    missing = [
        f"{what} ({route.owner.__module__}.{getattr(route.owner, '__qualname__', '')})"
        for route in routes()
        if third_party(route) is None
        for what in undeclared(route)
    ]
    assert not missing, "\n".join(["Without a policy:", *missing])


def test_the_walk_finds_what_has_no_policy() -> None:
    class Bare(APIView):
        pass

    class Half(APIView):
        policy = {"get": Policy("x")}

        def get(self) -> None: ...
        def post(self) -> None: ...

    assert undeclared(Route("bare/", Bare.as_view())) == ["bare/"]
    assert undeclared(Route("half/", Half.as_view())) == ["half/: post"]
    assert undeclared(Route("f/", lambda request: None)) == ["f/"]
    assert len(routes()) > 300


def test_every_socket_declares_a_policy() -> None:
    assert socket_urlpatterns
    for pattern in socket_urlpatterns:
        consumer = pattern.callback.consumer_class
        assert isinstance(getattr(consumer, "policy", None), Policy), consumer


def test_each_entry_of_the_third_party_table_is_needed() -> None:
    used = {third_party(route) for route in routes()}
    assert set(THIRD_PARTY) <= used


def test_our_api_views_stand_on_our_base() -> None:
    """Envelope, limits and policies come from there: no view of ours may go around it."""
    ours = ("portal.", "campus.", "learning.", "home.", "search.")
    for route in routes():
        view = route.owner
        if (
            isinstance(view, type)
            and issubclass(view, APIView)
            and view.__module__.startswith(ours)
        ):
            assert issubclass(view, ApiBehavior), route
            assert view.permission_classes == [DeclaredPolicy], route


@pytest.mark.parametrize("who", ["visitor", "student"])
def test_the_admin_is_closed_to_those_without_a_role_for_it(
    who: str, student: Any, sign_in: Callable[[User], Client]
) -> None:
    client = Client() if who == "visitor" else sign_in(student.user)
    open_to_all = {
        "admin/login/",
        "admin/password_reset/",
        "admin/logout/",
        "admin/sprite/",
        "admin/jsi18n/",
    }
    asked = 0
    for route in routes():
        if not route.address.startswith("admin/") or "<" in route.address or "(" in route.address:
            continue
        if route.address in open_to_all or route.policy is not None:
            continue
        status = client.get(f"/{route.address.replace('^', '').rstrip('$')}").status_code
        assert status in {302, 401, 403, 404, 405}, route.address
        asked += 1
    assert asked > 30


# --- the matrix: what each role gets at the door of every address of ours without arguments ---------


def plain_routes() -> list[Route]:
    """Our addresses that need no argument, and so can be asked by anybody."""
    return [
        route
        for route in routes()
        if third_party(route) is None
        and not {"<", "("} & set(route.address)
        and route.policy is not None
    ]


def read_policy(route: Route) -> Policy | None:
    """The policy of a GET of ``route``."""
    policy = route.policy
    if isinstance(policy, Policy):
        return policy
    actions = getattr(route.view, "actions", None) or {}
    return policy.get(actions.get("get", "get"))


@pytest.mark.parametrize("who", ["visitor", "student", "teacher", "editor", "admin"])
def test_every_door_admits_and_refuses_as_its_policy_says(
    who: str, request: pytest.FixtureRequest, sign_in: Callable[[User], Client]
) -> None:
    person = None if who == "visitor" else request.getfixturevalue(who)
    user = getattr(person, "user", person)
    client = Client(raise_request_exception=False) if user is None else sign_in(user)
    client.raise_request_exception = False
    wrong = []
    for route in plain_routes():
        policy = read_policy(route)
        if policy is None or policy.name == "token or internal address":
            continue
        address = "/" + route.address.replace("{lang}", "en").replace("^", "").rstrip("$")
        answer = client.get(address)
        told = f"{address} → {answer.status_code} ({policy.name})"
        api = address.startswith("/api/")
        if answer.status_code >= 500:
            wrong.append(told)
        elif policy.admits(user):
            denied = answer.status_code in ({401, 403} if api else {403})
            # (allauth's own API tells visitors 401 as the state of a session)
            if denied and not address.startswith("/api/v1/auth/"):
                wrong.append(told)
        elif answer.status_code not in (
            {401, 405} if api and user is None else {302, 401, 403, 404, 405}
        ):
            wrong.append(told)
    assert not wrong, "\n".join(wrong)
