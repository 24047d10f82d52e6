"""Pages of organizers: what they write, schedule, move, call off and copy, and who comes (E1–E3, E9, E11,
E12)."""

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from bookings.models import HallBooking
from campus.clubs.models import Club
from campus.events import services
from campus.events.models import Attendance, Event, EventRegistration
from campus.events.sessions import Slot
from campus.venues.models import Hall
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db
State = EventRegistration.State


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(b"".join(answer), "html.parser")


def values_of(client: Client, path: str, action: str = "") -> dict[str, Any]:
    """What the page's form holds, as a browser would send it back."""
    found = page(client.get(path)).select_one(f"main form[method=post]{action}")
    assert found is not None
    values: dict[str, Any] = {}
    for field in found.select("input[name], textarea[name], select[name]"):
        name = field["name"]
        if "__prefix__" in name or name == "csrfmiddlewaretoken":
            continue
        if field.name == "select":
            chosen = [o["value"] for o in field.select("option[selected]")]
            if chosen or not field.has_attr("multiple"):
                values[name] = chosen or [field.select("option")[0]["value"]]
        elif field.get("type") == "checkbox":
            if field.has_attr("checked"):
                values[name] = "on"
        else:
            values[name] = field.text if field.name == "textarea" else field.get("value", "")
    return values


@pytest.fixture
def chess() -> Club:
    return world.club(name="Chess club")


@pytest.fixture
def organizer(chess: Club, client: Client) -> Client:
    client.force_login(world.organizer(chess))
    return client


def halls(club: Club, count: int = 2) -> list[Hall]:
    building = factories.hall().building
    type(building).objects.filter(pk=building.pk).update(institution=club.institution)
    return [Hall.objects.create(building=building, code=f"H{n}") for n in range(count)]


def tomorrow(hour: int) -> str:
    return f"{timezone.localdate() + dt.timedelta(days=2):%Y-%m-%d}T{hour:02}:00"


def test_e2_an_organizer_writes_a_draft_and_schedules_it_into_the_second_wish(
    organizer: Client, chess: Club
) -> None:
    first, second = halls(chess)
    template = factories.certificate_template(institution=chess.institution)
    foreign = factories.certificate_template(institution=factories.institution(slug="college"))
    values = values_of(organizer, "/en/events/organize/new/")
    day = f"{timezone.localdate() + dt.timedelta(days=5):%Y-%m-%d}"
    values |= {
        "title": "Night of chess",
        "certificate_template": str(template.pk),
        "tags": "Board games, Night",
        "capacity": "",
        "wish_1": str(first.pk),
        "wish_2": str(second.pk),
        "sessions-0-day": day,
        "sessions-0-starts": "22:00",
        "sessions-0-ends": "01:30",
    }
    elsewhere = {**values, "certificate_template": str(foreign.pk)}
    assert organizer.post("/en/events/organize/new/", elsewhere).status_code == 422
    answer = organizer.post("/en/events/organize/new/", values)
    assert answer.status_code == 302, page(answer).select(".q-error, .alert")
    draft = Event.objects.get()
    assert (draft.state, draft.club) == (Event.State.DRAFT, chess)
    assert draft.certificate_template == template
    assert draft.ends - draft.starts == dt.timedelta(hours=3, minutes=30)
    assert {tag.name for tag in draft.tags.all()} == {"Board games", "Night"}
    other = world.draft(chess, sessions=[Slot(draft.starts, draft.ends)])
    services.move_event(event_id=other.pk, hall_wishes=[first], actor=None)
    services.schedule(event_id=other.pk, actor=None)
    done = organizer.post(f"/en/events/{draft.slug}/organize/schedule/", follow=True)
    draft.refresh_from_db()
    assert (draft.state, draft.hall) == (Event.State.SCHEDULED, second)
    assert f"{second} is booked: your choice number 2." in done.content.decode()


def test_what_is_wrong_with_a_draft_comes_back_beside_its_field(organizer: Client) -> None:
    values = values_of(organizer, "/en/events/organize/new/")
    values |= {"title": "", "capacity": "0", "sessions-0-starts": "", "points": "x"}
    answer = organizer.post("/en/events/organize/new/", values)
    assert answer.status_code == 422
    marked = {field["name"] for field in page(answer).select("[aria-invalid=true]")}
    assert marked == {"title", "capacity", "sessions-0-starts", "points"}
    values |= {"title": "Fine", "capacity": "", "points": "", "sessions-0-DELETE": "on"}
    values |= {"sessions-0-starts": "18:00"}
    answer = organizer.post("/en/events/organize/new/", values)
    assert "Say when the event takes place." in answer.content.decode()
    assert not Event.objects.exists()


def test_a_draft_is_edited_with_its_times_and_one_that_is_scheduled_without(
    organizer: Client, chess: Club
) -> None:
    draft = world.draft(chess, sessions=world.slots(48, 96), tags=["One"])
    path = f"/en/events/{draft.slug}/organize/edit/"
    values = values_of(organizer, path)
    assert values["tags"] == "One"
    values |= {"title": "Another", "sessions-1-DELETE": "on"}
    assert organizer.post(path, values).status_code == 302
    draft.refresh_from_db()
    assert (draft.title, draft.sessions.count()) == ("Another", 1)
    starts = draft.starts
    services.schedule(event_id=draft.pk, actor=None)
    values = values_of(organizer, path)
    assert not [name for name in values if name.startswith(("sessions", "wish"))]
    assert organizer.post(path, {**values, "capacity": "30"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.capacity, draft.starts) == (30, starts)


def test_e9_a_move_that_is_refused_names_what_is_in_the_way_and_changes_nothing(
    organizer: Client, chess: Club
) -> None:
    (hall,) = halls(chess, 1)
    made = world.event(chess, hall_wishes=[hall], sessions=world.slots(48))
    later = world.event(chess, hall_wishes=[hall], sessions=world.slots(72), title="In the way")
    before = HallBooking.objects.of(made).get()
    path = f"/en/events/{made.slug}/organize/move/"
    values = values_of(organizer, path)
    there = values_of(organizer, f"/en/events/{later.slug}/organize/move/")
    values |= {name: there[name] for name in values if name.startswith("sessions-0-")}
    answer = organizer.post(path, values)
    assert answer.status_code == 422
    told = page(answer).text
    assert "In the way" in told
    assert str(hall) in told
    unmoved = Event.objects.get(pk=made.pk)
    assert (unmoved.starts, unmoved.hall) == (made.starts, hall)
    assert HallBooking.objects.of(made).get().starts == before.starts
    values["sessions-0-title"] = "Final"
    values |= {"wish_1": "", "sessions-0-starts": "06:00", "sessions-0-ends": "06:30"}
    assert organizer.post(path, values).status_code == 302


def test_e3_calling_off_gives_the_reason_to_everyone_registered(
    organizer: Client, chess: Club
) -> None:
    made = world.event(chess)
    registration = world.registered(made)
    path = f"/en/events/{made.slug}/organize/cancel/"
    assert organizer.post(path, {"reason": "Hidden \u202e text"}).status_code == 422
    assert organizer.post(path, {"reason": "Storm"}).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.cancel_reason) == (Event.State.CANCELLED, "Storm")
    user = registration.student.user  # type: ignore[union-attr]
    assert user.notifications.filter(type="events.cancelled").exists()  # type: ignore[union-attr]
    assert "Storm" in organizer.get(f"/en/events/{made.slug}/").content.decode()
    # Nothing of it is edited any more.
    edited = organizer.get(f"/en/events/{made.slug}/organize/edit/")
    assert edited["Location"] == f"/en/events/{made.slug}/organize/"


def test_e11_a_copy_and_a_series_are_drafts_of_their_own(organizer: Client, chess: Club) -> None:
    made = world.event(chess, title="Weekly")
    path = f"/en/events/{made.slug}/organize/copy/"
    assert organizer.post(path, {"title": "Copy", "starts": tomorrow(10)}).status_code == 302
    copied = Event.objects.get(title="Copy")
    assert (copied.state, copied.series) == (Event.State.DRAFT, None)
    left_out = f"{timezone.localdate(made.starts) + dt.timedelta(days=14):%Y-%m-%d}"
    repeat = {"every_days": "7", "count": "3", "except_days": left_out}
    assert organizer.post(path, repeat).status_code == 302
    made.refresh_from_db()
    assert made.series is not None
    assert made.series.events.filter(state="draft").count() == 2
    wrong = organizer.post(path, {**repeat, "except_days": "tomorrow"})
    assert wrong.status_code == 422
    assert made.series.events.filter(state="draft").count() == 2


def test_e12_questions_are_written_and_put_in_order(organizer: Client, chess: Club) -> None:
    made = world.event(chess)
    path = f"/en/events/{made.slug}/organize/questions/"
    services.set_questions(
        event_id=made.pk, questions=[{"text": "First"}, {"text": "Second"}], actor=None
    )
    values = values_of(organizer, path)
    values |= {"questions-2-text": "Meal?", "questions-2-kind": "choice"}
    assert organizer.post(path, {**values, "questions-2-choices": "Soup"}).status_code == 422
    values |= {"questions-2-choices": "Soup\nRice", "questions-2-ORDER": "0"}
    values |= {"questions-0-DELETE": "on"}
    assert organizer.post(path, values).status_code == 302
    asked = [(one.text, one.choices) for one in made.questions.all()]
    assert asked == [("Meal?", ["Soup", "Rice"]), ("Second", [])]


def test_e5_somebody_found_by_name_is_marked_by_hand_and_it_is_taken_back(
    organizer: Client, chess: Club
) -> None:
    made = world.event(chess)
    found = world.registered(made, name="Ada Lovelace")
    world.registered(made, name="Blaise Pascal")
    world.begun(made)
    list_path = f"/en/events/{made.slug}/organize/participants/"
    rows = page(organizer.get(f"{list_path}?q=lovel")).select(".q-people-rows b")
    assert [row.text for row in rows] == ["Ada Lovelace"]
    for _time in range(2):
        assert organizer.post(f"{list_path}{found.pk}/mark/").status_code == 302
    assert Attendance.objects.present().filter(registration=found).count() == 1
    assert "Ada Lovelace" in organizer.get(f"{list_path[:-1]}.csv").content.decode()
    assert organizer.post(f"{list_path}{found.pk}/unmark/").status_code == 302
    assert not Attendance.objects.present().exists()
    assert organizer.post(f"{list_path}{found.pk}/dance/").status_code == 404
    elsewhere = world.registered(world.event())
    assert organizer.post(f"{list_path}{elsewhere.pk}/mark/").status_code == 404


def test_e12_requests_are_approved_and_rejected_with_a_reason(
    organizer: Client, chess: Club
) -> None:
    made = world.event(chess, needs_approval=True)
    wanted, unwanted = world.registered(made), world.registered(made)
    path = f"/en/events/{made.slug}/organize/participants/"
    assert organizer.post(f"{path}{wanted.pk}/approve/").status_code == 302
    answer = organizer.post(f"{path}{unwanted.pk}/reject/", {"reason": "No more kits"})
    assert answer["Location"] == path
    wanted.refresh_from_db()
    unwanted.refresh_from_db()
    assert (wanted.state, unwanted.state) == (State.REGISTERED, State.REJECTED)
    assert unwanted.reason == "No more kits"
    again = organizer.post(f"{path}{unwanted.pk}/reject/", {"reason": "Twice"})
    assert again.status_code == 422


def test_a_helper_at_the_door_marks_and_does_nothing_else(client: Client, chess: Club) -> None:
    made = world.event(chess)
    found = world.registered(made)
    world.begun(made)
    client.force_login(world.organizer(chess, "Helper at the door"))
    base = f"/en/events/{made.slug}/organize/"
    board = client.get(base).content.decode()
    assert "/organize/participants/" in board
    assert "/organize/cancel/" not in board
    assert client.post(f"{base}participants/{found.pk}/mark/").status_code == 302
    assert Attendance.objects.present().count() == 1
    for path in ("cancel/", "edit/", "move/", "copy/", "now/complete/"):
        assert client.post(f"{base}{path}").status_code == 403
    assert client.get("/en/events/organize/").status_code == 200


def test_e7_the_board_shows_how_far_the_completion_is(organizer: Client, chess: Club) -> None:
    made = world.event(chess)
    world.registered(made)
    base = f"/en/events/{made.slug}/organize/"
    assert organizer.post(f"{base}now/complete/").status_code == 302
    assert Event.objects.get(pk=made.pk).state == Event.State.SCHEDULED  # it has not begun (E1)
    assert organizer.post(f"{base}now/start/").status_code == 302
    assert organizer.post(f"{base}now/complete/").status_code == 302
    shown = page(organizer.get(base))
    bar = shown.select_one("progress[data-completion]")
    assert bar is not None
    assert shown.select_one("[data-event-live]")["data-stream"] == f"event:{made.pk}"  # type: ignore[index]


@pytest.mark.parametrize("count", [1, 8])
def test_lists_of_organizers_ask_the_same_number_of_queries(
    count: int, organizer: Client, chess: Club, django_assert_max_num_queries: Any
) -> None:
    made = world.event(chess)
    for _n in range(count - 1):
        world.event(chess)
    for _n in range(count):
        world.registered(made)
    organizer.get("/en/events/organize/")
    with django_assert_max_num_queries(14):
        organizer.get("/en/events/organize/")
    with django_assert_max_num_queries(24):
        organizer.get(f"/en/events/{made.slug}/organize/participants/")
