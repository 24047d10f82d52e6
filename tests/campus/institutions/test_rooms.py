"""An admin of one institution sees and changes nothing of another's, by any room of the admin or the API.

Every viewset that the admin registers is walked, and every route of the API. One whose model is bound to
no institution must be shut to such an admin; one whose model is bound, but stands in no world here, fails
until it does.
"""

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest
from django.forms import ModelChoiceField
from django.test import Client
from django.urls import NoReverseMatch, reverse
from rest_framework.test import APIClient
from wagtail.admin.viewsets import viewsets
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.viewsets.model import ModelViewSet

from campus.accounts.models import User
from campus.institutions.models import InstitutionAdministrator
from campus.institutions.scope import bonds, institutions_of
from portal.imports.models import Import
from portal.roles import Role
from tests import factories
from tests.campus.institutions.worlds import World, ledger, world
from tests.security.test_policies import Route, read_policy, routes
from tests.walks import part, without_sidebar

pytestmark = pytest.mark.django_db
NAME = attrgetter("name")
OURS, THEIRS = "Aleph", "Zyxel"
REFUSED = {302, 403, 404, 405}
# Rooms where everyone sees what they did themselves; see the test that says so.
OF_ONES_OWN = {"imports"}
# What anybody does for themselves, with what is public anywhere.
ANYBODYS = ("/join/", "/leave/")


@pytest.fixture
def ours() -> World:
    return world(OURS)


@pytest.fixture
def theirs() -> World:
    return world(THEIRS)


@pytest.fixture
def admin_of_ours(ours: World) -> User:
    return ours[InstitutionAdministrator].user


@pytest.fixture(autouse=True)
def _without_sidebar() -> Iterator[None]:
    with without_sidebar():
        yield


def rooms(kind: type) -> list[Any]:
    """The viewsets of the admin, those in groups too."""
    viewsets.populate()
    found = []
    for entry in viewsets.viewsets:
        found += [entry, *getattr(entry, "registerables", [])]
    return [one for one in found if isinstance(one, kind)]


def addresses(room: Any, thing: Any = None) -> Iterator[tuple[str, str]]:
    """The addresses of a viewset that are about ``thing``, or about nothing in particular."""
    for pattern in room.get_urlpatterns():
        if pattern.name.endswith("_results"):
            continue  # the same view with less around it
        try:
            args = [] if thing is None else [thing.pk]
            yield pattern.name, reverse(room.get_url_name(pattern.name), args=args)
        except NoReverseMatch:
            continue


def test_the_walk_meets_the_rooms_of_the_admin() -> None:
    names = {room.name for room in rooms(ModelViewSet)}
    assert names >= {"course", "section", "student", "staffprofile", "institution", "hall"}
    assert names >= {"enrollments_admin", "enrollment_requests_admin", "wagtailusers_users"}


def test_each_bound_model_with_a_room_stands_in_the_worlds(ours: World) -> None:
    missing = {room.model for room in rooms(ModelViewSet)} & bonds() - set(ours)
    assert not missing, f"Put one of each into tests.campus.institutions.worlds.py: {missing}"


def test_rooms_of_what_is_bound_to_no_institution_are_shut(
    admin_of_ours: User, sign_in: Any
) -> None:
    browser, wrong = sign_in(admin_of_ours), []
    for room in rooms(ModelViewSet):
        if room.model in bonds() or room.name in OF_ONES_OWN:
            continue
        for name, address in addresses(room):
            if browser.get(address).status_code not in REFUSED:
                wrong.append(f"{room.name}:{name} {address}")
    assert not wrong, "\n".join(["Open to an admin of one institution:", *wrong])


def test_imports_show_ones_own_alone(admin_of_ours: User, theirs: World, sign_in: Any) -> None:
    other = theirs[InstitutionAdministrator].user
    for who, name in ((other, f"{THEIRS}.csv"), (admin_of_ours, f"{OURS}.csv")):
        Import.objects.create(kind="students", actor=who, file_name=name)
    told = _told(sign_in(admin_of_ours).get(reverse("imports:index")))
    assert f"{OURS}.csv" in told
    assert THEIRS not in told


def test_lists_forms_and_filters_name_nothing_of_the_others(
    ours: World, theirs: World, admin_of_ours: User, sign_in: Any
) -> None:
    browser, wrong, opened = sign_in(admin_of_ours), [], set()
    walked = part(rooms(ModelViewSet), NAME)
    for room in walked:
        if room.model not in ours:
            continue
        asked = list(addresses(room))
        index = reverse(room.get_url_name("index"))
        asked += [("search", f"{index}?q={THEIRS}"), ("csv", f"{index}?export=csv")]
        asked += addresses(room, ours[room.model])
        for name, address in asked:
            answer = browser.get(address)
            told = _told(answer).replace(f"q={THEIRS}", "").replace(f'value="{THEIRS}"', "")
            if answer.status_code == 200:
                opened.add((room.model, name))
                if THEIRS in told.replace(f"“{THEIRS}”", "").replace(f'"<em>{THEIRS}</em>"', ""):
                    at = told.index(THEIRS)
                    wrong.append(f"{address}: …{told[max(0, at - 200) : at + 60]!r}")
                wrong += [f"{address}: field {field}" for field in _offers(answer, theirs)]
            elif answer.status_code not in {302, 403, 404, 405}:
                wrong.append(f"{address} → {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    # And what is ours is there: the test would pass on closed doors else.
    assert {model for model, name in opened if name == "index"} == {
        room.model for room in walked if room.model in ours
    }


def _told(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode())


def _offers(answer: Any, theirs: World) -> Iterator[str]:
    """The fields of the page's form whose choices hold something of theirs."""
    form = (answer.context or {}).get("form")
    forms = [form] if form is not None else []
    for formset in getattr(form, "formsets", {}).values():
        forms += [*formset.forms, formset.empty_form]
    for one in forms:
        for name, field in getattr(one, "fields", {}).items():
            if isinstance(field, ModelChoiceField):
                thing = theirs.get(field.queryset.model)
                if thing is not None and field.queryset.filter(pk=thing.pk).exists():
                    yield name


def test_nothing_of_the_others_is_opened_or_changed(
    theirs: World, admin_of_ours: User, sign_in: Any
) -> None:
    browser, wrong = sign_in(admin_of_ours), []
    before = ledger(theirs)
    for room in part(rooms(ModelViewSet), NAME):
        if room.model not in theirs:
            continue
        for name, address in addresses(room, theirs[room.model]):
            for send in (browser.get, browser.post):
                answer = send(address)
                if answer.status_code not in REFUSED and not _is_refusal(answer):
                    wrong.append(f"{send.__name__} {room.name}:{name} → {answer.status_code}")
                elif THEIRS in _told(answer):
                    wrong.append(f"{send.__name__} {room.name}:{name} tells of it")
    assert not wrong, "\n".join(wrong)
    assert ledger(theirs) == before


def _is_refusal(answer: Any) -> bool:
    """A form of one step (take out, approve) that shows nothing and, when sent, only the refusal."""
    return answer.status_code == 200 and "wagtailadmin/generic/form.html" in {
        template.name for template in answer.templates
    }


def test_an_admin_of_the_portal_opens_them_all(theirs: World, sign_in: Any) -> None:
    """The control: the addresses are right, and there is something behind each."""
    browser = sign_in(factories.user(Role.ADMIN))
    for room in part(rooms(ModelViewSet), NAME):
        if room.model in theirs:
            told = _told(browser.get(reverse(room.get_url_name("index"))))
            assert THEIRS in told, room.name
            found = dict(addresses(room, theirs[room.model]))
            assert browser.get(found.get("inspect") or found["edit"]).status_code == 200, room.name


def test_choosers_offer_nothing_of_the_others(
    ours: World, theirs: World, admin_of_ours: User, sign_in: Any
) -> None:
    browser, asked = sign_in(admin_of_ours), 0
    for room in rooms(ChooserViewSet):
        if room.model not in bonds():
            continue
        asked += 1
        assert room.model in ours
        for name in ("choose", "choose_results"):
            told = _told(browser.get(reverse(room.get_url_name(name))))
            assert OURS in told
            assert THEIRS not in told
        chosen = room.get_url_name("chosen")
        assert browser.get(reverse(chosen, args=[ours[room.model].pk])).status_code == 200
        refusal = browser.get(reverse(chosen, args=[theirs[room.model].pk]), follow=True)
        assert refusal.status_code == 404
        several = reverse(room.get_url_name("chosen_multiple"))
        told = _told(browser.get(several, {"id": [theirs[room.model].pk]}))
        assert THEIRS not in told
    assert asked


# --- the API ------------------------------------------------------------------------------------


def api_routes() -> list[Route]:
    return [r for r in routes() if r.address.startswith("api/v1/") and r.policy is not None]


def model_of(route: Route) -> Any:
    """The model that a viewset of the API is about."""
    queryset = getattr(route.owner, "queryset", None)
    return getattr(queryset, "model", None)


def address_of(route: Route, thing: Any) -> str | None:
    """The address with ``thing`` as its one argument; None where it takes more, or the wrong kind."""
    name = getattr(route, "address", "")
    if name.count("<") != 1:
        return None
    head, rest = name.split("<", 1) if "(?P" not in name else name.split("(?P<", 1)
    tail = rest.split(">", 1)[1]
    if "(?P" in name:
        tail = tail.split(")", 1)[1]
    return "/" + head.replace("^", "") + str(thing.pk) + tail.replace("$", "").replace("\\", "")


def test_lists_of_the_api_tell_nothing_of_the_others_that_is_not_public(
    ours: World, theirs: World, admin_of_ours: User, api_as: Any
) -> None:
    asker, visitor, wrong = api_as(admin_of_ours), APIClient(), []
    for route in api_routes():
        if {"<", "("} & set(route.address) or read_policy(route) is None:
            continue
        address = "/" + route.address
        told = _told(asker.get(address))
        if THEIRS in told and THEIRS not in _told(visitor.get(address)):
            wrong.append(address)
    assert not wrong, "\n".join(wrong)
    assert OURS in _told(asker.get("/api/v1/enrollments/"))
    assert OURS in _told(asker.get("/api/v1/modules/"))


def test_the_api_opens_and_changes_nothing_of_the_others(
    theirs: World, admin_of_ours: User, api_as: Any
) -> None:
    asker, visitor, wrong, asked = api_as(admin_of_ours), APIClient(), [], 0
    before = ledger(theirs)
    for route in api_routes():
        thing = theirs.get(model_of(route))
        if route.address.startswith("api/v1/sections/<") and thing is None:
            continue
        address = address_of(route, thing) if thing is not None else None
        if address is None:
            continue
        asked += 1
        read = asker.get(address)
        if read.status_code == 200 and visitor.get(address).status_code != 200:
            wrong.append(f"GET {address}")
        for send in (asker.post, asker.put, asker.patch, asker.delete):
            answer = send(
                address, {"title": "Taken", "name": "Taken", "capacity": 3}, format="json"
            )
            if answer.status_code not in {403, 404, 405} and not address.endswith(ANYBODYS):
                wrong.append(f"{send.__name__} {address} → {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert asked > 10
    assert ledger(theirs) == before


def test_what_stands_in_the_worlds_is_bound_to_its_own_institution(
    ours: World, theirs: World, admin_of_ours: User
) -> None:
    for of in (ours, theirs):
        place = next(thing for model, thing in of.items() if model.__name__ == "Institution")
        for thing in of.values():
            assert institutions_of(thing) == {place.pk}, thing


def test_the_portals_own_rooms_of_wagtail_are_shut(admin_of_ours: User, sign_in: Any) -> None:
    browser: Client = sign_in(admin_of_ours)
    assert browser.get(reverse("wagtailadmin_home")).status_code == 200
    for name in (
        *("wagtailsites:index", "wagtaillocales:index", "wagtailusers_groups:index"),
        *("wagtailadmin_workflows:index", "wagtailredirects:index", "job_runs:index"),
        *("jobs:index", "wagtailadmin_reports:site_history", "wagtailadmin_collections:index"),
        "deliveries:index",
    ):
        assert browser.get(reverse(name)).status_code in REFUSED, name
