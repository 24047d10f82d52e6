"""The API of halls and bookings: B1–B8 as a client of it sees them, with literal numbers of queries."""

import datetime as dt

import pytest
from django.utils import timezone

from bookings import services
from bookings.models import HallBooking
from campus.venues.models import Closure, Facility, OpeningHours, Weekday
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db

HALLS, BOOKINGS = "/api/v1/halls/", "/api/v1/hall-bookings/"


def span(period):
    return {"starts": period.starts.isoformat(), "ends": period.ends.isoformat()}


def body(hall, period, **more):
    return {"halls": [hall.pk], "periods": [span(period)], "purpose": "Rehearsal", **more}


def codes(answer):
    return [one["code"] for one in answer.json()["errors"]]


# --- B7 -----------------------------------------------------------------------------------------


def test_b7_what_is_free_large_enough_and_equipped_the_smallest_first(
    api, hall, other_hall, when, admin
):
    beamer = Facility.objects.create(name="Projector", slug="projector")
    small = factories.hall(building=hall.building, code="N0", capacity=10)
    unknown = factories.hall(building=hall.building, code="N9")
    closed = factories.hall(building=hall.building, code="N8", is_active=False)
    for one in (hall, other_hall, closed):
        one.facilities.add(beamer)
        one.save()

    def found(**more):
        answer = api.get(f"{HALLS}available/", {**span(when()), **more})
        assert answer.status_code == 200, answer.content
        return [one["id"] for one in answer.json()["data"]]

    assert found() == [small.pk, hall.pk, other_hall.pk, unknown.pk]
    assert found(capacity=30) == [hall.pk, other_hall.pk, unknown.pk]
    assert found(capacity=30, facilities="projector") == [hall.pk, other_hall.pk]
    assert found(facilities=["projector", "organ"]) == []
    services.ask(wishes=[hall], periods=[when(minute=30)], purpose="Exam", actor=admin)
    assert found(capacity=30, facilities="projector") == [other_hall.pk]
    OpeningHours.objects.create(
        hall=other_hall, weekday=Weekday.SUNDAY, opens=dt.time(8), closes=dt.time(18)
    )
    assert found(capacity=30, facilities="projector") == []


@pytest.mark.parametrize("halls", [1, 40])
def test_b7_is_one_query_with_few_halls_and_with_many(
    halls, api, building, when, django_assert_num_queries
):
    for number in range(halls):
        one = factories.hall(building=building, code=f"H{number}", capacity=10 + number)
        for hour in range(3):
            starts = when(hour=8 + hour).starts
            factories.hall_booking(hall=one, starts=starts)
    with django_assert_num_queries(1):
        answer = api.get(
            f"{HALLS}available/", {**span(when(hour=15)), "capacity": 5, "facilities": ""}
        )
    assert len(answer.json()["data"]) == halls


def test_b7_pages_of_free_halls_hold_each_once(api, building, when):
    for number in range(5):
        factories.hall(building=building, code=f"H{number}", capacity=None if number % 2 else 10)
    seen, cursor = [], ""
    for _page in range(3):
        asked = {**span(when()), "page_size": 2, **({"cursor": cursor} if cursor else {})}
        answer = api.get(f"{HALLS}available/", asked).json()
        seen += [one["id"] for one in answer["data"]]
        cursor = answer["meta"]["next_cursor"]
    assert len(seen) == len(set(seen)) == 5
    assert cursor is None


def test_b7_times_that_are_none_are_refused_by_name(api, when):
    good = span(when())
    wrong = [
        ({}, "starts"),
        ({**good, "ends": good["starts"]}, "ends"),
        ({**good, "starts": "0001-01-01T00:00:00+05:00"}, "starts"),
        ({**good, "ends": "9999-12-31T23:59:59Z"}, "ends"),
        ({**good, "capacity": "0"}, "capacity"),
        ({**good, "capacity": "many"}, "capacity"),
    ]
    for asked, param in wrong:
        answer = api.get(f"{HALLS}available/", asked)
        assert answer.status_code == 400, asked
        assert param in [one["param"] for one in answer.json()["errors"]]


# --- halls, calendars ---------------------------------------------------------------------------


@pytest.mark.parametrize("halls", [1, 12])
def test_halls_take_three_queries_with_few_and_many(
    halls, api, building, django_assert_num_queries
):
    beamer = Facility.objects.create(name="Projector", slug="projector")
    for number in range(halls):
        one = factories.hall(building=building, code=f"H{number}")
        one.facilities.add(beamer)
        one.save()
        OpeningHours.objects.create(
            hall=one, weekday=Weekday.MONDAY, opens=dt.time(8), closes=dt.time(18)
        )
    with django_assert_num_queries(3):
        found = api.get(HALLS).json()["data"]
    assert len(found) == halls
    assert found[0]["facilities"] == [{"slug": "projector", "name": "Projector"}]
    assert found[0]["opening_hours"][0]["weekday"] == Weekday.MONDAY


def test_halls_are_filtered_and_those_out_of_use_are_their_admins_alone(
    api, api_as, hall, other_hall, admin
):
    other_hall.is_active = False
    other_hall.save()
    elsewhere = factories.administrator(factories.institution(slug="other", name="Other"))
    assert [one["id"] for one in api.get(HALLS).json()["data"]] == [hall.pk]
    assert api.get(f"{HALLS}{other_hall.pk}/").status_code == 404
    assert api_as(elsewhere).get(f"{HALLS}{other_hall.pk}/").status_code == 404
    assert api_as(admin).get(f"{HALLS}{other_hall.pk}/").status_code == 200
    assert api.get(HALLS, {"capacity": 41}).json()["data"] == []
    assert api.get(HALLS, {"facilities": "organ"}).status_code == 400
    assert len(api.get(HALLS, {"institution": hall.building.institution_id}).json()["data"]) == 1


@pytest.mark.parametrize("bookings", [1, 30])
def test_b8_a_calendar_takes_three_queries_and_hides_what_is_private(
    bookings, api, hall, when, admin, api_as, django_assert_num_queries
):
    for number in range(bookings):
        kind = "lecture" if number % 2 else "single"
        starts = when(day=number % 5, hour=8 + number // 5).starts
        factories.hall_booking(hall=hall, starts=starts, kind=kind, purpose="Secret")
    factories.hall_booking(hall=hall, starts=when(day=40).starts, purpose="Later")
    factories.hall_booking(hall=hall, starts=when(day=1).starts, state="pending", purpose="Asked")
    Closure.objects.create(
        building=hall.building,
        starts=when(day=6, hour=0).starts,
        ends=when(day=7, hour=0).starts,
        reason="Holiday",
    )
    asked = {
        "since": when(day=0, hour=0).starts.isoformat(),
        "until": when(day=7, hour=0).starts.isoformat(),
    }
    with django_assert_num_queries(5):  # (two of them prefetch what the hall has)
        told = api.get(f"{HALLS}{hall.pk}/calendar/", asked).json()["data"]
    assert len(told["bookings"]) == bookings
    assert {one["title"] for one in told["bookings"] if one["kind"] == "single"} == {"Booked"}
    assert {one["title"] for one in told["bookings"] if one["kind"] == "lecture"} <= {"Secret"}
    assert [one["reason"] for one in told["closures"]] == ["Holiday"]
    seen = api_as(admin).get(f"{HALLS}{hall.pk}/calendar/", asked).json()["data"]
    assert {one["title"] for one in seen["bookings"]} == {"Secret"}


def test_b8_a_calendar_is_asked_for_two_months_at_most(api, hall, when):
    start = when(hour=0).starts
    for until in (start + dt.timedelta(days=63), start - dt.timedelta(days=1)):
        answer = api.get(
            f"{HALLS}{hall.pk}/calendar/",
            {"since": start.isoformat(), "until": until.isoformat()},
        )
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["param"] == "until"
    assert api.get(f"{HALLS}{hall.pk}/calendar/").status_code == 200


# --- asking -------------------------------------------------------------------------------------


def test_b1_b2_free_is_booked_and_taken_is_409_with_the_alternatives(
    api_as, hall, other_hall, when
):
    club = factories.club()
    asking = api_as(club.head)
    mine = {"subject_type": "club", "subject_id": str(club.pk)}
    made = asking.post(BOOKINGS, body(hall, when(), **mine), "json")
    assert made.status_code == 201, made.content
    [booking] = made.json()["data"]
    assert (booking["state"], booking["hall"]["id"]) == ("approved", hall.pk)
    assert booking["subject"] == {"type": "club", "id": str(club.pk), "name": club.name}
    refused = asking.post(BOOKINGS, body(hall, when(minute=30), **mine), "json")
    assert (refused.status_code, codes(refused)) == (409, ["hall_taken"])
    details = refused.json()["meta"]["details"]
    assert [one["hall"] for one in details["alternatives"]] == [other_hall.pk]
    assert HallBooking.objects.count() == 1
    waiting = asking.post(BOOKINGS, body(hall, when(), if_taken="ask", **mine), "json")
    assert waiting.json()["data"][0]["state"] == "pending"


def test_b2_one_asks_for_what_is_ones_own_alone(api_as, hall, when, student):
    club, other = factories.club(), factories.club()
    for more, status in (
        ({}, 403),
        ({"subject_type": "club", "subject_id": str(other.pk)}, 400),
        ({"subject_type": "ship", "subject_id": "1"}, 400),
        ({"subject_type": "club", "subject_id": "x"}, 400),
    ):
        answer = api_as(club.head).post(BOOKINGS, body(hall, when(), **more), "json")
        assert answer.status_code == status, answer.content
    mine = {"subject_type": "club", "subject_id": str(club.pk)}
    assert (
        api_as(student.user).post(BOOKINGS, body(hall, when(), **mine), "json").status_code == 403
    )
    assert not HallBooking.objects.exists()


def test_b6_a_rule_that_refuses_is_named_by_code_and_field(api_as, hall, when, admin):
    answer = api_as(admin).post(BOOKINGS, body(hall, when(), people=41), "json")
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["param"]) == (409, "over_capacity", "people")


def test_b1_the_same_key_books_once(api_as, hall, when, admin):
    asking = api_as(admin)
    first, second = (
        asking.post(
            BOOKINGS, body(hall, when()), "json", headers={"Idempotency-Key": "one-request"}
        )
        for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["data"] == second.json()["data"]
    assert HallBooking.objects.count() == 1


def test_b5_a_series_lists_each_date_in_the_answer_and_in_the_refusal(api_as, hall, when, admin):
    asking = api_as(admin)
    first = when(hour=10)
    until = (first.starts + dt.timedelta(weeks=2)).date().isoformat()
    asked = {"hall": hall.pk, **span(first), "until": until, "purpose": "Choir"}
    made = asking.post(f"{BOOKINGS}series/", asked, "json")
    assert made.status_code == 201, made.content
    assert [one["state"] for one in made.json()["data"]["dates"]] == ["booked"] * 3
    refused = asking.post(f"{BOOKINGS}series/", asked, "json")
    assert (refused.status_code, codes(refused)) == (409, ["nothing_free"])
    assert len(refused.json()["meta"]["details"]["dates"]) == 3
    cancelled = asking.post(f"{BOOKINGS}series/{made.json()['data']['id']}/cancel/", {}, "json")
    assert {one["state"] for one in cancelled.json()["data"]} == {"cancelled"}
    assert not HallBooking.objects.approved().exists()


# --- reading and deciding -----------------------------------------------------------------------


@pytest.mark.parametrize("rows", [2, 12])
def test_bookings_are_listed_with_what_they_are_for_in_six_queries(
    rows, api_as, hall, admin, django_assert_num_queries
):
    clubs = [factories.club() for _ in range(rows)]
    for number, club in enumerate(clubs):
        factories.hall_booking(hall=hall, asked_by=club.head, **factories.source(club))
        factories.hall_booking(hall=hall, state="pending", **factories.source(clubs[number - 1]))
    asking = api_as(admin)
    asking.get(BOOKINGS)
    with django_assert_num_queries(6):
        found = asking.get(BOOKINGS, {"page_size": 100}).json()["data"]
    assert len(found) == 2 * rows
    assert {one["subject"]["name"] for one in found} == {club.name for club in clubs}


def test_bookings_are_filtered_by_club_hall_state_and_period(api_as, hall, other_hall, when, admin):
    club, event = factories.club(), None
    mine = factories.hall_booking(hall=hall, starts=when(hour=9).starts, **factories.source(club))
    other = factories.hall_booking(
        hall=other_hall, starts=when(day=3).starts, state="pending", people=3
    )
    assert event is None
    asking = api_as(admin)

    def found(**asked):
        answer = asking.get(BOOKINGS, asked)
        assert answer.status_code == 200, answer.content
        return [one["id"] for one in answer.json()["data"]]

    assert found() == [str(other.pk), str(mine.pk)]
    assert found(club=str(club.pk)) == [str(mine.pk)]
    assert found(hall=other_hall.pk) == [str(other.pk)]
    assert found(state="pending") == [str(other.pk)]
    assert found(since=when(day=2).starts.isoformat()) == [str(other.pk)]
    assert found(until=when(day=2).starts.isoformat()) == [str(mine.pk)]
    for wrong in ({"state": "lost"}, {"club": "x"}, {"hall": "x"}, {"since": "now"}):
        assert asking.get(BOOKINGS, wrong).status_code == 400


def test_one_sees_what_one_asked_for_and_an_admin_those_of_the_place(api_as, hall, admin, student):
    club = factories.club()
    mine = factories.hall_booking(hall=hall, asked_by=club.head)
    local = factories.administrator(hall.building.institution)
    elsewhere = factories.administrator(factories.institution(slug="other", name="Other"))
    for person, count in (
        (club.head, 1),
        (admin, 1),
        (local, 1),
        (elsewhere, 0),
        (student.user, 0),
    ):
        answer = api_as(person).get(BOOKINGS)
        assert len(answer.json()["data"]) == count, person
        one = api_as(person).get(f"{BOOKINGS}{mine.pk}/")
        assert one.status_code == (200 if count else 404)


def test_b3_an_admin_sees_both_sides_and_decides(api_as, hall, other_hall, when, admin):
    club = factories.club()
    services.ask(wishes=[hall], periods=[when()], purpose="Exam", actor=admin)
    waiting = services.ask(
        wishes=[hall],
        periods=[when()],
        purpose="Concert",
        subject=club,
        actor=club.head,
        if_taken="ask",
    ).rows[0]
    asking = api_as(admin)
    assert [one["id"] for one in asking.get(f"{BOOKINGS}pending/").json()["data"]] == [
        str(waiting.pk)
    ]
    seen = asking.get(f"{BOOKINGS}{waiting.pk}/conflict/").json()["data"]
    assert [one["purpose"] for one in seen["in_the_way"]] == ["Exam"]
    free = asking.get(f"{BOOKINGS}{waiting.pk}/conflict/", {"hall": other_hall.pk}).json()["data"]
    assert free["in_the_way"] == []
    assert codes(asking.post(f"{BOOKINGS}{waiting.pk}/approve/", {}, "json")) == ["hall_taken"]
    done = asking.post(f"{BOOKINGS}{waiting.pk}/approve/", {"hall": other_hall.pk}, "json")
    assert (done.status_code, done.json()["data"]["state"]) == (200, "approved")
    again = asking.post(f"{BOOKINGS}{waiting.pk}/reject/", {"reason": "No"}, "json")
    assert (again.status_code, codes(again)) == (409, ["wrong_state"])
    assert api_as(club.head).post(f"{BOOKINGS}{waiting.pk}/reject/").status_code == 403


def test_who_asked_gives_back_until_it_begins(api_as, hall, when):
    club = factories.club()
    mine = factories.hall_booking(hall=hall, asked_by=club.head)
    begun = factories.hall_booking(
        hall=hall, asked_by=club.head, starts=timezone.now() - dt.timedelta(minutes=5)
    )
    asking = api_as(club.head)
    done = asking.post(f"{BOOKINGS}{mine.pk}/cancel/", {"reason": "Rain"}, "json")
    assert (done.json()["data"]["state"], done.json()["data"]["note"]) == ("cancelled", "Rain")
    assert codes(asking.post(f"{BOOKINGS}{begun.pk}/cancel/", {}, "json")) == ["booking_over"]
    assert codes(asking.post(f"{BOOKINGS}{mine.pk}/cancel/", {}, "json")) == ["wrong_state"]


# --- B8: utilization ----------------------------------------------------------------------------


def test_b8_the_heat_map_counts_minutes_by_weekday_and_hour(api_as, hall, other_hall, when, admin):
    monday = when(day=0, hour=0).starts
    factories.hall_booking(
        hall=hall, starts=when(day=0, hour=10, minute=30).starts, ends=when(day=0, hour=12).starts
    )
    factories.hall_booking(hall=other_hall, starts=when(day=0, hour=11).starts, state="pending")
    OpeningHours.objects.create(
        hall=other_hall, weekday=Weekday.MONDAY, opens=dt.time(11, 30), closes=dt.time(18)
    )
    day = timezone.localdate(monday, timezone.get_default_timezone())
    asked = {"since": day.isoformat(), "until": (day + dt.timedelta(days=13)).isoformat()}
    told = api_as(admin).get(f"{HALLS}utilization/", asked).json()["data"]
    cells = {(one["weekday"], one["hour"]): one for one in told["cells"]}
    assert len(cells) == 7 * 24
    # Two Mondays: the hall is always open, the other one from half past eleven.
    assert cells[Weekday.MONDAY, 10] == {
        **{"weekday": 2, "hour": 10, "open": 120, "booked": 30, "percent": 25}
    }
    assert cells[Weekday.MONDAY, 11]["open"] == 120 + 60
    assert cells[Weekday.MONDAY, 11]["booked"] == 60
    assert cells[Weekday.MONDAY, 12]["booked"] == 0
    assert cells[Weekday.TUESDAY, 11]["open"] == 120
    assert sum(one["booked"] for one in told["cells"]) == 90


def test_b8_the_heat_map_takes_three_queries_and_ends_at_the_admins_institution(
    api_as, hall, when, admin, django_assert_num_queries
):
    for number in range(20):
        factories.hall_booking(hall=hall, starts=when(day=number).starts)
    local = factories.administrator(factories.institution(slug="other", name="Other"))
    asking = api_as(local)
    day = when(day=0).starts.date()
    asked = {"since": day.isoformat(), "until": (day + dt.timedelta(days=27)).isoformat()}
    assert asking.get(f"{HALLS}utilization/", asked).json()["data"]["halls"] == 0
    told = api_as(admin).get(f"{HALLS}utilization/", asked).json()["data"]
    assert (told["halls"], sum(one["booked"] for one in told["cells"])) == (1, 20 * 50)
    too_long = {**asked, "until": (day + dt.timedelta(days=200)).isoformat()}
    assert api_as(admin).get(f"{HALLS}utilization/", too_long).status_code == 400
    assert api_as(factories.user(Role.ORGANIZER)).get(f"{HALLS}utilization/").status_code == 403
