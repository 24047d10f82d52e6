"""Public profiles and directories behind the cache: what changes in a model shows at once."""

from collections.abc import Callable
from typing import Any

import pytest

from campus.institutions.services import write_department
from campus.people import services as people
from learning.enrollments.services import enroll
from tests import factories
from tests.portal.pagecache.browser import Visitor
from tests.portal.pagecache.test_wagtail import visitor  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_change_of_a_model_shows_at_once(visitor: Visitor) -> None:  # noqa: F811
    department = factories.department(code="PHYS", name="Physics")
    user = factories.teacher(full_name="Nadia Rahal")
    person = user.staff_profile
    people.write_staff(actor=None, changes={"department": department}, staff=person)
    section = factories.section(
        course=factories.course(department=department), capacity=1, instructors=[person]
    )
    profile = person.get_absolute_url()
    open_now = "1 open section"
    steps: list[tuple[str, str, bool, Callable[[], Any]]] = [
        (
            "/en/departments/phys/",
            "Natural Philosophy",
            True,
            lambda: write_department(
                actor=None, changes={"name": "Natural Philosophy"}, department=department
            ),
        ),
        (
            profile,
            "nadia@office.example",
            True,
            lambda: people.update_staff(
                staff=person, changes={"public_email": "nadia@office.example"}, actor=user
            ),
        ),
        (
            "/en/departments/phys/",
            open_now,
            False,
            lambda: enroll(student=factories.student(), section_id=section.pk, actor=None),
        ),
        (
            "/en/people/",
            "Nadia Rahal",
            False,
            lambda: people.update_staff(staff=person, changes={"is_listed": False}, actor=user),
        ),
    ]
    for address, words, after, change in steps:
        assert visitor.get(address).cache == "kept", address
        kept = visitor.get(address)
        assert kept.cache == "hit", address
        assert (words in kept.text) is not after, (address, words)
        change()
        assert (words in visitor.get(address).text) is after, (address, words)
    assert visitor.get(profile).status == 404
