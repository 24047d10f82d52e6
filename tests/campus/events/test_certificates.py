"""E7, E12, C1: a completed event gives a certificate to each who was there often enough, once."""

from decimal import Decimal
from typing import Any

import pytest

from campus.certificates import services as certificates
from campus.certificates.errors import TemplateUsed
from campus.certificates.models import Certificate
from campus.events import services
from campus.events.models import Attendance, Event, EventAward, EventRegistration
from campus.events.services.completion import award_batch
from campus.events.tasks import award
from portal.errors import InvalidInput
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db


def begun(count: int = 3, **fields: Any) -> tuple[Event, list[EventRegistration]]:
    """An event that gives certificates and has begun, with so many students."""
    club = world.club()
    if "certificate_template" not in fields:
        fields["certificate_template"] = factories.certificate_template(
            institution=club.institution
        )
    event = world.event(club, **fields)
    rows = [world.registered(event) for _ in range(count)]
    world.begun(event)
    return event, rows


def check_in(event: Event, *rows: EventRegistration) -> None:
    for row in rows:
        services.check_in_by_hand(event_id=event.pk, registration_id=row.pk, actor=None)


def test_e7_each_who_attended_gets_a_certificate_once_whatever_dies_when() -> None:
    event, rows = begun(4)
    check_in(event, *rows[:3])
    services.complete(event_id=event.pk, actor=None)
    assert award_batch(event_id=event.pk, batch=2) == 2  # (and here the worker dies)
    assert award(event.pk) == 1
    assert award(event.pk) == 0
    services.generate(event_id=event.pk, actor=None)
    assert award(event.pk) == 0
    found = list(Certificate.objects.all())
    assert {one.student_id for one in found} == {row.student_id for row in rows[:3]}
    assert {(one.title, one.reason, one.hours) for one in found} == {
        (event.title, f"event:{event.pk}", Decimal("2.00"))
    }
    assert set(EventAward.objects.values_list("certificate_id", flat=True)) == {
        one.pk for one in found
    }
    event.completion.refresh_from_db()
    assert (event.completion.certificates, event.completion.done) == (3, 3)
    assert OutboxMessage.objects.filter(kwargs__reason=f"event:{event.pk}").exists()


def test_e7_an_event_without_a_template_gives_none() -> None:
    event, rows = begun(1, certificate_template=None)
    check_in(event, *rows)
    services.complete(event_id=event.pk, actor=None)
    award(event.pk)
    assert not Certificate.objects.exists()


def test_e12_who_was_there_on_too_few_days_gets_none_and_hours_are_those_attended() -> None:
    event, rows = begun(
        2, sessions=world.slots(30, 54, 78), takes_daily_attendance=True, certificate_days=2
    )
    days = list(event.sessions.order_by("starts"))
    for row, there in ((rows[0], days[:2]), (rows[1], days[:1])):
        for day in there:
            Attendance.objects.create(
                registration=row, event=event, session=day, method="hand", at=day.starts
            )
    services.complete(event_id=event.pk, actor=None)
    award(event.pk)
    [only] = Certificate.objects.all()
    assert (only.student_id, only.hours) == (rows[0].student_id, Decimal("4.00"))


def test_c1_a_revoked_or_superseded_certificate_is_not_issued_anew() -> None:
    event, rows = begun(2)
    check_in(event, *rows)
    services.complete(event_id=event.pk, actor=None)
    award(event.pk)
    first, second = Certificate.objects.order_by("pk")
    certificates.revoke(certificate_id=first.pk, reason="No", actor=None)
    certificates.supersede(certificate_id=second.pk, changes={}, reason="Anew", actor=None)
    services.generate(event_id=event.pk, actor=None)
    award(event.pk)
    assert Certificate.objects.count() == 3
    assert Certificate.objects.filter(state="valid").count() == 1


def test_e7_a_template_is_of_the_clubs_institution_and_stays_while_an_event_needs_it() -> None:
    club = world.club()
    other = factories.certificate_template(institution=factories.institution(slug="other"))
    with pytest.raises(InvalidInput) as refused:
        world.draft(club, certificate_template=other)
    assert refused.value.param == "certificate_template"
    event, _rows = begun(0)
    assert event.certificate_template is not None
    with pytest.raises(TemplateUsed):
        certificates.delete_template(
            template=event.certificate_template, actor=factories.user(Role.ADMIN)
        )
