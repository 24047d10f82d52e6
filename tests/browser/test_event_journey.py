"""The one flow, walked in a browser: an event from its draft to points in a balance (E1–E7, E9, C2, A4).

The same walk by phone in English and at a desk in Arabic; on the way axe looks at each page once. What
stands in the timetable is made beforehand; what workers do is done here, so that nothing is waited for.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from bookings.models import HallBooking
from campus.events import tickets
from campus.events.models import Event
from campus.events.sessions import zone_of
from campus.points.models import PointGoal
from learning.catalog.lectures import book_lectures
from portal.jobs import outbox
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, errors, overflow
from tests.campus.events import world
from tests.portal.imports.bring import xlsx_bytes

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
Axe = Callable[[Any], list[str]]
DAYS = 8
"""So many days ahead is the evening of the event."""


def work() -> None:
    """Do what workers would: all jobs that are due, and those that follow from them."""
    for _round in range(4):
        due = OutboxMessage.objects.filter(done_at=None, failed_at=None).order_by("pk")
        for pk in list(due.values_list("pk", flat=True)):
            outbox.run(pk)


class Campus:
    """Who takes part, two halls, and the lecture that has the first of them."""

    def __init__(self) -> None:
        self.place = factories.institution()
        self.club = world.club(name="Robotics club", institution=self.place)
        self.organizer = world.organizer(self.club)
        self.admin = factories.user(Role.ADMIN)
        self.mentor = factories.mentor()
        names = ("Ada Lovelace", "Blaise Pascal", "Clara Schumann", "Dorothy Hodgkin")
        self.ada, self.blaise, self.clara, self.dora = (
            factories.student(institution=self.place, name=name, mentor=self.mentor)
            for name in names
        )
        self.template = factories.certificate_template(institution=self.place)
        self.category = factories.point_category(institution=self.place, name="Technology")
        PointGoal.objects.create(institution=self.place, total=100)
        self.first, self.second = (factories.hall(code=code, capacity=40) for code in ("A", "B"))
        self.zone = zone_of(Event(club=self.club))
        self.day = timezone.localdate(timezone=self.zone) + dt.timedelta(days=DAYS)
        section = factories.section(
            course=factories.course(title="Mechanics"), starts=self.day, ends=self.day
        )
        # (The hall's own clock is the portal's, the event's that of its institution.)
        starts = self.at(18).astimezone(timezone.get_default_timezone())
        factories.meeting(
            section=section,
            hall=self.first,
            weekday=(starts.weekday() + 2) % 7,
            starts=starts.time(),
            ends=(starts + dt.timedelta(minutes=90)).time(),
        )
        type(section).objects.filter(pk=section.pk).update(starts=starts.date(), ends=starts.date())
        assert book_lectures(sections=[section.pk], actor=None).booked == 1

    def at(self, hour: int) -> dt.datetime:
        """A full hour of the day of the event, by the clock of its place."""
        return dt.datetime.combine(self.day, dt.time(hour), tzinfo=self.zone)


@pytest.mark.parametrize(("lang", "width"), [("en", PHONE), ("ar", DESKTOP)])
def test_an_event_from_its_draft_to_points(
    lang: str, width: int, open_page: OpenPage, axe: Axe, transactional_db: None
) -> None:
    campus = Campus()
    looked: set[str] = set()

    def say(text: str, **facts: Any) -> str:
        """A sentence of the site in the language of the walk."""
        with translation.override(lang):
            return gettext(text) % facts if facts else gettext(text)

    def look(page: Any, name: str) -> None:
        """Once for each page: it fits, nothing broke, axe finds nothing."""
        if name not in looked:
            looked.add(name)
            assert overflow(page) == 0, name
            assert axe(page) == [], name
        assert errors(page) == [], name

    def press(page: Any, text: str) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=text).first.click()

    def as_(user: Any, path: str) -> Any:
        page = open_page(path, lang, width, user=user)
        assert page.answer.status == 200, path
        return page

    # The draft: a lecture has the first wish at that hour.
    desk = as_(campus.organizer, "dashboard/")
    look(desk, "dashboard")
    desk.get_by_role("link", name=say("Write an event")).first.click()
    desk.fill("[name=title]", "Night of small robots")
    desk.fill("[name=capacity]", "3")
    desk.select_option("[name=wish_1]", str(campus.first.pk))
    desk.select_option("[name=wish_2]", str(campus.second.pk))
    desk.select_option("[name=certificate_template]", str(campus.template.pk))
    desk.select_option("[name=point_category]", str(campus.category.pk))
    desk.fill("[name=points]", "10")
    desk.fill("[name=sessions-0-day]", f"{campus.day:%Y-%m-%d}")
    desk.fill("[name=sessions-0-starts]", "18:00")
    desk.fill("[name=sessions-0-ends]", "20:00")
    look(desk, "write")
    press(desk, say("Save the draft"))
    look(desk, "draft")
    press(desk, say("Schedule"))
    event = Event.objects.get()
    assert event.hall == campus.second
    told = say(
        "Scheduled. %(hall)s is booked: your choice number %(n)s. What you wished for more is taken then.",
        hall=event.hall,
        n=2,
    )
    expect(desk.get_by_text(told)).to_be_visible()

    # Three places: the fourth waits, and is in as soon as one goes, without reloading.
    mine = f"events/{event.slug}/"
    page = as_(campus.ada.user, mine)
    look(page, "event")
    press(page, say("Register"))
    for student in (campus.blaise, campus.clara):
        world.registered(event, student=student)
    waiting = as_(campus.dora.user, mine)
    press(waiting, say("Join the waiting list"))
    expect(waiting.locator("#standing .q-chip-waiting")).to_be_visible()
    page.locator("#standing summary").click()
    press(page, say("Yes, cancel it"))
    expect(waiting.locator("#standing .q-chip-enrolled")).to_be_visible()
    expect(waiting.locator(".q-toast")).to_contain_text(event.title)
    waiting.get_by_role("link", name=say("Ticket")).click()
    look(waiting, "ticket")

    # Moved by an hour the booking goes along; where something is in the way it is named, and all stays.
    desk.goto(f"{desk.url.split('organize/')[0]}organize/move/")
    desk.fill("[name=sessions-0-starts]", "19:00")
    desk.fill("[name=sessions-0-ends]", "21:00")
    press(desk, say("Move it"))
    held = HallBooking.objects.get(hall=campus.second, purpose=event.title)
    assert (held.starts, held.ends) == (campus.at(19), campus.at(21))
    desk.goto(f"{desk.url}move/")
    desk.fill("[name=sessions-0-starts]", "18:30")
    desk.fill("[name=sessions-0-ends]", "20:30")
    desk.select_option("[name=wish_2]", "")
    press(desk, say("Move it"))
    expect(desk.locator(".q-error").first).to_contain_text("Mechanics")
    look(desk, "move")
    held.refresh_from_db()
    assert (held.starts, held.ends) == (campus.at(19), campus.at(21))

    # The door: a scan without a line, one by name, one from a list.
    world.begun(event)
    blaise, dora = (event.registrations.get(student=one) for one in (campus.blaise, campus.dora))
    door = as_(campus.organizer, f"events/{event.slug}/door/")
    look(door, "door")
    door.context.set_offline(True)
    door.fill("[name=code]", tickets.code_of(blaise))
    door.keyboard.press("Enter")
    expect(door.locator("[data-door-queue]")).to_be_visible()
    door.context.set_offline(False)
    expect(door.locator(".q-door-result.is-marked")).to_contain_text("Blaise Pascal")
    door.errors.clear()  # (the line that was away)
    door.locator(f"a[href$='/{event.slug}/organize/participants/']").click()
    door.fill("#id_q", "Clara")
    expect(door.locator("#people li")).to_have_count(1)
    door.get_by_role("button", name=say("Mark")).click()
    expect(door.locator("#people .q-chip-enrolled")).to_be_visible()
    look(door, "participants")
    door.goto(door.url.split("participants/")[0] + "attendance/")
    look(door, "attendance")
    name = "there.xlsx"
    file = {"name": name, "mimeType": "", "buffer": xlsx_bytes([["number"], [dora.student_number]])}
    door.set_input_files("input[type=file]", file)
    press(door, say("Look at it"))
    work()
    expect(door.locator("#list-live")).to_contain_text("Dorothy Hodgkin")
    look(door, "list")
    with door.expect_navigation():
        door.locator("form[action$='/apply/'] button").click()
    work()
    expect(door.locator("#list-live .q-chip-enrolled")).to_be_visible()

    # Complete: certificates and points come in the background, the board follows.
    board = as_(campus.organizer, f"events/{event.slug}/organize/")
    expect(board.locator(".q-figures div").last.locator("dd")).to_have_text("3")
    press(board, say("Complete now"))
    expect(board.locator("[data-completion]")).to_have_attribute("value", "0")
    work()
    expect(board.locator("[data-completion]")).to_have_attribute("value", "3")
    expect(board.locator("#completion-title ~ p[role=status]")).to_contain_text(say("Done"))
    look(board, "board")

    # The inbox leads to the certificate; its code tells a stranger that it is valid.
    inbox = as_(campus.dora.user, "inbox/")
    look(inbox, "inbox")
    inbox.locator(".q-note-title a", has_text=event.title).first.click()
    inbox = as_(campus.dora.user, "certificates/")
    look(inbox, "certificates")
    inbox.locator(".q-card a").first.click()
    look(inbox, "certificate")
    paper = inbox.context.request.get(
        inbox.url.split(f"/{lang}/")[0]
        + inbox.get_by_role("link", name=say("Download the PDF")).get_attribute("href")
    )
    assert paper.body()[:5] == b"%PDF-"
    stranger = as_(None, inbox.locator("a.q-hash").get_attribute("href"))
    expect(stranger.get_by_role("heading", name=say("This certificate is valid"))).to_be_visible()
    expect(stranger.locator(".q-verdict")).to_contain_text("Dorothy Hodgkin")
    look(stranger, "verify")

    # The mentor decides at once about all; the balance moves before the student's eyes.
    balance = as_(campus.dora.user, "points/")
    expect(balance.locator("#total-title")).to_contain_text("0")
    mentor = as_(campus.mentor.user, "points/deciding/")
    look(mentor, "deciding")
    mentor.locator("[data-tick-all]").check()
    press(mentor, say("Approve those ticked"))
    expect(balance.locator("progress").first).to_have_attribute("value", "10")
    look(balance, "points")

    # What the administration sees of it: the report, the halls, and the whole history.
    report = as_(campus.admin, "reports/events/?since={0}&until={0}".format(_today(event)))
    row = report.locator("tbody tr", has_text=event.title)
    expect(row).to_contain_text("3")
    look(report, "report")
    heat = as_(campus.admin, "halls/utilization/")
    look(heat, "heat")
    log = open_page(reverse("wagtailadmin_reports:site_history"), user=campus.admin)
    for deed in ("Moved", "Completed"):
        assert log.get_by_text(deed, exact=False).count(), deed


def _today(event: Event) -> str:
    starts = Event.objects.get(pk=event.pk).starts
    return f"{starts.astimezone(zone_of(event)):%Y-%m-%d}"
