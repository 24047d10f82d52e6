"""The editor's page on an event: its words at the event's address, what publishing does."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale

from campus.accounts.models import User
from campus.events import services
from campus.events.errors import SessionInThePast
from campus.events.models import Event, EventIndexPage, EventPage
from portal.roles import Role
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def index() -> EventIndexPage:
    found = EventIndexPage.objects.filter(locale__language_code="en").first()
    assert found is not None
    return found


def page_of(event: Event, index: EventIndexPage, *, publish: bool = True) -> EventPage:
    """A page on the event, with a live block in it."""
    page = EventPage(
        title="Words of an editor",
        event=event,
        summary="In one breath",
        body=[("heading", "Why to come"), ("places_left", {"heading": "Room for you"})],
        locale=index.locale,
        live=False,
    )
    index.add_child(instance=page)
    revision = page.save_revision()
    if publish:
        revision.publish()
        page.refresh_from_db()
    return page


def sent(event: Event, **fields: Any) -> dict[str, Any]:
    """What the editor's form sends."""
    return {
        "title": "Words of an editor",
        "slug": "anything",
        "event": str(event.pk),
        "summary": "",
        "body-count": "0",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "action-publish": "1",
        **fields,
    }


def test_e1_e2_publishing_the_page_of_a_draft_schedules_it_and_books_its_hall(
    sign_in: SignIn, index: EventIndexPage, client: Client
) -> None:
    hall = factories.hall(capacity=40)
    club = world.club(institution=hall.building.institution)
    event = world.draft(club, hall_wishes=[hall])
    admin = factories.user(Role.ADMIN)
    address = reverse("wagtailadmin_pages:add", args=["events", "eventpage", index.pk])
    browser = sign_in(admin)
    assert browser.get(address).status_code == 200
    browser.post(address, sent(event))
    event.refresh_from_db()
    assert (event.state, event.hall) == ("scheduled", hall)
    page = EventPage.objects.get(event=event)
    assert page.live
    assert page.get_url().endswith(f"/en/events/{event.slug}/")
    assert "Words of an editor" in client.get(event.get_absolute_url()).content.decode()
    second = browser.post(address, sent(event))
    assert second.status_code == 200  # one page for an event and a language
    assert EventPage.objects.count() == 1


def test_e1_what_cannot_be_scheduled_is_told_and_its_page_stays_a_draft(
    sign_in: SignIn, index: EventIndexPage
) -> None:
    event = world.put_at(world.draft(), timezone.now() - dt.timedelta(days=1))
    page = page_of(event, index, publish=False)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    answer = sign_in(factories.user(Role.ADMIN)).post(address, sent(event), follow=True)
    page.refresh_from_db()
    event.refresh_from_db()
    assert (page.live, event.state) == (False, "draft")
    assert str(SessionInThePast.message) in answer.content.decode()


def test_the_page_of_what_is_not_public_is_shown_to_nobody(
    index: EventIndexPage, client: Client
) -> None:
    """A review or a planned hour publishes what cannot be scheduled: it waits until it can."""
    event = world.put_at(world.draft(), timezone.now() - dt.timedelta(days=1))
    page = page_of(event, index)
    event.refresh_from_db()
    assert (page.live, event.state) == (True, "draft")
    for address in (event.get_absolute_url(), "/en/events/anything/"):
        assert client.get(address).status_code == 404
    search = f"{reverse('search:search')}?q=breath"
    assert "Words of an editor" not in client.get(search).content.decode()
    pages = client.get("/api/v1/pages/?type=events.EventPage").json()
    assert pages["data"] == []
    world.put_at(event, timezone.now() + dt.timedelta(days=2))
    services.schedule(event_id=event.pk, actor=None)
    assert "Words of an editor" in client.get(event.get_absolute_url()).content.decode()
    told = client.get(f"/api/v1/pages/{page.pk}/").json()["data"]
    assert str(event.pk) in str(told)


def test_facts_are_the_events_and_words_the_pages_in_each_language(
    index: EventIndexPage, client: Client, django_assert_max_num_queries: Any
) -> None:
    event = world.event(capacity=3, title="Plain title")
    plain = event.get_absolute_url()
    assert "Plain title" in client.get(plain).content.decode()
    page = page_of(event, index)
    arabic = Locale.objects.get(language_code="ar")
    words = page.copy_for_translation(arabic, copy_parents=True)
    words.title = "كلمات المحرر"
    words.save_revision().publish()
    world.registered(event)
    with django_assert_max_num_queries(14):
        told = client.get(plain).content.decode()
    for seen in ("Words of an editor", "In one breath", "Why to come", "Room for you"):
        assert seen in told, seen
    assert told.count("2 places left") == 2  # where one registers, and in the editor's block
    assert "كلمات المحرر" not in told
    told = client.get(plain.replace("/en/", "/ar/")).content.decode()
    assert "كلمات المحرر" in told
    assert "Words of an editor" not in told
    assert EventPage.objects.filter(event=event).count() == 2


def test_the_list_has_an_editors_words_and_is_previewed_with_them(
    sign_in: SignIn, index: EventIndexPage, client: Client
) -> None:
    index.intro = "<p>What the week holds</p>"
    index.save_revision().publish()
    assert "What the week holds" in client.get("/en/events/").content.decode()
    browser = sign_in(factories.user(Role.ADMIN))
    event = world.event()
    page = page_of(event, index, publish=False)
    for one, words in ((index, "What the week holds"), (page, "Words of an editor")):
        seen = browser.get(reverse("wagtailadmin_pages:view_draft", args=[one.pk]))
        assert words in seen.content.decode()


def test_drafts_are_offered_to_who_may_see_them(sign_in: SignIn) -> None:
    world.draft(title="Still secret")
    world.event(title="For everyone")
    address = reverse("event_chooser:choose_results")
    told = sign_in(factories.user(Role.EDITOR)).get(address).content.decode()
    assert "For everyone" in told
    assert "Still secret" not in told
    assert "Still secret" in sign_in(factories.user(Role.ADMIN)).get(address).content.decode()
