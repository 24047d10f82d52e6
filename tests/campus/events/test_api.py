"""The API of events: the whole way of an event, what is refused, what is told, and feeds (E1–E12)."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from campus.events import door, feeds, services, tickets
from campus.events.models import Attendance, CalendarFeed, Event, EventRegistration
from campus.events.tasks import award
from portal.imports import engine
from portal.imports.models import Import
from tests import factories
from tests.campus.events import world
from tests.portal.imports.bring import csv_bytes

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/events/"


def at(event: Event, word: str = "") -> str:
    """An address of the event."""
    return f"{EVENTS}{event.pk}/{word}"


def iso(moment: dt.datetime) -> str:
    """A moment as it is sent."""
    return moment.isoformat()


def codes(answer: Any) -> list[tuple[str, str | None]]:
    """What is wrong, by code and parameter."""
    return [(one["code"], one["param"]) for one in answer.json()["errors"]]


def test_an_event_goes_its_whole_way_by_the_api(api_as: Any) -> None:
    club = world.club()
    organizer = api_as(world.organizer(club))
    category = factories.point_category(institution=club.institution)
    starts = (timezone.now() + dt.timedelta(days=3)).replace(microsecond=0)
    made = organizer.post(
        EVENTS,
        {
            "club": str(club.pk),
            "title": "Robots at night",
            "tags": ["Robotics", "Night"],
            "sessions": [{"starts": iso(starts), "ends": iso(starts + world.HOUR)}],
            "capacity": 1,
            "point_category": str(category.pk),
            "points": 10,
        },
        format="json",
    )
    assert made.status_code == 201, made.json()
    event = Event.objects.get()
    told = made.json()["data"]
    assert (told["state"], told["tags"], told["points"]) == ("draft", ["night", "robotics"], 10)
    first, second = (world.student(mentor=factories.mentor()) for _ in range(2))
    one, two = api_as(first.user), api_as(second.user)
    assert one.post(at(event, "register/")).status_code == 404  # (a draft)
    changed = organizer.patch(at(event), {"summary": "Bring one."}, format="json")
    assert changed.json()["data"]["summary"] == "Bring one."
    assert organizer.post(at(event, "schedule/")).json()["data"]["state"] == "scheduled"
    placed = one.post(at(event, "register/"))
    waits = two.post(at(event, "register/"))
    assert (placed.status_code, placed.json()["data"]["state"]) == (201, "registered")
    assert (waits.status_code, waits.json()["data"]["place"]) == (202, 1)
    assert one.post(at(event, "register/")).json()["data"]["id"] == placed.json()["data"]["id"]
    assert one.post(at(event, "unregister/")).json()["data"]["state"] == "cancelled"
    assert EventRegistration.objects.get(student=second).state == "registered"
    later = iso(starts + world.DAY)
    moved = organizer.post(
        at(event, "move/"),
        {"sessions": [{"starts": later, "ends": iso(starts + world.DAY + world.HOUR)}]},
        format="json",
    )
    assert dt.datetime.fromisoformat(moved.json()["data"]["starts"]) == starts + world.DAY
    world.begun(Event.objects.get())
    row = EventRegistration.objects.get(student=second)
    scan = {"code": tickets.code_of(row)}
    marked = organizer.post(at(event, "check-in/"), scan, format="json").json()["data"]
    again = organizer.post(at(event, "check-in/"), scan, format="json").json()["data"]
    assert (marked["outcome"], again["outcome"]) == ("marked", "already")
    assert (marked["at"], marked["name"]) == (again["at"], second.name)
    assert organizer.post(at(event, "complete/")).json()["data"]["state"] == "completed"
    award(event.pk)
    done = organizer.get(at(event, "completion/")).json()["data"]
    assert (done["state"], done["done"], done["points"]) == ("done", 1, 1)
    more = organizer.post(at(event, "generate-certificates/"))
    assert (more.status_code, more.json()["data"]["done"]) == (202, 1)
    assert second.points.get().points == 10
    refused = organizer.post(at(event, "cancel/"), {"reason": "Rain"}, format="json")
    assert (refused.status_code, codes(refused)) == (409, [("wrong_state", None)])


def test_e4_a_parent_registers_a_child_and_says_which(api_as: Any) -> None:
    event = world.event()
    child, stranger = factories.student(user=None), factories.student(user=None)
    parent = api_as(factories.parent(child))
    assert codes(parent.post(at(event, "register/"))) == [("choose_student", "student")]
    for wrong in (stranger.pk, uuid.uuid4()):
        refused = parent.post(at(event, "register/"), {"student": str(wrong)}, format="json")
        assert (refused.status_code, codes(refused)) == (400, [("invalid", "student")])
    sent = {"student": str(child.pk)}
    assert parent.post(at(event, "register/"), sent, format="json").status_code == 201
    assert EventRegistration.objects.get().student == child
    assert parent.post(at(event, "unregister/"), sent, format="json").status_code == 200
    assert EventRegistration.objects.get().state == "cancelled"


def test_e12_questions_are_asked_and_requests_decided(api_as: Any) -> None:
    event = world.draft(needs_approval=True)
    organizer = api_as(world.organizer(event.club))
    asked = organizer.put(
        at(event, "questions/"),
        {
            "questions": [
                {"text": "Size?", "kind": "choice", "choices": ["S", "L"], "is_required": True}
            ]
        },
        format="json",
    )
    [question] = asked.json()["data"]
    services.schedule(event_id=event.pk, actor=None)
    student = api_as(world.student().user)
    missing = student.post(at(event, "register/"))
    assert codes(missing) == [("required", f"answers.{question['id']}")]
    answers = {"answers": {question["id"]: "L"}}
    made = student.post(at(event, "register/"), answers, format="json")
    assert (made.status_code, made.json()["data"]["state"]) == (202, "requested")
    row = f"/api/v1/event-registrations/{made.json()['data']['id']}/"
    assert student.post(f"{row}approve/").status_code == 403
    listed = organizer.get(at(event, "participants/")).json()["data"]
    assert listed[0]["answers"] == [{"question": question["id"], "text": "L"}]
    helper = api_as(world.organizer(event.club, "Helper at the door"))
    assert helper.get(at(event, "participants/")).json()["data"][0]["answers"] == []
    assert organizer.post(f"{row}approve/").json()["data"]["state"] == "registered"
    assert codes(organizer.post(f"{row}reject/")) == [("wrong_state", None)]


def test_e5_the_ticket_is_for_its_holder_and_their_guardian(api_as: Any) -> None:
    event = world.event(title="مهرجان Robots ರೋಬೋಟ್")
    child = factories.student(user=None, name="ندى")
    row = world.registered(event, student=child)
    parent = api_as(factories.parent(child))
    ticket = f"/api/v1/event-registrations/{row.pk}/ticket"
    told = parent.get(f"{ticket}/").json()["data"]
    assert told["code"] == tickets.code_of(row)
    assert told["svg"].startswith("<svg")
    paper = parent.get(f"{ticket}.pdf", HTTP_ACCEPT_LANGUAGE="ar")
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert "no-store" in paper["Cache-Control"]
    [entry] = Calendar.from_ical(parent.get(f"{ticket}.ics").content).walk("VEVENT")
    assert str(entry["SUMMARY"]) == event.title
    organizer = api_as(world.organizer(event.club))
    stranger = api_as(world.student().user)
    assert {organizer.get(f"{ticket}{end}").status_code for end in ("/", ".pdf")} == {403}
    assert {stranger.get(f"{ticket}{end}").status_code for end in ("/", ".pdf", ".ics")} == {404}
    services.unregister(registration_id=row.pk, actor=None)
    assert codes(parent.get(f"{ticket}.pdf")) == [("no_ticket", None)]


def test_e5_a_list_is_brought_for_one_event_and_applied(api_as: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    event = world.event()
    row = world.registered(event)
    world.begun(event)
    user = world.organizer(event.club)
    organizer = api_as(user)
    file = SimpleUploadedFile("list.csv", csv_bytes("number", row.student_number))
    brought = organizer.post(at(event, "upload-attendance/"), {"file": file}, format="multipart")
    assert brought.status_code == 202, brought.json()
    owner = Import.objects.get()
    engine.check(owner.pk)
    address = f"/api/v1/imports/{owner.pk}/"
    assert organizer.get(address).json()["data"]["rows_create"] == 1
    assert (
        organizer.get(f"{address}rows/").json()["data"][0]["label"].startswith(row.student_number)
    )
    assert organizer.post(f"{address}apply/").status_code == 202
    engine.apply(owner.pk)
    assert Attendance.objects.get().registration == row
    # Elsewhere the kind cannot be brought, nor is it offered.
    file.seek(0)
    sent = {"file": file, "kind": "event_attendance"}
    refused = organizer.post("/api/v1/imports/", sent, format="multipart")
    assert (refused.status_code, codes(refused)) == (400, [("no_such_kind", "kind")])
    kinds = organizer.get("/api/v1/imports/kinds/").json()["data"]
    assert "event_attendance" not in {one["kind"] for one in kinds}
    assert api_as(world.organizer(event.club)).get(address).status_code == 404


def test_e6_scans_that_come_later_are_answered_each_and_count_once(api_as: Any) -> None:
    event = world.event()
    rows = [world.registered(event) for _ in range(2)]
    world.begun(event)
    organizer = api_as(world.organizer(event.club))
    then = iso(timezone.now() - dt.timedelta(minutes=5))
    scans = [{"id": str(uuid.uuid4()), "code": tickets.code_of(row), "at": then} for row in rows]
    scans.append({"id": str(uuid.uuid4()), "code": "forged", "at": then})
    sent = [organizer.post(at(event, "scans/"), {"scans": scans}, format="json") for _ in range(2)]
    told = [[one["outcome"] for one in answer.json()["data"]] for answer in sent]
    assert told == [["marked", "marked", "refused"]] * 2
    assert sent[0].json()["data"][2]["code"] == "ticket_invalid"
    assert Attendance.objects.count() == 2


def test_e10_the_code_at_the_door_and_a_pass_over_the_sign_in(api: Any, api_as: Any) -> None:
    event = world.event()
    row = world.registered(event)
    world.begun(event)
    shown = api_as(world.organizer(event.club)).get(at(event, "door/"))
    assert "no-store" in shown["Cache-Control"]
    sent = {"code": shown.json()["data"]["code"], "device": "device-1"}
    kept = api.post(f"{EVENTS}door-pass/", sent, format="json").json()["data"]
    assert kept["seconds"] == 600
    assert api.post(f"{EVENTS}self-check-in/", sent, format="json").status_code == 401
    person = api_as(row.student.user)
    other = person.post(
        f"{EVENTS}self-check-in/", {"code": kept["token"], "device": "device-2"}, format="json"
    )
    assert codes(other) == [("code_invalid", "code")]
    done = person.post(
        f"{EVENTS}self-check-in/", {"code": kept["token"], "device": "device-1"}, format="json"
    )
    assert done.json()["data"]["outcome"] == "marked"
    old = door.code_for(event.pk, timezone.now() - dt.timedelta(minutes=1)).code
    late = api.post(f"{EVENTS}door-pass/", {"code": old, "device": "device-1"}, format="json")
    assert (late.status_code, codes(late)) == (409, [("code_expired", "code")])


def test_the_list_is_filtered_and_shows_drafts_to_their_organizers_alone(
    api: Any, api_as: Any
) -> None:
    club = world.club(name="Robotics")
    coming = world.event(club, title="Robots", tags=["Night"], sessions=world.slots(48))
    later = world.event(title="Chess", sessions=world.slots(96))
    over = world.put_at(world.event(title="Old"), timezone.now() - dt.timedelta(days=9))
    draft = world.draft(club, title="Secret", sessions=world.slots(60))

    def found(client: Any = api, **query: str) -> list[str]:
        return [one["title"] for one in client.get(EVENTS, query).json()["data"]]

    assert found() == ["Old", "Robots", "Chess"]
    assert found(period="coming") == ["Robots", "Chess"]
    assert found(period="past") == [over.title]
    assert found(club=str(club.pk)) == ["Robots"]
    assert found(tag="night") == ["Robots"]
    assert found(q="robot ROBOTICS") == ["Robots"]
    assert found(state="scheduled", begins=iso(coming.ends), ends=iso(later.ends)) == ["Chess"]
    assert found(api_as(world.organizer(club)), state="draft") == [draft.title]
    assert found(api_as(world.organizer(world.club())), state="draft") == []
    assert codes(api.get(EVENTS, {"period": "soon"})) == [("invalid_choice", "period")]
    assert api.get(at(draft)).status_code == api.get(at(draft, "calendar.ics")).status_code == 404


def test_lists_ask_as_often_for_many_as_for_one(api: Any, api_as: Any) -> None:
    club = world.club()
    event = world.event(club)
    organizer = api_as(world.organizer(club))
    asked = {
        (api, EVENTS): 2,
        (api, f"{EVENTS}calendar.ics"): 2,
        (organizer, at(event, "participants/")): 16,
        (organizer, "/api/v1/event-registrations/"): 12,
    }

    def counts() -> list[int]:
        found = []
        for client, address in asked:
            with CaptureQueriesContext(connection) as taken:
                assert client.get(address).status_code == 200
            found.append(len(taken))
        return found

    world.event(club, tags=["One", "Two"])
    world.registered(event)
    counts()
    few = counts()
    for _ in range(12):
        world.event(club, tags=["One", "Two"])
        world.registered(event)
    assert counts() == few
    assert few[:2] == [2, 2]
    assert all(count <= most for count, most in zip(few, asked.values(), strict=True)), few


def test_e8_the_public_calendar_has_what_is_public_and_says_what_was_cancelled(api: Any) -> None:
    event = world.event(sessions=world.slots(30, 60), title="Two days")
    gone, draft = world.event(title="Gone"), world.draft(title="Draft")
    services.cancel(event_id=gone.pk, actor=None)
    answer = api.get(f"{EVENTS}calendar.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    entries = Calendar.from_ical(answer.content).walk("VEVENT")
    said = {(str(one["SUMMARY"]), str(one["STATUS"])) for one in entries}
    assert said == {
        ("Two days (1/2)", "CONFIRMED"),
        ("Two days (2/2)", "CONFIRMED"),
        ("Gone", "CANCELLED"),
    }
    assert draft.title.encode() not in answer.content
    [first, _second] = Calendar.from_ical(api.get(at(event, "calendar.ics")).content).walk("VEVENT")
    assert first["DTSTART"].dt == event.starts


def test_e8_a_private_calendar_is_a_secret_that_can_be_replaced(api: Any, api_as: Any) -> None:
    person = world.student()
    mine, other = world.event(title="Mine"), world.event(title="Another's")
    world.registered(mine, student=person)
    world.registered(other)
    client = api_as(person.user)
    assert client.get("/api/v1/calendar-feed/").json()["data"] == {"url": None}
    first = client.post("/api/v1/calendar-feed/").json()["data"]["url"]
    path = first[first.index("/api/") :]
    assert client.get("/api/v1/calendar-feed/").json()["data"]["url"] == first
    body = api.get(path)
    assert (body.status_code, b"Mine" in body.content, b"Another" in body.content) == (
        200,
        True,
        False,
    )
    assert "no-store" in body["Cache-Control"]
    feed = CalendarFeed.objects.get()
    assert feed.key not in first
    second = client.post("/api/v1/calendar-feed/").json()["data"]["url"]
    assert second != first
    guesses = [path, path.replace(path[-9:-4], "AAAAA"), "/api/v1/calendar-feeds/x.ics"]
    guesses.append(reverse("api:calendar-feed-file", args=[str(feed.pk)]))
    assert {api.get(guess).status_code for guess in guesses} == {404}
    path = second[second.index("/api/") :]
    type(person.user).objects.filter(pk=person.user.pk).update(is_active=False)
    assert api.get(path).status_code == 404
    type(person.user).objects.filter(pk=person.user.pk).update(is_active=True)
    assert api.get(path).status_code == 200
    assert client.delete("/api/v1/calendar-feed/").status_code == 204
    assert client.delete("/api/v1/calendar-feed/").status_code == 204
    assert api.get(path).status_code == 404


def test_e8_a_parents_calendar_has_the_childrens_events() -> None:
    child = factories.student(user=None)
    parent = factories.parent(child)
    event = world.event()
    world.registered(event, student=child)
    assert feeds.events_of(parent) == [event]
    assert feeds.events_of(factories.parent(factories.student(user=None))) == []


def test_e11_a_copy_and_a_series_by_the_api(api_as: Any) -> None:
    event = world.event()
    organizer = api_as(world.organizer(event.club))
    starts = iso(event.starts + dt.timedelta(days=30))
    copy = organizer.post(at(event, "clone/"), {"starts": starts, "title": "Again"}, format="json")
    assert (copy.status_code, copy.json()["data"]["title"]) == (201, "Again")
    made = organizer.post(at(event, "repeat/"), {"every_days": 7, "count": 2}, format="json")
    assert (made.status_code, len(made.json()["data"])) == (201, 2)
    bad = organizer.post(at(event, "repeat/"), {"every_days": 0, "count": 99}, format="json")
    assert {param for _code, param in codes(bad)} == {"every_days", "count"}


def test_e1_bad_input_names_its_field_and_writes_nothing(api_as: Any) -> None:
    club, hidden = world.club(), world.club()
    type(hidden).objects.filter(pk=hidden.pk).update(state="paused")
    organizer = api_as(world.organizer(club))
    slot = {"starts": "2031-05-01T10:00:00Z", "ends": "2031-05-01T12:00:00Z"}
    good = {"club": str(club.pk), "title": "T", "sessions": [slot]}
    backwards = {"starts": slot["ends"], "ends": slot["starts"]}
    for change, param in (
        ({"club": str(uuid.uuid4())}, "club"),
        ({"club": str(hidden.pk)}, "club"),
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"sessions": []}, "sessions"),
        ({"sessions": [backwards]}, "sessions.0.ends"),
        ({"sessions": [slot, slot]}, "sessions.0.starts"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": -1}, "capacity"),
        ({"audience_semesters": [13]}, "audience_semesters.0"),
        ({"points": 5}, "point_category"),
        ({"hall_wishes": [2**31 - 1]}, "hall_wishes"),
    ):
        refused = organizer.post(EVENTS, {**good, **change}, format="json")
        assert refused.status_code == 400, (change, refused.json())
        assert [one for _code, one in codes(refused)] == [param], change
    assert not Event.objects.exists()
    assert organizer.post(EVENTS, good, format="json").status_code == 201
    assert (
        api_as(world.organizer(world.club())).post(EVENTS, good, format="json").status_code == 403
    )
