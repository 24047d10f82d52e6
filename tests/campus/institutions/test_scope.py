"""What an admin reaches: the portal, or their institutions alone."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import ProtectedError

from campus.institutions.models import Department, Institution, InstitutionAdministrator
from campus.institutions.scope import (
    administers,
    administers_portal,
    forget,
    managed,
    manages,
    within,
    within_scope,
)
from learning.catalog.models import Category
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> tuple[Institution, Institution]:
    return factories.institution(slug="a", name="A"), factories.institution(slug="b", name="B")


def test_an_admin_without_a_row_manages_the_whole_portal(two: Any) -> None:
    admin = factories.user(Role.ADMIN)
    assert managed(admin) is None
    assert set(within(Institution.objects.all(), admin, "pk")) == set(Institution.objects.all())
    assert administers_portal(admin)


def test_an_admin_with_rows_manages_those_institutions_alone(two: Any) -> None:
    a, b = two
    admin = factories.administrator(a)
    of_a, of_b = (factories.department(institution=place) for place in two)
    assert managed(admin) == {a.pk}
    assert list(within(Department.objects.all(), admin)) == [of_a]
    assert list(within_scope(Institution.objects.all(), admin)) == [a]
    assert administers(admin, of_a)
    assert not administers(admin, of_b)
    assert manages(admin, a.pk)
    assert not manages(admin, b.pk)
    assert not manages(admin, None)
    assert not administers_portal(admin)
    InstitutionAdministrator.objects.create(institution=b, user=admin)
    forget(admin)
    assert managed(admin) == {a.pk, b.pk}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_a_row_without_the_role_gives_nothing(role: Role, two: Any) -> None:
    user = factories.user(role)
    InstitutionAdministrator.objects.create(institution=two[0], user=user)
    assert managed(user) == frozenset()
    assert not within(Institution.objects.all(), user, "pk").exists()
    assert not administers(user, two[0])


def test_visitors_and_disabled_accounts_manage_nothing(two: Any) -> None:
    disabled = factories.user(Role.ADMIN, is_active=False)
    assert managed(AnonymousUser()) == managed(None) == managed(disabled) == frozenset()


def test_a_superuser_manages_the_portal_whatever_their_rows(two: Any) -> None:
    user = factories.user(is_superuser=True)
    InstitutionAdministrator.objects.create(institution=two[0], user=user)
    assert managed(user) is None


def test_what_belongs_to_no_institution_is_for_admins_of_the_portal(two: Any) -> None:
    factories.category()
    assert not within_scope(Category.objects.all(), factories.administrator(two[0])).exists()
    assert within_scope(Category.objects.all(), factories.user(Role.ADMIN)).exists()


def test_an_institution_with_administrators_is_not_deleted(two: Any) -> None:
    admin = factories.administrator(two[0])
    with pytest.raises(ProtectedError):
        two[0].delete()
    forget(admin)
    assert managed(admin) == {two[0].pk}


def test_the_reach_costs_two_queries_and_is_kept(two: Any, django_assert_num_queries: Any) -> None:
    admin = factories.administrator(two[0])
    with django_assert_num_queries(2):
        assert managed(admin) == managed(admin)
