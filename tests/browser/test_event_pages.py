"""Events and clubs in a browser: phone and desk, both languages, by keyboard, and live (S1, S2, S3, E4)."""

import pytest
from playwright.sync_api import expect

from campus.events import services
from campus.events.models import Event, EventRegistration, Question
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, Look, OpenPage
from tests.campus.events import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def talk(transactional_db: None) -> Event:
    """An event of two days with a question and one place, and others beside it."""
    club = world.club(
        name="Robotics and machines club",
        summary="We build what moves, and race it.",
        joining="open",
    )
    made = world.event(
        club,
        title="Night of small robots",
        summary="Bring a laptop; leave with something that follows a line.",
        description="Two evenings.\n\nThe first is for building, the second for racing.",
        sessions=world.slots(48, 72),
        capacity=1,
        place="Hall of the old library",
        tags=["Technology", "Workshops"],
    )
    Question.objects.create(
        event=made, text="Which kit?", kind="choice", choices=["Small", "Large"], is_required=True
    )
    for n in range(3):
        world.event(club, title=f"Open workshop {n + 1}", sessions=world.slots(30 + 24 * n))
    return made


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_s1_the_public_pages_read_well_everywhere(
    lang: str, talk: Event, open_page: OpenPage, look: Look
) -> None:
    for name, path in (
        ("events", "events/"),
        ("calendar", "events/calendar/"),
        ("event", f"events/{talk.slug}/"),
        ("clubs", "clubs/"),
        ("club", f"clubs/{talk.club.slug}/"),
    ):
        page = open_page(path, lang, PHONE)
        assert page.answer.status == 200
        look(page, name)


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_s1_the_form_and_the_ticket_read_well_everywhere(
    lang: str, talk: Event, open_page: OpenPage, look: Look
) -> None:
    first, second = factories.student(), factories.student(user=None, name="Omar")
    parent = factories.parent(second, factories.student(user=None, name="Lina"))
    registered = world.registered(
        talk, student=first, answers={str(talk.questions.get().pk): "Small"}
    )
    look(open_page(f"events/{talk.slug}/", lang, PHONE, user=parent), "event-parent")
    look(open_page(f"events/{talk.slug}/", lang, PHONE, user=first.user), "event-registered")
    look(open_page(f"tickets/{registered.pk}/", lang, PHONE, user=first.user), "ticket")


def test_e4_registering_and_cancelling_by_keyboard_alone(talk: Event, open_page: OpenPage) -> None:
    student = factories.student()
    page = open_page(f"events/{talk.slug}/", "en", DESKTOP, user=student.user)
    page.get_by_role("button", name="Register").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This field is required.")).to_be_visible()
    page.get_by_label("Which kit?").focus()
    page.keyboard.type("Large")
    page.get_by_role("button", name="Register").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are registered. Here is your ticket.")).to_be_visible()
    registration = EventRegistration.objects.get()
    assert registration.answers.get().text == "Large"
    page.get_by_role("link", name="Ticket").click()
    expect(page.get_by_role("img", name="QR code of the ticket")).to_be_visible()
    page.go_back()
    page.locator("summary", has_text="Cancel").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Yes, cancel it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The registration is cancelled.")).to_be_visible()
    assert EventRegistration.objects.get().state == "cancelled"


def test_the_list_is_filtered_without_javascript(talk: Event, open_page: OpenPage) -> None:
    page = open_page("events/", "en", DESKTOP, javascript=False)
    assert page.locator(".q-event").count() == 4
    page.get_by_label("Topic").select_option("technology")
    page.get_by_role("button", name="Show events").click()
    assert page.locator(".q-event h2").all_inner_texts() == ["Night of small robots"]


@pytest.mark.postgres
def test_e4_who_waits_sees_the_place_come_free_without_reloading(
    talk: Event, open_page: OpenPage
) -> None:
    answers = {str(talk.questions.get().pk): "Small"}
    first = world.registered(talk, answers=answers)
    second = world.registered(talk, answers=answers)
    assert second.student is not None
    page = open_page(f"events/{talk.slug}/", "en", PHONE, user=second.student.user)
    expect(page.get_by_text("Number 1 on the waiting list")).to_be_visible()
    services.unregister(registration_id=first.pk, actor=None)
    expect(page.get_by_text("You are registered", exact=True)).to_be_visible()
