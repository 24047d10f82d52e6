"""A hall or two, and times in them."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from campus.institutions.models import Institution
from campus.venues.models import Building, Hall
from campus.venues.reservations import Period
from tests import factories

When = Callable[..., Period]


def period(day: int = 1, hour: int = 10, minute: int = 0, hours: float = 1) -> Period:
    """A time ``day`` days after a Monday two weeks ahead, by the portal's clock."""
    zone = timezone.get_default_timezone()
    monday = timezone.localdate() + dt.timedelta(days=14)
    monday -= dt.timedelta(days=monday.weekday())
    starts = dt.datetime.combine(
        monday + dt.timedelta(days=day), dt.time(hour, minute), tzinfo=zone
    )
    return Period(starts, starts + dt.timedelta(hours=hours))


@pytest.fixture
def when() -> When:
    """Makes times."""
    return period


@pytest.fixture
def building(institution: Institution) -> Building:
    """A building."""
    return Building.objects.create(institution=institution, name="North Hall")


@pytest.fixture
def hall(building: Building) -> Hall:
    """A hall for forty, open at all hours."""
    return factories.hall(building=building, code="N1", capacity=40)


@pytest.fixture
def other_hall(building: Building) -> Hall:
    """Another one, for sixty."""
    return factories.hall(building=building, code="N2", capacity=60)
