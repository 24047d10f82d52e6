"""What pages offer by rights: remembered, and right as soon as rights change."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campus.accounts import services
from campus.accounts.administering import may_administer, shown_rights
from campus.accounts.models import User
from portal.pagecache.values import forget
from portal.pagecache.versions import versions
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def on(settings: Any) -> Iterator[None]:
    settings.PAGE_CACHE = True
    versions.cache_clear()
    forget()
    yield
    forget()
    versions.cache_clear()


def allowed(user: User) -> bool:
    """As the next request would find it, with a user of its own."""
    return may_administer(User.objects.get(pk=user.pk))


@pytest.fixture
def access() -> Permission:
    return Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")


def test_a_role_that_is_given_and_taken_shows_at_once(access: Permission) -> None:
    group = Group.objects.get_or_create(name=Role.EDITOR.value)[0]
    group.permissions.add(access)
    user, other = factories.user(Role.STUDENT), factories.user(Role.STUDENT)
    assert not allowed(user)
    services.set_roles(user=user, roles={Role.STUDENT, Role.EDITOR}, actor=None)
    assert allowed(user)
    assert not allowed(other)
    services.set_roles(user=user, roles={Role.STUDENT}, actor=None)
    assert not allowed(user)


def test_a_permission_shows_at_once_from_whichever_side(access: Permission) -> None:
    user, group = factories.user(Role.STUDENT), Group.objects.create(name="helpers")
    group.user_set.add(user)
    assert not allowed(user)
    group.permissions.add(access)
    assert allowed(user)
    group.user_set.remove(user)
    assert not allowed(user)
    access.user_set.add(user)
    assert allowed(user)
    user.user_permissions.clear()
    assert not allowed(user)
    user.groups.add(group)
    assert allowed(user)
    group.delete()
    assert not allowed(user)


def test_asking_again_asks_for_no_permission() -> None:
    user = factories.user(Role.STUDENT)
    assert not allowed(user)
    fresh = User.objects.get(pk=user.pk)
    with CaptureQueriesContext(connection) as seen:
        assert not may_administer(fresh)
    # (Without a file and without Redis the versions themselves are asked of the database.)
    assert not [query for query in seen if "auth_" in query["sql"]]


def test_who_is_off_may_not() -> None:
    user = factories.user(Role.STUDENT)
    user.is_superuser = True
    assert may_administer(user)
    user.is_active = False
    assert not may_administer(user)
    assert not may_administer(None)


def test_roles_are_shown_as_they_are_held() -> None:
    user = factories.user(Role.STUDENT, Role.PARENT)
    user.groups.add(Group.objects.create(name="helpers"))
    assert shown_rights(user).roles == {Role.STUDENT, Role.PARENT} == user.roles
    services.set_roles(user=user, roles={Role.STUDENT}, actor=None)
    fresh = User.objects.get(pk=user.pk)
    assert shown_rights(fresh).roles == {Role.STUDENT} == fresh.roles
    fresh.is_superuser = True
    del fresh._shown_rights
    assert shown_rights(fresh).roles == {Role.STUDENT, Role.ADMIN}
    assert shown_rights(None).roles == frozenset()


def test_one_query_for_all_rights_of_a_request(settings: Any) -> None:
    settings.PAGE_CACHE = False
    user = User.objects.get(pk=factories.user(Role.EDITOR).pk)
    with CaptureQueriesContext(connection) as seen:
        assert may_administer(user) == user.has_perm("wagtailadmin.access_admin")
        before = len(seen)
        assert shown_rights(user).roles == {Role.EDITOR}
    assert len(seen) == before
