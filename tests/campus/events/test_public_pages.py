"""Pages of events that everybody reads, and registering on them (E4, E5, E8, E12, P10)."""

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from campus.events import services, tickets
from campus.events.models import EventRegistration, Question
from portal.pagecache import values
from portal.pagecache.versions import versions
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db
State = EventRegistration.State


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(b"".join(answer), "html.parser")


def titles(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/en/events/{query}")
    assert answer.status_code == 200
    return [head.text for head in page(answer).select(".q-event h2")]


def test_the_list_shows_what_comes_the_first_ones_first_and_no_draft(client: Client) -> None:
    later = world.event(sessions=world.slots(72), title="Later")
    world.event(sessions=world.slots(30), title="Sooner")
    world.draft(title="Secret draft")
    gone = world.event(title="Gone")
    services.cancel(event_id=gone.pk, actor=None)
    over = world.put_at(world.event(title="Over"), timezone.now() - dt.timedelta(days=3))
    type(over).objects.filter(pk=over.pk).update(state="completed")
    assert titles(client) == ["Sooner", "Later"]
    assert titles(client, "?period=past") == ["Over"]
    assert titles(client, f"?club={later.club.slug}") == ["Later"]
    assert titles(client, "?q=soon") == ["Sooner"]
    assert titles(client, "?q=secret") == []
    assert titles(client, "?period=nonsense&page=zero") == ["Sooner", "Later"]


def test_tags_and_periods_filter_the_list(client: Client) -> None:
    world.event(title="Chess", tags=["Board games"], sessions=world.slots(2))
    world.event(title="Far away", sessions=world.slots(24 * 20))
    assert titles(client, "?tag=board-games") == ["Chess"]
    assert titles(client, "?period=week") == ["Chess"]
    assert titles(client, "?period=month") == ["Chess", "Far away"]


@pytest.mark.parametrize("count", [1, 9])
def test_lists_ask_the_same_number_of_queries(count: int, client: Client) -> None:
    for n in range(count):
        world.event(tags=[f"tag {n}"])
    asked = {}
    client.get("/en/events/")  # which site this is
    for path in ("events/", "events/calendar/", "clubs/"):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/en/{path}").status_code == 200
        asked[path] = len(seen)
    assert asked == {"events/": 11, "events/calendar/": 5, "clubs/": 6}


def test_e8_the_calendar_has_each_session_on_its_day_by_the_clock_of_the_place(
    client: Client,
) -> None:
    place = factories.institution(slug="far", timezone="Pacific/Auckland")
    # 22:00 UTC is the next day there.
    starts = dt.datetime(2031, 3, 9, 22, tzinfo=dt.UTC)
    two = [
        services.drafts.Slot(starts + dt.timedelta(days=n), starts + dt.timedelta(days=n, hours=2))
        for n in (0, 1)
    ]
    made = world.event(world.club(institution=place), sessions=two, title="Regatta")
    world.draft(title="Secret")
    found = page(client.get("/en/events/calendar/?month=2031-03"))
    days = [
        cell.find("time")["datetime"] for cell in found.select("td") if cell.select(".q-monthentry")
    ]
    assert days == ["2031-03-10", "2031-03-11"]
    assert "Secret" not in found.text
    other = world.club().slug
    elsewhere = client.get(f"/en/events/calendar/?month=2031-03&club={other}")
    assert "Regatta" not in elsewhere.content.decode()
    assert client.get("/en/events/calendar/?month=99999-99").status_code == 200
    assert made.club.slug in str(found.select("select[name=club]"))


def test_e8_the_file_for_calendars_has_an_entry_for_each_session(client: Client) -> None:
    made = world.event(sessions=world.slots(48, 72), title="Two days", place="The lawn")
    answer = client.get(f"/en/events/{made.slug}/event.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    entries = list(Calendar.from_ical(b"".join(answer)).walk("VEVENT"))
    assert [str(entry["SUMMARY"]) for entry in entries] == ["Two days (1/2)", "Two days (2/2)"]
    assert entries[0].decoded("DTSTART") == made.starts
    assert str(entries[0]["LOCATION"]) == "The lawn"
    services.cancel(event_id=made.pk, actor=None)
    again = list(
        Calendar.from_ical(b"".join(client.get(f"/en/events/{made.slug}/event.ics"))).walk("VEVENT")
    )
    assert {str(entry["STATUS"]) for entry in again} == {"CANCELLED"}
    assert [entry["UID"] for entry in again] == [entry["UID"] for entry in entries]


def test_a_draft_is_nothing_to_all_but_its_organizers(client: Client) -> None:
    draft = world.draft(title="Secret draft")
    for path in (f"/en/events/{draft.slug}/", f"/en/events/{draft.slug}/event.ics"):
        assert client.get(path).status_code == 404
    client.force_login(world.organizer(draft.club))
    assert client.get(f"/en/events/{draft.slug}/").status_code == 200
    client.force_login(world.organizer(world.club()))
    assert client.get(f"/en/events/{draft.slug}/").status_code == 404


def test_e4_a_student_registers_once_and_sees_the_ticket(client: Client) -> None:
    made, student = world.event(capacity=1), world.student()
    client.force_login(student.user)
    for _time in range(2):
        answer = client.post(f"/en/events/{made.slug}/register/")
        assert (answer.status_code, answer["Location"]) == (302, f"/en/events/{made.slug}/")
    registration = made.registrations.get()
    assert (registration.student, registration.state) == (student, State.REGISTERED)
    ticket = client.get(f"/en/tickets/{registration.pk}/").content.decode()
    assert tickets.qr_svg(tickets.code_of(registration)) in ticket
    late = world.student()
    client.force_login(late.user)
    answer = client.post(f"/en/events/{made.slug}/register/", follow=True)
    assert "You are number 1 on the waiting list." in answer.content.decode()
    waiting = made.registrations.get(student=late)
    shown = client.get(f"/en/tickets/{waiting.pk}/").content.decode()
    assert "q-ticket-code" not in shown
    assert "Number 1 on the waiting list" in shown


def test_e4_a_place_given_back_goes_to_the_first_who_waits(client: Client) -> None:
    made = world.event(capacity=1)
    first, second = world.registered(made), world.registered(made)
    client.force_login(second.student.user)  # type: ignore[union-attr]
    assert client.post(f"/en/tickets/{first.pk}/cancel/").status_code == 404
    client.force_login(first.student.user)  # type: ignore[union-attr]
    old = client.get(f"/en/tickets/{first.pk}/").content.decode()
    assert client.post(f"/en/tickets/{first.pk}/cancel/").status_code == 302
    assert "q-ticket-code" in old
    assert "q-ticket-code" not in client.get(f"/en/tickets/{first.pk}/").content.decode()
    second.refresh_from_db()
    assert second.state == State.REGISTERED
    assert client.get(f"/en/tickets/{second.pk}/").status_code == 404


def test_p10_a_parent_registers_a_child_and_nobody_elses(client: Client) -> None:
    made = world.event()
    child, sibling, other = (factories.student(user=None) for _n in range(3))
    client.force_login(factories.parent(child, sibling))
    form = page(client.get(f"/en/events/{made.slug}/")).select_one("select[name=who]")
    assert form is not None
    assert {o["value"] for o in form.select("option")} == {"", str(child.pk), str(sibling.pk)}
    path = f"/en/events/{made.slug}/register/"
    for whom in ("", str(other.pk), "me", "nonsense"):
        assert client.post(path, {"who": whom}).status_code == 422
    assert not made.registrations.exists()
    assert client.post(path, {"who": str(child.pk)}).status_code == 302
    registration = made.registrations.get()
    assert registration.student == child
    assert client.get(f"/en/tickets/{registration.pk}/").status_code == 200
    # One is left: no choice is needed any more.
    assert client.post(path).status_code == 302
    assert set(made.registrations.values_list("student", flat=True)) == {child.pk, sibling.pk}


def test_e12_questions_are_asked_and_a_missing_answer_comes_back_marked(client: Client) -> None:
    made, student = world.event(), world.student()
    meal = Question.objects.create(
        event=made, text="Which meal?", kind="choice", choices=["Rice", "Soup"], is_required=True
    )
    rules = Question.objects.create(event=made, text="I agree", kind="yes_no", is_required=True)
    note = Question.objects.create(event=made, text="Anything else?", kind="long")
    client.force_login(student.user)
    path = f"/en/events/{made.slug}/register/"
    answer = client.post(path, {f"answers.{meal.pk}": "Cake", f"answers.{note.pk}": "Hello"})
    assert answer.status_code == 422
    marked = {field["name"] for field in page(answer).select("[aria-invalid=true]")}
    assert marked == {f"answers.{meal.pk}", f"answers.{rules.pk}"}
    assert "Hello" in answer.content.decode()
    assert not made.registrations.exists()
    fine = {f"answers.{meal.pk}": "Soup", f"answers.{rules.pk}": "on"}
    assert client.post(path, fine).status_code == 302
    answers = made.registrations.get().answers.order_by("question__text")
    assert [(one.question.text, one.text) for one in answers] == [
        ("I agree", "yes"),
        ("Which meal?", "Soup"),
    ]


def test_who_may_not_register_is_told_why(client: Client) -> None:
    made = world.event(audience_semesters=[7])
    student = world.student(semester=2)
    client.force_login(student.user)
    told = client.get(f"/en/events/{made.slug}/").content.decode()
    assert "This event is for other departments or semesters." in told
    client.post(f"/en/events/{made.slug}/register/")
    assert not made.registrations.exists()
    client.force_login(world.organizer(made.club))
    assert client.post(f"/en/events/{made.slug}/register/").status_code == 403


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_held_of_events_for_visitors_is_never_of_before(
    client: Client, settings: Any
) -> None:
    """Rendered anew for each request, from what is held: by whoever comes, in their own language."""
    settings.PAGE_CACHE = True
    versions.cache_clear()
    values.forget()
    made = world.event(title="Chess", capacity=2, summary="For all")
    page, listed = f"/en/events/{made.slug}/?rendered=always", "/en/events/?rendered=always"
    for _ in range(2):
        assert "2 places left" in client.get(page).content.decode()
        assert "For all" in client.get(listed).content.decode()
    asked = {}
    for path in (page, listed):
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
        asked[path] = [one["sql"] for one in seen if 'FROM "events_event"' in one["sql"]]
    assert asked == {page: [], listed: []}
    assert 'dir="rtl"' in client.get(page.replace("/en/", "/ar/")).content.decode()
    world.registered(made)
    assert "1 place left" in client.get(page).content.decode()
    services.edit_event(event_id=made.pk, changes={"summary": "For few"}, actor=None)
    for path in (page, listed):
        told = client.get(path).content.decode()
        assert "For few" in told
        assert "For all" not in told
    assert "For few" in client.get(page.replace("/en/", "/ar/")).content.decode()
    services.cancel(event_id=made.pk, actor=None)
    assert "This event does not take place." in client.get(page).content.decode()
    assert "Chess" not in client.get(listed).content.decode()
    assert client.get("/en/events/no-such-event/?rendered=always").status_code == 404


def test_a_kept_page_of_an_event_ends_with_the_next_registration(client: Client) -> None:
    """What visitors are shown is never of before: the services touch what the page is made of."""
    made = world.event(capacity=2)
    assert "2 places left" in client.get(f"/en/events/{made.slug}/").content.decode()
    world.registered(made)
    assert "1 place left" in client.get(f"/en/events/{made.slug}/").content.decode()
