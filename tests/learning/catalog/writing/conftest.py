"""Who writes the catalog in these tests, and an institution that is not theirs."""

import pytest
from rest_framework.test import APIClient

from campus.accounts.models import User
from campus.institutions.models import Institution
from tests import factories
from tests.learning.catalog.writing.asking import ApiAs


@pytest.fixture
def boss(api_as: ApiAs, admin: User) -> APIClient:
    return api_as(admin)


@pytest.fixture
def other(institution: Institution) -> Institution:
    return factories.institution(slug="other", name="Other College")
