"""seed_halls: eight halls, once."""

import io

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import ModelLogEntry

from campus.institutions.models import Institution
from campus.venues.models import Building, Hall

pytestmark = pytest.mark.django_db


def test_eight_halls_are_made_once_and_keep_what_people_changed(institution: Institution) -> None:
    told = io.StringIO()
    call_command("seed_halls", stdout=told)
    assert Hall.objects.count() == 8
    assert Building.objects.get().institution == institution
    assert ModelLogEntry.objects.filter(action="wagtail.create").count() == 9
    hall = Hall.objects.get(code="A1")
    hall.name, hall.capacity = "Great Hall", 350
    hall.save()
    Hall.objects.filter(code="M1").delete()
    call_command("seed_halls", stdout=told)
    call_command("seed_halls", stdout=told)
    hall.refresh_from_db()
    assert (hall.name, hall.capacity, Hall.objects.count()) == ("Great Hall", 350, 8)
    assert told.getvalue().splitlines() == [
        "Made 8 halls.",
        "Made 1 halls.",
        "All eight halls are there.",
    ]


def test_an_institution_that_is_none_is_told(institution: Institution) -> None:
    with pytest.raises(CommandError):
        call_command("seed_halls", institution="nowhere")
    assert not Hall.objects.exists()
