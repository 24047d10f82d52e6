"""The pages of halls: found free (B7), seen (B4, B8), asked for (B1, B2, B5), given back, decided (B3)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from bookings import services
from bookings.models import HallBooking
from campus.venues.models import Closure, Facility
from tests import factories

pytestmark = pytest.mark.django_db


def clock(moment):
    return timezone.localtime(moment, timezone.get_default_timezone())


def asked(period, **more):
    return {
        "day": f"{clock(period.starts):%Y-%m-%d}",
        "starts": f"{clock(period.starts):%H:%M}",
        "ends": f"{clock(period.ends):%H:%M}",
        **more,
    }


def test_b7_the_list_finds_what_is_free_large_enough_and_equipped(
    client, hall, other_hall, when, admin
):
    beamer = Facility.objects.create(name="Projector", slug="projector")
    for one in (hall, other_hall):
        one.facilities.add(beamer)
        one.save()
    services.ask(wishes=[hall], periods=[when()], purpose="Exam", actor=admin)
    address = reverse("bookings:halls")
    assert list(client.get(address).context["page"]) == [hall, other_hall]
    found = client.get(address, asked(when(), facilities="projector", capacity=20))
    assert list(found.context["page"]) == [other_hall]
    assert list(client.get(address, {"capacity": 50}).context["page"]) == [other_hall]
    assert list(client.get(address, {"facilities": "projector"}).context["page"]) == [
        hall,
        other_hall,
    ]


def test_the_list_marks_the_field_that_is_wrong(client, when):
    for wrong, field in (
        ({"day": "2030-01-01"}, "starts"),
        ({"capacity": "0"}, "capacity"),
        ({"facilities": "none"}, "facilities"),
        (asked(when(), day="0001-01-01"), "day"),
    ):
        answer = client.get(reverse("bookings:halls"), wrong)
        assert answer.status_code == 422
        assert field in answer.context["form"].errors


@pytest.mark.parametrize("halls", [1, 20])
def test_the_list_takes_four_queries(halls, client, building, when, django_assert_num_queries):
    Facility.objects.create(name="Projector", slug="projector")
    for number in range(halls):
        factories.hall(building=building, code=f"H{number:02}", capacity=10)
    client.get(reverse("bookings:halls"))
    with django_assert_num_queries(6):  # (two of them: what there is to choose from)
        client.get(reverse("bookings:halls"), asked(when(), capacity=5))


def test_b8_a_halls_page_shows_day_week_and_month_and_hides_what_is_private(
    client, sign_in, hall, when, admin
):
    services.ask(wishes=[hall], periods=[when(day=1)], purpose="Secret", actor=admin)
    factories.hall_booking(hall=hall, starts=when(day=2).starts, kind="lecture", purpose="Algebra")
    Closure.objects.create(
        building=hall.building,
        starts=when(day=3).starts,
        ends=when(day=3).ends,
        reason="Painting",
    )
    address = hall.get_absolute_url()
    day = f"{clock(when(day=1).starts):%Y-%m-%d}"
    week = client.get(address, {"day": day})
    assert [len(entries) for _day, entries in week.context["days"]] == [1, 1]
    for words in ("Booked", "Algebra", "Painting"):
        assert words in week.content.decode()
    assert "Secret" not in week.content.decode()
    assert "Secret" in sign_in(admin).get(address, {"day": day}).content.decode()
    one = client.get(address, {"day": day, "view": "day"})
    assert [len(entries) for _day, entries in one.context["days"]] == [1]
    month = client.get(address, {"day": day, "view": "month"})
    assert month.context["since"].day == 1
    for odd in ({"day": "x"}, {"day": "9999-12-31"}, {"day": "2030-02-31"}, {"view": "year"}):
        assert client.get(address, odd).status_code == 200


def test_a_hall_out_of_use_is_seen_by_its_admins_alone(client, sign_in, hall, admin, student):
    hall.is_active = False
    hall.save()
    for page in (hall.get_absolute_url(), reverse("bookings:feed", args=[hall.pk])):
        assert client.get(page).status_code == 404
        assert sign_in(student.user).get(page).status_code == 404
    assert sign_in(admin).get(hall.get_absolute_url()).status_code == 200
    assert client.get(reverse("bookings:hall", args=[987654])).status_code == 404


def test_b8_the_feed_is_a_calendar_that_tells_no_private_words(client, hall, when, admin):
    [row] = services.ask(wishes=[hall], periods=[when()], purpose="Secret", actor=admin).rows
    answer = client.get(reverse("bookings:feed", args=[hall.pk]))
    assert answer["Content-Type"].startswith("text/calendar")
    [entry] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert entry["UID"].startswith(str(row.pk))
    assert entry["SUMMARY"] == "Booked"
    assert entry["DTSTART"].dt == row.starts
    assert b"Secret" not in answer.content


def test_b2_asking_books_what_is_free(sign_in, hall, when):
    club = factories.club()
    answer = sign_in(club.head).post(
        reverse("bookings:ask", args=[hall.pk]),
        asked(when(), subject=f"club:{club.pk}", purpose="Rehearsal", people="12"),
    )
    assert (answer.status_code, answer["Location"]) == (302, reverse("bookings:mine"))
    row = HallBooking.objects.get()
    assert (row.state, row.people, row.period) == ("approved", 12, when())


def test_b1_what_is_taken_is_told_with_what_is_free_and_nothing_is_booked(
    sign_in, hall, other_hall, when, admin
):
    club = factories.club()
    services.ask(wishes=[hall], periods=[when()], purpose="Exam", actor=admin)
    address = reverse("bookings:ask", args=[hall.pk])
    sent = asked(when(), subject=f"club:{club.pk}", purpose="Rehearsal")
    answer = sign_in(club.head).post(address, sent)
    assert answer.status_code == 422
    assert [one["hall"] for one in answer.context["alternatives"]] == [other_hall.pk]
    assert [one["what"] for one in answer.context["obstacles"]] == ["Booked"]
    assert HallBooking.objects.count() == 1
    sign_in(club.head).post(address, {**sent, "wait": "on"})
    assert HallBooking.objects.pending().get().asked_by == club.head


def test_b5_every_week_all_or_what_is_free(sign_in, hall, when, admin):
    club = factories.club()
    later = when(day=1 + 7)
    services.ask(wishes=[hall], periods=[later], purpose="Exam", actor=admin)
    address = reverse("bookings:ask", args=[hall.pk])
    until = clock(when(day=1).starts).date() + dt.timedelta(weeks=2)
    sent = asked(when(), subject=f"club:{club.pk}", purpose="Choir", until=until.isoformat())
    refused = sign_in(club.head).post(address, sent)
    assert refused.status_code == 422
    assert [one["state"] for one in refused.context["dates"]] == ["free", "refused", "free"]
    assert HallBooking.objects.count() == 1
    sign_in(club.head).post(address, {**sent, "take_free": "on"})
    assert HallBooking.objects.filter(asked_by=club.head).count() == 2


def test_b6_the_form_marks_the_field_that_a_rule_refuses(sign_in, hall, when):
    club = factories.club()
    for more, field in (
        ({"people": "41"}, "people"),
        ({"day": "2020-01-01"}, "starts"),
        ({"subject": ""}, "subject"),
        ({"subject": "club:x"}, "subject"),
        ({"purpose": "a\u202eb"}, "purpose"),
    ):
        sent = asked(when(), **{"subject": f"club:{club.pk}", "purpose": "Choir", **more})
        answer = sign_in(club.head).post(reverse("bookings:ask", args=[hall.pk]), sent)
        assert answer.status_code == 422, more
        assert field in answer.context["form"].errors
    assert not HallBooking.objects.exists()


def test_one_sees_and_gives_back_what_is_ones_own(sign_in, hall, when):
    club, other = factories.club(), factories.club()
    [row] = services.ask(
        wishes=[hall], periods=[when()], purpose="Choir", subject=club, actor=club.head
    ).rows
    mine, page = reverse("bookings:mine"), reverse("bookings:booking", args=[row.pk])
    assert "Choir" in sign_in(club.head).get(mine).content.decode()
    assert "Choir" not in sign_in(other.head).get(mine).content.decode()
    assert sign_in(other.head).get(page).status_code == 404
    assert sign_in(club.head).get(page).status_code == 200
    cancel = reverse("bookings:cancel", args=[row.pk])
    assert sign_in(other.head).post(cancel).status_code == 404
    assert sign_in(club.head).post(cancel, {"reason": "x" * 301}).status_code == 422
    row.refresh_from_db()
    assert row.state == "approved"
    sign_in(club.head).post(cancel, {"reason": "Rain"})
    row.refresh_from_db()
    assert (row.state, row.note) == ("cancelled", "Rain")


def test_b3_the_decision_shows_both_sides_and_whom_it_turns_down(
    sign_in, hall, other_hall, when, admin
):
    services.ask(wishes=[hall], periods=[when()], purpose="Exam", actor=admin)
    rows = []
    for club in (factories.club(), factories.club()):
        rows += services.ask(
            wishes=[hall],
            periods=[when()],
            purpose=f"Evening {club}",
            subject=club,
            actor=club.head,
            if_taken="ask",
        ).rows
    desk = sign_in(admin)
    assert desk.get(reverse("bookings:pending")).context["page"].paginator.count == 2
    address = reverse("bookings:decide", args=[rows[0].pk])
    page = desk.get(address)
    assert [one.purpose for one, _ in page.context["obstacles"]] == ["Exam"]
    assert [one.pk for one, _ in page.context["turned_down"]] == [rows[1].pk]
    assert [one["hall"] for one in page.context["alternatives"]] == [other_hall.pk]
    refused = desk.post(address, {"decision": "approve"})
    assert refused.status_code == 422
    assert HallBooking.objects.pending().count() == 2
    elsewhere = desk.get(address, {"hall": other_hall.pk})
    assert elsewhere.context["obstacles"] == []
    desk.post(address, {"decision": "approve", "hall": other_hall.pk, "note": "Next door"})
    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].hall, rows[0].note) == ("approved", other_hall, "Next door")
    later = asked(when(hour=14))
    second = reverse("bookings:decide", args=[rows[1].pk])
    desk.post(second, {"decision": "approve", "day": later["day"], "starts": later["starts"]})
    rows[1].refresh_from_db()
    assert (rows[1].state, rows[1].period) == ("approved", when(hour=14))
    assert "decided already" in desk.get(second).content.decode()
    elsewhere = factories.administrator(factories.institution(slug="other", name="Other"))
    assert sign_in(elsewhere).get(address).status_code == 404
    assert sign_in(rows[0].asked_by).get(address).status_code == 403


def test_b8_the_heat_map_shows_each_hour_of_the_week(sign_in, hall, when, admin):
    factories.hall_booking(hall=hall, starts=when(day=0, hour=10).starts)
    day = clock(when(day=0).starts).date()
    asked_for = {"since": day.isoformat(), "until": (day + dt.timedelta(days=6)).isoformat()}
    page = sign_in(admin).get(reverse("bookings:utilization"), asked_for)
    cells = {(cell.weekday, cell.hour): cell for _n, row in page.context["rows"] for cell, _ in row}
    assert cells[2, 10].percent == 83  # fifty minutes of the one Monday's hour
    assert sum(cell.booked for cell in cells.values()) == 50
    too_long = {**asked_for, "until": (day + dt.timedelta(days=300)).isoformat()}
    assert sign_in(admin).get(reverse("bookings:utilization"), too_long).status_code == 422
