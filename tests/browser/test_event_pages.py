"""Events and clubs in a browser: phone and desk, both languages, by keyboard, and live (S1, S2, S3, E4)."""

import pytest
import segno
from playwright.sync_api import expect

from campus.events import services, tickets
from campus.events.models import Attendance, Event, EventRegistration, Question, Scan
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
    for path, user, name in (
        (f"events/{talk.slug}/", parent, "event-parent"),
        (f"events/{talk.slug}/", first.user, "event-registered"),
        (f"tickets/{registered.pk}/", first.user, "ticket"),
    ):
        page = open_page(path, lang, PHONE, user=user)
        assert page.answer.status == 200
        look(page, name)


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
    page.locator("[data-filters] > summary").click()
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


@pytest.fixture
def running(talk: Event) -> Event:
    """The same event once it has begun, with two who are registered."""
    Event.objects.filter(pk=talk.pk).update(capacity=5)
    answers = {str(talk.questions.get().pk): "Small"}
    for name in ("Ada Lovelace", "Blaise Pascal"):
        world.registered(talk, name=name, answers=answers)
    return world.begun(talk)


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_s1_the_organizers_pages_read_well_everywhere(
    lang: str, running: Event, open_page: OpenPage, look: Look
) -> None:
    organizer = world.organizer(running.club)
    draft = world.draft(running.club, title="Spring race", sessions=world.slots(200, 230))
    base = f"events/{running.slug}/"
    for name, path in (
        ("org-mine", "events/organize/"),
        ("org-new", "events/organize/new/"),
        ("org-board", f"{base}organize/"),
        ("org-draft", f"events/{draft.slug}/organize/"),
        ("org-people", f"{base}organize/participants/"),
        ("org-questions", f"{base}organize/questions/"),
        ("org-copy", f"{base}organize/copy/"),
        ("org-cancel", f"{base}organize/cancel/"),
        ("org-move", f"{base}organize/move/"),
        ("door", f"{base}door/"),
        ("screen", f"{base}door/screen/"),
    ):
        page = open_page(path, lang, PHONE, user=organizer)
        assert page.answer.status == 200
        look(page, name)


def test_an_organizer_writes_and_schedules_by_keyboard(talk: Event, open_page: OpenPage) -> None:
    page = open_page("events/organize/new/", "en", PHONE, user=world.organizer(talk.club))
    page.get_by_label("Title").focus()
    page.keyboard.type("Spring race")
    page.get_by_role("button", name="Another day").focus()
    page.keyboard.press("Enter")
    rows = page.locator("[data-formset-row]:visible")
    count = rows.count()
    last = rows.nth(count - 1)
    assert last.locator("input[type=date]").evaluate("e => e === document.activeElement")
    last.locator("input[type=date]").fill("2031-05-02")
    last.locator("input[type=time]").nth(0).fill("18:00")
    last.locator("input[type=time]").nth(1).fill("20:00")
    page.get_by_role("button", name="Save the draft").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    page.get_by_role("button", name="Schedule").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Everybody can see it now.")).to_be_visible()
    made = Event.objects.get(title="Spring race")
    assert (made.state, made.sessions.count()) == (Event.State.SCHEDULED, 2)


# A camera that looks at a ticket: what getUserMedia gives is a canvas with the code drawn into it.
CAMERA = """rows => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 480;
  const c = canvas.getContext('2d');
  const size = Math.floor(440 / rows.length);
  const draw = () => {
    c.fillStyle = '#fff'; c.fillRect(0, 0, 480, 480); c.fillStyle = '#000';
    rows.forEach((row, y) => [...row].forEach((bit, x) => {
      if (bit === '1') c.fillRect(20 + x * size, 20 + y * size, size, size);
    }));
  };
  setInterval(draw, 50);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(20);
}"""


def test_e5_the_camera_reads_a_ticket_and_the_second_time_says_when_it_was_first(
    running: Event, open_page: OpenPage
) -> None:
    registration = running.registrations.get(student__name="Ada Lovelace")
    code = segno.make(tickets.code_of(registration), error="m", micro=False)
    rows = ["".join(str(int(bit)) for bit in row) for row in code.matrix]
    page = open_page(
        f"events/{running.slug}/door/", "en", PHONE, user=world.organizer(running.club)
    )
    page.evaluate(CAMERA, rows)
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".q-door-result.is-marked")).to_contain_text("Ada Lovelace")
    page.get_by_role("button", name="Stop the camera").click()
    assert Attendance.objects.get().registration == registration
    page.get_by_label("Code of the ticket").fill(tickets.code_of(registration))
    page.keyboard.press("Enter")
    expect(page.locator(".q-door-result.is-already")).to_contain_text("Was here already, at")
    assert Attendance.objects.count() == 1
    assert page.errors == []


def test_e6_scans_without_a_line_are_kept_and_sent_once_when_there_is_one(
    running: Event, open_page: OpenPage
) -> None:
    first, second = running.registrations.order_by("student__name")
    page = open_page(
        f"events/{running.slug}/door/", "en", PHONE, user=world.organizer(running.club)
    )
    page.context.set_offline(True)
    for one in (first, second, first):
        page.get_by_label("Code of the ticket").fill(tickets.code_of(one))
        page.keyboard.press("Enter")
    expect(page.get_by_text("Scans that wait for a line: 3")).to_be_visible()
    assert not Scan.objects.exists()
    page.context.set_offline(False)
    expect(page.get_by_text("Scans that wait for a line")).to_be_hidden()
    expect(page.locator("[data-door-list] li")).to_have_count(3)
    assert sorted(Scan.objects.values_list("outcome", flat=True)) == ["already", "marked", "marked"]
    assert Attendance.objects.count() == 2
    page.reload()
    expect(page.get_by_label("Code of the ticket")).to_be_visible()
    assert Scan.objects.count() == 3


def test_e6_scans_outlive_the_page(running: Event, open_page: OpenPage) -> None:
    one = running.registrations.get(student__name="Ada Lovelace")
    page = open_page(
        f"events/{running.slug}/door/", "en", PHONE, user=world.organizer(running.club)
    )
    page.route("**/api/v1/events/*/scans/", lambda route: route.abort())
    page.get_by_label("Code of the ticket").fill(tickets.code_of(one))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Scans that wait for a line: 1")).to_be_visible()
    page.unroute("**/api/v1/events/*/scans/")
    page.reload()
    expect(page.locator(".q-door-result.is-marked")).to_contain_text("Ada Lovelace")
    assert Attendance.objects.count() == 1


@pytest.mark.postgres
def test_e5_the_board_follows_the_door_without_reloading(
    running: Event, open_page: OpenPage
) -> None:
    organizer = world.organizer(running.club)
    page = open_page(f"events/{running.slug}/organize/", "en", DESKTOP, user=organizer)
    there = page.locator(".q-figures div", has_text="There").locator("dd")
    expect(there).to_have_text("0")
    one = running.registrations.first()
    assert one is not None
    services.check_in_by_hand(event_id=running.pk, registration_id=one.pk, actor=organizer)
    expect(there).to_have_text("1")
