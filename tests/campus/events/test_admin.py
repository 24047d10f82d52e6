"""Events in the Wagtail admin: the list with its export, one event with what hangs on it, each deed."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from campus.accounts.models import User
from campus.events.models import Event
from campus.events.sessions import zone_of
from portal.roles import Role
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def at(view: str, *events: Event) -> str:
    return reverse(f"event:{view}", args=[one.pk for one in events])


def sent(event: Event, *, hours: int = 0, **fields: Any) -> dict[str, Any]:
    """What the form of an event sends: its one session, so many hours later."""
    zone = zone_of(event)
    starts, ends = (
        (one + dt.timedelta(hours=hours)).astimezone(zone) for one in (event.starts, event.ends)
    )
    return {
        "title": event.title,
        "has_waiting_list": "on",
        "sessions-TOTAL_FORMS": "1",
        "sessions-INITIAL_FORMS": "1",
        "sessions-0-day": f"{starts:%Y-%m-%d}",
        "sessions-0-starts": f"{starts:%H:%M}",
        "sessions-0-ends": f"{ends:%H:%M}",
        **fields,
    }


def test_events_are_listed_found_filtered_and_downloaded(
    sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    club = world.club(name="Chess circle")
    draft, _other = world.draft(club, title="Night of knights"), world.event(title="Bake sale")
    browser = sign_in(factories.user(Role.ADMIN))
    told = browser.get(at("index")).content.decode()
    assert "Night of knights" in told
    assert "Bake sale" in told
    for asked in ("?q=knight", "?q=chess", "?state=draft", f"?club={club.pk}"):
        told = browser.get(at("index") + asked).content.decode()
        assert "Night of knights" in told, asked
        assert "Bake sale" not in told, asked
    table = b"".join(browser.get(at("index") + "?state=draft&export=csv")).decode()  # type: ignore[arg-type]
    assert "Night of knights,Chess circle," in table
    assert "Bake sale" not in table
    book = browser.get(at("index") + "?export=xlsx")
    assert "spreadsheet" in book["Content-Type"]
    for _n in range(5):
        world.draft(club)
    with django_assert_max_num_queries(22):
        browser.get(at("index"))
    assert draft.state == "draft"


def test_one_event_shows_its_sessions_halls_people_and_history(sign_in: SignIn) -> None:
    hall = factories.hall(capacity=40, name="Linden room")
    club = world.club(institution=hall.building.institution)
    event = world.event(club, hall_wishes=[hall], capacity=2)
    world.registered(event, name="Rosalind Seen")
    told = sign_in(factories.user(Role.ADMIN)).get(at("inspect", event)).content.decode()
    for words in ("Linden room", "Rosalind Seen", "Scheduled", "state: draft → scheduled"):
        assert words in told, words
    booking = reverse("bookings:booking", args=[hall.bookings.get().pk])
    assert booking in told
    assert at("move", event) in told
    assert at("schedule", event) not in told  # it is: nothing to schedule


def test_e1_e9_e11_an_event_goes_its_way_by_the_admin_and_each_step_is_in_its_history(
    sign_in: SignIn,
) -> None:
    hall = factories.hall(capacity=40)
    club = world.club(institution=hall.building.institution)
    template = factories.certificate_template(institution=club.institution)
    admin = factories.user(Role.ADMIN)
    browser = sign_in(admin)

    chosen = browser.post(at("add"), {"club": club.slug})
    assert chosen.status_code == 302
    page = chosen["Location"]
    assert browser.get(page).status_code == 200
    model = Event(
        club=club,
        title="Written here",
        starts=timezone.now().replace(second=0) + dt.timedelta(days=3),
        ends=timezone.now().replace(second=0) + dt.timedelta(days=3, hours=2),
    )
    form = sent(model, wish_1=str(hall.pk), capacity="30", certificate_template=template.pk)
    refused = browser.post(page, {**form, "title": ""})
    assert refused.status_code == 200
    assert not Event.objects.exists()
    assert browser.post(page, form).status_code == 302
    event = Event.objects.get(title="Written here")
    assert (event.capacity, event.certificate_template) == (30, template)

    assert browser.get(at("edit", event)).status_code == 200
    browser.post(at("edit", event), {**form, "title": "Written again"})
    assert browser.get(at("schedule", event)).status_code == 200
    browser.post(at("schedule", event))
    event.refresh_from_db()
    assert (event.title, event.state, event.hall) == ("Written again", "scheduled", hall)

    begins = event.starts
    assert browser.get(at("move", event)).status_code == 200
    browser.post(at("move", event), sent(event, hours=1, wish_1=str(hall.pk)))
    event.refresh_from_db()
    assert event.starts - begins == dt.timedelta(hours=1)
    assert hall.bookings.get(state="approved").starts == event.starts
    other = world.event(club, sessions=world.slots(24 * 9), hall_wishes=[hall])
    to = sent(other, wish_1=str(hall.pk))
    answer = browser.post(at("move", event), to)
    assert answer.status_code == 200  # the hall is taken then: said, and nothing is moved
    assert other.title in answer.content.decode()
    held = event.starts
    event.refresh_from_db()
    assert event.starts == held

    later = timezone.localtime(event.starts + dt.timedelta(days=7), zone_of(event))
    copied = {"title": "Once more", "starts": f"{later:%Y-%m-%dT%H:%M}"}
    assert browser.get(at("clone", event)).status_code == 200
    browser.post(at("clone", event), copied)
    assert Event.objects.get(title="Once more").starts == event.starts + dt.timedelta(days=7)
    browser.post(at("repeat", event), {"every_days": "7", "count": "2"})
    assert Event.objects.filter(series=Event.objects.get(pk=event.pk).series).count() == 3

    browser.post(at("start", event))
    browser.post(at("complete", event))
    browser.post(at("cancel", event), {"reason": "too late"})  # E1: over is over
    browser.post(at("cancel", other), {"reason": "Storm"})
    event.refresh_from_db()
    other.refresh_from_db()
    assert (event.state, other.state, other.cancel_reason) == ("completed", "cancelled", "Storm")
    assert browser.get(at("edit", event))["Location"] == at("inspect", event)
    entries = ModelLogEntry.objects.for_instance(event).order_by("timestamp", "pk")
    assert [(one.action, one.user_id == admin.pk) for one in entries] == [
        (f"events.{word}", True)
        for word in ("create", "edit", "schedule", "move", "repeat", "start", "complete")
    ]
    assert browser.get(at("history", event)).status_code == 200
    assert browser.post(reverse("event:delete", args=[event.pk])).status_code == 302
    assert Event.objects.filter(pk=event.pk).exists()  # nobody deletes one
