"""The fixtures that every test stands on hold what they promise."""

import pytest
from allauth.headless.tokens.strategies.jwt import internal
from wagtail.models import Page

from learning.catalog.models import Section
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_finds_what_migrations_stored() -> None:
    assert Page.objects.filter(depth=1).exists()
    Page.objects.filter(depth=2).delete()


@pytest.mark.django_db(transaction=True)
def test_the_next_one_that_commits_finds_it_too() -> None:
    assert Page.objects.filter(depth=2).exists()
    assert not Section.objects.exists()


@pytest.mark.django_db
def test_an_access_token_of_the_factory_is_a_real_one() -> None:
    user = factories.user()
    found = internal.validate_access_token(factories.access_token(user))
    assert found is not None
    assert found[0].pk == user.pk


@pytest.mark.django_db
def test_the_section_of_the_fixture_takes_enrollments(section: Section) -> None:
    assert section.takes_enrollments()
    assert section.seats_left == 2
