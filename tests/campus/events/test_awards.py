"""E7, A3: what completing an event gives to who attended: points, exactly once, and what comes later."""

import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q

from campus.events import awards, services
from campus.events.models import Event, EventAward, EventRegistration
from campus.events.services.completion import award_batch, owed
from campus.events.tasks import award
from campus.points import services as points_services
from campus.points.errors import CategoryInUse
from campus.points.models import PointTransaction
from portal.errors import InvalidInput
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db


def attended(count: int = 3, **fields: Any) -> tuple[Event, list[EventRegistration]]:
    """A completed event that gives twenty points, with so many students who were there."""
    club = world.club()
    if "points" not in fields:
        category = factories.point_category(institution=club.institution)
        fields |= {"point_category": category, "points": 20}
    event = world.event(club, **fields)
    rows = [
        world.registered(event, mentor=factories.mentor(institution=club.institution))
        for _ in range(count)
    ]
    world.begun(event)
    for row in rows:
        services.check_in_by_hand(event_id=event.pk, registration_id=row.pk, actor=None)
    return services.complete(event_id=event.pk, actor=None), rows


def test_e7_a_completed_event_proposes_points_once_for_each_who_attended() -> None:
    event, rows = attended()
    absent = EventRegistration.objects.create(
        event=event,
        student=world.student(),
        state="registered",
        queue_number=99,
        since=event.starts,
    )
    assert award_batch(event_id=event.pk, batch=2) == 2  # (and here the worker dies)
    assert award(event.pk) == 1
    assert award(event.pk) == 0
    services.generate(event_id=event.pk, actor=None)
    assert award(event.pk) == 0
    found = PointTransaction.objects.order_by("student")
    assert {one.student_id for one in found} == {row.student_id for row in rows}
    assert absent.student_id not in {one.student_id for one in found}
    assert {(one.points, one.state, one.title, one.source) for one in found} == {
        (20, "pending", event.title, f"event:{event.pk}")
    }
    assert set(EventAward.objects.values_list("transaction_id", flat=True)) == {
        one.pk for one in found
    }
    event.completion.refresh_from_db()
    assert (event.completion.points, event.completion.done, event.completion.total) == (3, 3, 3)


def test_a3_points_that_are_there_already_are_not_given_again() -> None:
    event, [row] = attended(1)
    [held] = points_services.propose(
        proposals=[points_services.Proposal(row.student, event.point_category, 5, "Before")],  # type: ignore[arg-type]
        source=awards.source_of(event),
        actor=None,
    )
    assert award(event.pk) == 1
    assert PointTransaction.objects.get() == held
    assert EventAward.objects.get().transaction_id == held.pk


def test_e7_without_points_and_for_students_of_other_places_nothing_is_proposed() -> None:
    event, _rows = attended(1, points=None)
    assert award(event.pk) == 1
    place = factories.institution(slug="elsewhere", name="Elsewhere")
    club = world.club()
    other = world.event(
        club, point_category=factories.point_category(institution=club.institution), points=5
    )
    guest = world.registered(other, institution=place)
    world.begun(other)
    services.check_in_by_hand(event_id=other.pk, registration_id=guest.pk, actor=None)
    services.complete(event_id=other.pk, actor=None)
    assert award(other.pk) == 1
    assert award(other.pk) == 0
    assert not PointTransaction.objects.exists()


def test_e7_what_an_event_gives_later_is_caught_up_by_generating_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event, rows = attended()
    assert award(event.pk) == 3
    given: list[uuid.UUID] = []

    def give(
        event: Event, rows: Sequence[EventRegistration], actor: Any
    ) -> dict[uuid.UUID, uuid.UUID]:
        given.extend(row.pk for row in rows)
        return {row.pk: uuid.uuid4() for row in rows}

    later = awards.Awarder("certificate_id", "certificates", lambda event: Q(days__gte=1), give)
    monkeypatch.setitem(awards._awarders, "certificate_id", later)
    assert owed(event).count() == 3
    completion = services.generate(event_id=event.pk, actor=None)
    assert (completion.done, completion.total) == (0, 3)
    assert award_batch(event_id=event.pk, batch=2) == 2  # (and here the worker dies)
    assert award(event.pk) == 1
    assert award(event.pk) == 0
    assert sorted(given) == sorted(row.pk for row in rows)
    assert PointTransaction.objects.count() == 3
    assert not EventAward.objects.filter(certificate_id=None).exists()
    completion.refresh_from_db()
    assert (completion.certificates, completion.points, completion.done) == (3, 3, 3)


def test_e7_an_awarder_that_leaves_somebody_out_stops_the_job_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event, _rows = attended(2)
    broken = awards.Awarder(
        "certificate_id", "certificates", lambda event: Q(), lambda event, rows, actor: {}
    )
    monkeypatch.setitem(awards._awarders, "certificate_id", broken)
    with pytest.raises(RuntimeError):
        award(event.pk)
    assert not EventAward.objects.exists()
    assert not PointTransaction.objects.exists()


def test_a_kind_of_award_has_one_awarder() -> None:
    twice = awards.Awarder(
        "transaction_id", "points", lambda event: None, lambda event, rows, actor: {}
    )
    with pytest.raises(ValueError, match="transaction_id"):
        awards.register(twice)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"points": 5, "point_category": None}, "point_category"),
        ({"points": 0}, "points"),
        ({"points": 1001}, "points"),
        ({"points": None}, "points"),
    ],
)
def test_points_of_an_event_stand_with_their_category(fields: Any, param: str) -> None:
    club = world.club()
    category = factories.point_category(institution=club.institution)
    with pytest.raises(InvalidInput) as refused:
        world.draft(club, **{"point_category": category, **fields})
    assert refused.value.param == param
    event = world.draft(club)
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(points=5)


def test_a_category_is_of_the_clubs_institution_and_stays_while_an_event_gives_it() -> None:
    club = world.club()
    place = factories.institution(slug="elsewhere", name="Elsewhere")
    with pytest.raises(InvalidInput) as refused:
        world.draft(club, point_category=factories.point_category(institution=place), points=5)
    assert refused.value.param == "point_category"
    category = factories.point_category(institution=club.institution)
    event = world.draft(club, point_category=category, points=5)
    copy = services.clone_event(event_id=event.pk, starts=event.starts + world.DAY, actor=None)
    assert (copy.point_category, copy.points) == (category, 5)
    with pytest.raises(CategoryInUse):
        points_services.delete_category(category=category, actor=None)
