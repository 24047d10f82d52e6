"""Sections written by the API: what is stored and logged, who may, each refusal by its field."""

from typing import Any

import pytest
from rest_framework.test import APIClient
from wagtail.models import ModelLogEntry

from campus.institutions.models import Institution
from campus.venues.models import Building
from learning.catalog import services
from learning.catalog.errors import Gone
from learning.catalog.models import Course, Meeting, Season
from learning.catalog.models import Section as SectionModel
from learning.catalog.signals import section_seats_changed
from tests import factories
from tests.learning.catalog.writing.asking import V1, ApiAs, everything, log_of, refused

pytestmark = pytest.mark.django_db


class TestSections:
    """``sections/`` with weekly meetings."""

    @pytest.fixture
    def body(self, course: Course, season: Season) -> dict[str, Any]:
        return {
            "course": course.pk,
            "season": season.pk,
            "number": "40211",
            "meetings": [
                {"weekday": 0, "starts": "09:00", "ends": "09:50", "place": "Garden"},
                {"weekday": 6, "starts": "09:00", "ends": "09:50"},
            ],
        }

    def test_a_section_is_made_with_its_meetings(
        self, boss: APIClient, body: dict[str, Any]
    ) -> None:
        hall, person = factories.hall(), factories.staff()
        body["meetings"][0]["hall"] = hall.pk
        body |= {
            "instructors": [person.pk],
            "price": "480.00",
            "currency": "EUR",
            "capacity": 30,
            "starts": "2032-01-10",
            "ends": "2032-05-10",
            "enrollment_opens": "2031-12-01",
            "enrollment_closes": "2032-01-05",
            "drop_until": "2032-01-20",
            "access_days": 90,
            "delivery": "hybrid",
        }
        made = boss.post(f"{V1}sections/", body, "json")
        assert made.status_code == 201, made.content
        told = made.json()["data"]
        assert (told["price"], told["currency"], told["access_days"]) == ("480.00", "EUR", 90)
        assert [one["name"] for one in told["instructors"]] == [person.name]
        assert [(m["weekday"], m["hall_id"]) for m in told["meetings"]] == [(0, hall.pk), (6, None)]
        section = SectionModel.objects.get()
        [(action, before, after)] = log_of(section)
        assert (action, before, after["capacity"]) == ("wagtail.create", {}, 30)
        assert len(after["meetings"]) == 2

    def test_meetings_are_replaced_as_a_whole_and_what_stays_keeps_its_row(
        self, boss: APIClient, body: dict[str, Any]
    ) -> None:
        address = f"{V1}sections/{boss.post(f'{V1}sections/', body, 'json').json()['data']['id']}/"
        section = SectionModel.objects.get()
        kept = section.meetings.get(weekday=0)
        hours = [
            {"weekday": 0, "starts": "09:00", "ends": "09:50", "place": "Lawn"},
            {"weekday": 3, "starts": "10:00", "ends": "11:00"},
        ]
        assert boss.patch(address, {"meetings": hours}, "json").status_code == 200
        rows = list(Meeting.objects.values_list("pk", "weekday", "place"))
        assert rows[0] == (kept.pk, 0, "Lawn")
        assert [row[1] for row in rows] == [0, 3]
        count = ModelLogEntry.objects.count()
        assert boss.patch(address, {"meetings": hours}, "json").status_code == 200
        assert boss.patch(address, {"title": ""}, "json").status_code == 200
        assert ModelLogEntry.objects.count() == count, "nothing differed"
        assert boss.patch(address, {"meetings": []}, "json").json()["data"]["meetings"] == []

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"starts": "2032-02-01", "ends": "2032-01-01"}, "ends"),
            (
                {"enrollment_opens": "2032-02-01", "enrollment_closes": "2032-01-01"},
                "enrollment_closes",
            ),
            ({"enrollment_opens": "2032-03-01", "ends": "2032-02-01"}, "enrollment_opens"),
            ({"price": "-0.01"}, "price"),
            ({"price": "1e40"}, "price"),
            ({"price": "Infinity"}, "price"),
            ({"currency": "ABC"}, "currency"),
            ({"currency": "usd"}, "currency"),
            ({"currency": "DOLLAR"}, "currency"),
            ({"capacity": -1}, "capacity"),
            ({"capacity": 10**20}, "capacity"),
            ({"capacity": "many"}, "capacity"),
            ({"access_days": -1}, "access_days"),
            ({"credit_hours": "-3"}, "credit_hours"),
            ({"delivery": "pigeon"}, "delivery"),
            ({"number": "TAKEN"}, "number"),
            ({"title": "a\0b"}, "title"),
            ({"instructors": ["me"]}, "instructors"),
            ({"instructors": [987654]}, "instructors"),
            ({"seats_taken": 0}, "seats_taken"),
            ({"meetings": {"weekday": 1}}, "meetings"),
            ({"meetings": [7]}, "meetings"),
            (
                {"meetings": [{"weekday": 7, "starts": "9:00", "ends": "10:00"}]},
                "meetings.0.weekday",
            ),
            (
                {"meetings": [{"weekday": -1, "starts": "9:00", "ends": "10:00"}]},
                "meetings.0.weekday",
            ),
            ({"meetings": [{"weekday": 1, "starts": "10:00", "ends": "10:00"}]}, "meetings.0.ends"),
            (
                {"meetings": [{"weekday": 1, "starts": "25:00", "ends": "26:00"}]},
                "meetings.0.starts",
            ),
            ({"meetings": [{"weekday": 1, "starts": "09:00"}]}, "meetings.0.ends"),
            (
                {
                    "meetings": [
                        {"weekday": 1, "starts": "09:00", "ends": "10:00"},
                        {"weekday": 1, "starts": "09:59", "ends": "11:00"},
                    ]
                },
                "meetings.1.starts",
            ),
            (
                {"meetings": [{"weekday": 1, "starts": "9:00", "ends": "10:00", "hall": 987654}]},
                "meetings.0.hall",
            ),
            (
                {"meetings": [{"weekday": 1, "starts": "9:00", "ends": "10:00", "place": "a\0"}]},
                "meetings.0.place",
            ),
            (
                {"meetings": [{"weekday": 1, "starts": "9:00", "ends": "10:00", "id": 1}]},
                "meetings.0.id",
            ),
        ],
    )
    def test_refusals_name_the_field(
        self, boss: APIClient, body: dict[str, Any], change: dict[str, Any], param: str
    ) -> None:
        section = factories.section(course=Course.objects.get(), season=Season.objects.get())
        factories.section(course=section.course, season=section.season, number="TAKEN")
        factories.meeting(section=section)
        before = everything()
        for answer in (
            boss.patch(f"{V1}sections/{section.pk}/", {"title": "Half", **change}, "json"),
            boss.post(f"{V1}sections/", {**body, **change}, "json"),
        ):
            assert answer.status_code == 400, answer.content
            params = [error["param"] or "" for error in answer.json()["errors"]]
            assert [p for p in params if p == param or p.startswith(f"{param}.")], params
        assert everything() == before

    def test_what_belongs_to_another_institution_is_refused(
        self, boss: APIClient, section: SectionModel, other: Institution
    ) -> None:
        building = Building.objects.create(institution=other, name="Away")
        hour = {"weekday": 1, "starts": "09:00", "ends": "10:00"}
        foreign = {
            "season": factories.season(institution=other).pk,
            "instructors": [factories.staff(institution=other).pk],
            "course": factories.course(institution=other).pk,
        }
        hall = factories.hall(building=building)
        before = everything()
        address = f"{V1}sections/{section.pk}/"
        refused(boss.patch(address, {"season": foreign["season"]}, "json"), 400, "season")
        refused(
            boss.patch(address, {"instructors": foreign["instructors"]}, "json"), 400, "instructors"
        )
        answer = boss.patch(address, {"course": foreign["course"]}, "json")
        assert answer.status_code == 400
        answer = boss.patch(address, {"meetings": [{**hour, "hall": hall.pk}]}, "json")
        refused(answer, 400, "meetings.0.hall")
        assert everything() == before

    def test_l4_a_capacity_below_those_enrolled_is_refused_and_new_seats_are_told(
        self, boss: APIClient
    ) -> None:
        section = factories.section(capacity=5, seats_taken=3)
        address, told = f"{V1}sections/{section.pk}/", []

        def hear(section_id: int, **kwargs: Any) -> None:
            told.append(section_id)

        section_seats_changed.connect(hear)
        before = everything()
        answer = boss.patch(address, {"title": "Half", "capacity": 2}, "json")
        refused(answer, 409, "capacity", "capacity_below_taken")
        assert everything() == before
        assert told == []
        assert boss.patch(address, {"capacity": 9}, "json").json()["data"]["seats_left"] == 6
        assert boss.patch(address, {"is_cancelled": True}, "json").status_code == 200
        assert told == [section.pk, section.pk]
        section.refresh_from_db()
        assert (section.seats_taken, section.is_cancelled) == (3, True)

    def test_a_section_with_students_is_cancelled_and_not_deleted(self, boss: APIClient) -> None:
        from learning.enrollments import services as enrollments  # noqa: PLC0415

        section, student = factories.section(), factories.student()
        factories.meeting(section=section)
        empty = factories.section(course=section.course, instructors=[factories.staff()])
        factories.meeting(section=empty)
        enrollments.enroll(student=student, section_id=section.pk, actor=student.user)
        before = everything()
        answer = boss.delete(f"{V1}sections/{section.pk}/")
        refused(answer, 409, None, "still_in_use")
        assert answer.json()["meta"]["details"]["what"] == ["enrollments.enrollment"]
        elsewhere = factories.course()
        moved = boss.patch(f"{V1}sections/{section.pk}/", {"course": elsewhere.pk}, "json")
        refused(moved, 409, "course", "still_in_use")
        elsewhere.delete()
        assert everything()[SectionModel] == before[SectionModel]
        assert boss.delete(f"{V1}sections/{empty.pk}/").status_code == 204
        assert not SectionModel.objects.filter(pk=empty.pk).exists()
        with pytest.raises(Gone):
            services.update_section(section=empty, actor=None, changes={"title": "X"})

    def test_a_teacher_edits_their_own_without_what_admins_decide(
        self, api_as: ApiAs, section: SectionModel, body: dict[str, Any]
    ) -> None:
        teacher, stranger = factories.teacher(), factories.teacher()
        section.instructors.add(teacher.staff_profile)
        hall = factories.hall()
        factories.meeting(section=section, hall=hall)  # Monday, 10 to 11
        mine, address = api_as(teacher), f"{V1}sections/{section.pk}/"
        kept = {"weekday": 2, "starts": "10:00", "ends": "11:00", "hall": hall.pk}
        hours = [kept, {"weekday": 4, "starts": "10:00", "ends": "11:00", "place": "Garden"}]
        change = {"title": "Evenings", "delivery": "hybrid", "meetings": hours, "capacity": 2}
        answer = mine.patch(address, change, "json")
        assert answer.status_code == 200, "the capacity is what it was"
        before = everything()
        for name, value in {
            "price": "1.00",
            "currency": "EUR",
            "capacity": 3,
            "instructors": [stranger.staff_profile.pk],
            "number": "1",
            "season": factories.season().pk,
            "course": factories.course().pk,
            "credit_hours": "9",
            "access_days": 9,
            "drop_until": "2032-01-01",
            "is_cancelled": True,
        }.items():
            refused(mine.patch(address, {"title": "No", name: value}, "json"), 403, name)
        moved = {**kept, "starts": "09:00"}
        refused(mine.patch(address, {"meetings": [moved]}, "json"), 403, "meetings.0.hall")
        assert mine.delete(address).status_code == 403
        assert api_as(stranger).patch(address, {"title": "X"}, "json").status_code == 403
        after = everything()
        assert after[SectionModel] == before[SectionModel]
        assert after[Meeting] == before[Meeting]
        for name, value in {"price": "5", "capacity": 9, "is_cancelled": True}.items():
            refused(mine.post(f"{V1}sections/", {**body, name: value}, "json"), 403, name)
        theirs = {**body, "course": factories.course().pk}
        assert mine.post(f"{V1}sections/", theirs, "json").status_code == 403
        made = mine.post(f"{V1}sections/", body, "json")
        assert made.status_code == 201, made.content
        assert [one["id"] for one in made.json()["data"]["instructors"]] == [
            teacher.staff_profile.pk
        ]

    def test_the_same_request_twice_makes_one(self, boss: APIClient, body: dict[str, Any]) -> None:
        for _ in range(2):
            answer = boss.post(f"{V1}sections/", body, "json", headers={"Idempotency-Key": "once"})
            assert answer.status_code == 201
        assert SectionModel.objects.count() == 1
