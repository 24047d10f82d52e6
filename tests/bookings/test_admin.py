"""B8: the calendar of halls inside of the Wagtail admin, which reads the site's own feed."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from campus.accounts.models import User
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def test_b8_the_admin_shows_the_calendar_of_each_hall_within_reach(sign_in: SignIn) -> None:
    ours, theirs = (
        factories.hall(name="Our hall"),
        factories.hall(
            name="Their hall",
            building=factories.hall().building,
        ),
    )
    address = reverse("hall_bookings:calendar")
    told = sign_in(factories.user(Role.ADMIN)).get(address, {"hall": theirs.pk}).content.decode()
    for words in ("Our hall", "Their hall", reverse("api:hall-calendar", args=[theirs.pk])):
        assert words in told
    assert (
        reverse("hall_bookings:calendar")
        in sign_in(factories.user(Role.ADMIN)).get(reverse("hall_bookings:index")).content.decode()
    )
    local = sign_in(factories.administrator(ours.building.institution))
    told = local.get(address).content.decode()
    assert "Our hall" in told
    elsewhere = factories.administrator(factories.institution(slug="else", name="Else"))
    browser = sign_in(elsewhere)
    told = browser.get(address).content.decode()
    assert "Our hall" not in told
    for hall in (ours.pk, "x", 2**40):
        assert browser.get(address, {"hall": hall}, follow=True).status_code == 404
    assert sign_in(factories.user(Role.EDITOR)).get(address).status_code in {302, 403}
