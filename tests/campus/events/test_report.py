"""What became of events: an organizer counts their clubs' share, an admin the institutions'."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from campus.events import services
from campus.events.reports import statistics
from portal.reports.registry import Period
from portal.roles import Role
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db


def around() -> Period:
    today = timezone.localdate()
    return Period(today - dt.timedelta(days=1), today + dt.timedelta(days=5))


def test_e4_e5_it_counts_who_registered_who_waits_and_who_came() -> None:
    event = world.event(capacity=2)
    came, stayed, waits = (world.registered(event) for _ in range(3))
    gone = world.registered(event)
    services.unregister(registration_id=gone.pk, actor=None)
    event = world.begun(event)
    services.check_in_by_hand(event_id=event.pk, registration_id=came.pk, actor=None)
    [row] = statistics(factories.user(Role.ADMIN), around())
    counted = (row["registered"], row["waiting"], row["cancelled"], row["attended"])
    assert counted == (2, 1, 1, 1)
    assert row["capacity"] == 2
    assert {stayed.state, waits.state} == {"registered", "waiting"}


def test_an_organizer_counts_their_clubs_and_nobody_drafts() -> None:
    mine, other = world.club(), world.club()
    world.event(mine, title="Mine")
    world.event(other, title="Theirs")
    world.draft(mine, title="Draft")
    titles = [row["event"] for row in statistics(world.organizer(mine), around())]
    assert titles == ["Mine"]
    everything = {row["event"] for row in statistics(factories.user(Role.ADMIN), around())}
    assert everything == {"Mine", "Theirs"}
    elsewhere = factories.administrator(factories.institution(slug="college"))
    assert statistics(elsewhere, around()) == []
    assert statistics(factories.user(Role.ORGANIZER), around()) == []


def test_what_lies_outside_the_period_does_not_count() -> None:
    world.event()
    today = timezone.localdate()
    assert statistics(factories.user(Role.ADMIN), Period(today, today)) == []


def test_it_asks_once_however_many_there_are(django_assert_num_queries: Any) -> None:
    reader = factories.user(Role.ADMIN)
    world.registered(world.event())
    statistics(reader, around())
    with django_assert_num_queries(1):
        assert len(statistics(reader, around())) == 1
    for _ in range(5):
        world.registered(world.event())
    with django_assert_num_queries(1):
        assert len(statistics(reader, around())) == 6
