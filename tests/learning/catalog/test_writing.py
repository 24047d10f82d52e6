"""The catalog written by the API: what is stored and logged, who may, and each refusal by its field."""

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from PIL import Image
from rest_framework.test import APIClient
from wagtail.models import ModelLogEntry

from campus.accounts.models import User
from campus.institutions.models import Institution
from campus.venues.models import Building
from learning.catalog import services
from learning.catalog.errors import Gone
from learning.catalog.models import Course, CoursePage, Meeting, Module, Program, Resource, Season
from learning.catalog.models import Section as SectionModel
from learning.catalog.signals import section_seats_changed
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], APIClient]
V1 = "/api/v1/"
STORED = (
    Course,
    CoursePage,
    Meeting,
    Module,
    Program,
    Resource,
    Season,
    SectionModel,
    ModelLogEntry,
)


@pytest.fixture
def boss(api_as: ApiAs, admin: User) -> APIClient:
    return api_as(admin)


@pytest.fixture
def other(institution: Institution) -> Institution:
    return factories.institution(slug="other", name="Other College")


def everything() -> dict[type[models.Model], list[dict[str, Any]]]:
    """All rows that a refused request might have left half done."""
    return {model: list(model._default_manager.order_by("pk").values()) for model in STORED}


def refused(answer: Any, status: int, param: str | None, code: str | None = None) -> None:
    """The answer is that refusal, of that field."""
    assert answer.status_code == status, answer.content
    told = answer.json()["errors"]
    assert param in [error["param"] for error in told], told
    assert code is None or code in [error["code"] for error in told], told


def log_of(thing: models.Model) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    entries = ModelLogEntry.objects.for_instance(thing).order_by("pk")
    return [(e.action, e.data.get("before", {}), e.data.get("after", {})) for e in entries]


class TestSeasonsAndPrograms:
    """``seasons/`` and ``programs/``."""

    def test_a_season_is_made_corrected_and_deleted(
        self, boss: APIClient, institution: Institution
    ) -> None:
        body = {
            "institution": institution.pk,
            "code": "ram-2032",
            "name": "Ramadan",
            "kind": "ramadan",
            "starts": "2032-01-14",
            "ends": "2032-02-12",
        }
        made = boss.post(f"{V1}seasons/", body, "json")
        assert made.status_code == 201, made.content
        season = Season.objects.get(code="ram-2032")
        assert made.json()["data"]["institution"] == institution.pk
        address = f"{V1}seasons/{season.pk}/"
        assert boss.patch(address, {"is_active": False}, "json").status_code == 200
        assert boss.patch(address, {"is_active": False}, "json").status_code == 200
        # Out of sight for others, and still the admin's to take back.
        assert APIClient().get(address).status_code == 404
        assert boss.patch(address, {"name": "R"}, "json").json()["data"]["name"] == "R"
        assert [(action, before) for action, before, _ in log_of(season)] == [
            ("wagtail.create", {}),
            ("wagtail.edit", {"is_active": True}),
            ("wagtail.edit", {"name": "Ramadan"}),
        ]
        assert boss.delete(address).status_code == 204
        assert not Season.objects.filter(pk=season.pk).exists()

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"ends": "2020-01-01"}, "ends"),
            ({"code": "taken"}, "code"),
            ({"code": "with space"}, "code"),
            ({"kind": "holiday"}, "kind"),
            ({"name": "a\0b"}, "name"),
            ({"name": {"a": 1}}, "name"),
            ({"starts": "soon"}, "starts"),
            ({"starts": None}, "starts"),
            ({"is_active": "perhaps"}, "is_active"),
            ({"institution": 10**30}, "institution"),
            ({"owner": 1}, "owner"),
            ({"id": 1}, "id"),
        ],
    )
    def test_refusals_name_the_field(
        self, boss: APIClient, season: Season, change: dict[str, Any], param: str
    ) -> None:
        factories.season(code="taken", institution=season.institution)
        before = everything()
        refused(boss.patch(f"{V1}seasons/{season.pk}/", change, "json"), 400, param)
        body = {
            "institution": season.institution_id,
            "code": "new",
            "name": "New",
            "starts": "2032-01-01",
            "ends": "2032-02-01",
            **change,
        }
        refused(boss.post(f"{V1}seasons/", body, "json"), 400, param)
        assert everything() == before

    def test_what_is_in_use_stays_and_says_by_what(
        self, boss: APIClient, institution: Institution, other: Institution
    ) -> None:
        section = factories.section()
        program = Program.objects.create(
            department=section.course.department, code="CS", name="Computing"
        )
        section.course.programs.add(program)
        before = everything()
        for address, holder in (
            (f"{V1}seasons/{section.season_id}/", "catalog.section"),
            (f"{V1}programs/{program.pk}/", "catalog.course"),
        ):
            answer = boss.delete(address)
            refused(answer, 409, None, "still_in_use")
            assert answer.json()["meta"]["details"]["what"] == [holder]
        moved = boss.patch(f"{V1}seasons/{section.season_id}/", {"institution": other.pk}, "json")
        refused(moved, 409, "institution", "still_in_use")
        away = factories.department(institution=other)
        moved = boss.patch(f"{V1}programs/{program.pk}/", {"department": away.pk}, "json")
        refused(moved, 409, "department", "still_in_use")
        assert everything() == before

    def test_a_program_is_made_corrected_and_deleted(self, boss: APIClient) -> None:
        department = factories.department()
        body = {"department": department.pk, "code": "CS", "name": "Computing"}
        made = boss.post(f"{V1}programs/", body, "json")
        assert made.status_code == 201, made.content
        refused(boss.post(f"{V1}programs/", body, "json"), 400, "code")
        address = f"{V1}programs/{made.json()['data']['id']}/"
        assert boss.patch(address, {"duration_months": 36}, "json").status_code == 200
        refused(boss.patch(address, {"duration_months": -1}, "json"), 400, "duration_months")
        assert boss.delete(address).status_code == 204
        assert not Program.objects.exists()

    def test_an_admin_of_one_institution_writes_there_alone(
        self, api_as: ApiAs, institution: Institution, other: Institution
    ) -> None:
        limited = api_as(factories.administrator(institution))
        theirs, ours = factories.season(institution=other), factories.season()
        before = everything()
        assert limited.patch(f"{V1}seasons/{theirs.pk}/", {"name": "X"}, "json").status_code == 403
        assert limited.delete(f"{V1}seasons/{theirs.pk}/").status_code == 403
        moved = limited.patch(f"{V1}seasons/{ours.pk}/", {"institution": other.pk}, "json")
        assert moved.status_code == 403
        away = factories.department(institution=other)
        body = {"department": away.pk, "code": "X", "name": "X"}
        assert limited.post(f"{V1}programs/", body, "json").status_code == 403
        assert everything() == before
        assert limited.patch(f"{V1}seasons/{ours.pk}/", {"name": "X"}, "json").status_code == 200


class TestCourses:
    """``courses/``: the fields, what a teacher may, deleting."""

    def test_every_field_is_written(self, boss: APIClient, course: Course) -> None:
        needed = factories.course(institution=course.institution)
        program = Program.objects.create(department=course.department, code="CS", name="Computing")
        category = factories.category()
        address = f"{V1}courses/{course.pk}/"
        body = {
            "category": category.pk,
            "tags": ["Rings", "groups", "Groups"],
            "credit_min": "3",
            "credit_max": "4.5",
            "prerequisites": [needed.pk],
            "programs": [program.pk],
            "level": "graduate",
            "is_featured": True,
            "is_published": True,
        }
        told = boss.patch(address, body, "json").json()["data"]
        assert told["category"]["id"] == category.pk
        assert sorted(tag["name"] for tag in told["tags"]) == ["Groups", "Rings"]
        assert told["prerequisites"] == [needed.code]
        assert told["programs"] == [{"id": program.pk, "code": "CS", "name": "Computing"}]
        assert (told["credit_max"], told["is_featured"]) == ("4.50", True)
        [(action, before, after)] = log_of(course)
        assert (action, before["tags"], after["tags"]) == ("wagtail.edit", [], ["Groups", "Rings"])
        assert after["prerequisites"] == [needed.pk]
        emptied = boss.patch(address, {"tags": [], "prerequisites": []}, "json").json()["data"]
        assert (emptied["tags"], emptied["prerequisites"]) == ([], [])

    def test_a_thumbnail_comes_by_multipart_and_is_checked(
        self, boss: APIClient, course: Course
    ) -> None:
        address = f"{V1}courses/{course.pk}/"
        picture = io.BytesIO()
        Image.new("RGB", (2000, 1000), "navy").save(picture, "PNG")
        upload = SimpleUploadedFile("a.png", picture.getvalue())
        told = boss.patch(address, {"thumbnail": upload, "title": "New"}, "multipart").json()[
            "data"
        ]
        assert told["thumbnail"].endswith(".webp")
        assert (told["title"], told["is_published"]) == ("New", True)
        course.refresh_from_db()
        assert course.thumbnail is not None
        assert (course.thumbnail.width, course.thumbnail.height) == (1600, 800)
        before = everything()
        for content in (b"", b"<svg onload=alert(1)/>", b"GIF89a"):
            bad = SimpleUploadedFile("a.png", content)
            refused(boss.patch(address, {"thumbnail": bad}, "multipart"), 400, "thumbnail")
        refused(boss.patch(address, {"thumbnail": "a.png"}, "json"), 400, "thumbnail")
        assert everything() == before
        assert boss.patch(address, {"thumbnail": None}, "json").json()["data"]["thumbnail"] is None

    def test_a_form_that_says_nothing_of_it_makes_a_published_course(self, boss: APIClient) -> None:
        department = factories.department()
        body = {
            "institution": department.institution_id,
            "department": department.pk,
            "code": "F 1",
            "title": "By a form",
        }
        assert boss.post(f"{V1}courses/", body, "multipart").status_code == 201
        assert Course.objects.get(code="F 1").is_published

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"credit_min": "4", "credit_max": "3"}, "credit_max"),
            ({"credit_min": "-1"}, "credit_min"),
            ({"credit_min": "NaN"}, "credit_min"),
            ({"code": "TAKEN"}, "code"),
            ({"title": "a\0b"}, "title"),
            ({"title": ""}, "title"),
            ({"tags": "Rings"}, "tags"),
            ({"tags": ["a\0"]}, "tags.0"),
            ({"tags": ["x" * 101]}, "tags.0"),
            ({"tags": [str(n) for n in range(21)]}, "tags"),
            ({"category": 987654}, "category"),
            ({"programs": [987654]}, "programs.0"),
            ({"prerequisites": 3}, "prerequisites"),
            ({"slug": "mine"}, "slug"),
            ({"author": 1}, "author"),
        ],
    )
    def test_refusals_name_the_field(
        self, boss: APIClient, course: Course, change: dict[str, Any], param: str
    ) -> None:
        factories.course(code="TAKEN", institution=course.institution)
        before = everything()
        answer = boss.patch(f"{V1}courses/{course.pk}/", {"level": "new", **change}, "json")
        assert answer.status_code == 400
        params = [error["param"] or "" for error in answer.json()["errors"]]
        assert any(name == param or name.startswith(f"{param}.") for name in params) or any(
            param.startswith(f"{name}") for name in params if name
        ), params
        assert everything() == before

    def test_what_belongs_to_another_institution_is_refused(
        self, boss: APIClient, course: Course, other: Institution
    ) -> None:
        away = factories.course(institution=other)
        program = Program.objects.create(department=away.department, code="X", name="X")
        factories.section(course=course)
        before = everything()
        address = f"{V1}courses/{course.pk}/"
        refused(boss.patch(address, {"department": away.department_id}, "json"), 400, "department")
        refused(boss.patch(address, {"prerequisites": [away.pk]}, "json"), 400, "prerequisites")
        refused(boss.patch(address, {"programs": [program.pk]}, "json"), 400, "programs")
        moved = {"institution": other.pk, "department": away.department_id}
        refused(boss.patch(address, moved, "json"), 409, "institution", "still_in_use")
        assert everything() == before

    def test_l6_prerequisites_run_in_no_circle(self, boss: APIClient) -> None:
        first, second, third = (factories.course(code=f"C {n}") for n in range(3))
        for course, needs in ((second, first), (third, second)):
            answer = boss.patch(f"{V1}courses/{course.pk}/", {"prerequisites": [needs.pk]}, "json")
            assert answer.status_code == 200
        before = everything()
        for needs in (first, second, third):
            body = {"title": "Changed", "prerequisites": [needs.pk]}
            answer = boss.patch(f"{V1}courses/{first.pk}/", body, "json")
            refused(answer, 400, "prerequisites", "prerequisite_circle")
        assert not first.prerequisites.exists()
        assert everything() == before

    def test_a_course_is_deleted_only_where_nothing_hangs_on_it(
        self, boss: APIClient, course: Course
    ) -> None:
        course.tags.add("Rings")
        address = f"{V1}courses/{course.pk}/"
        section = factories.section(course=course)
        Module.objects.create(course=course, title="One")
        needing = factories.course(institution=course.institution)
        needing.prerequisites.add(course)
        answer = boss.delete(address)
        refused(answer, 409, None, "still_in_use")
        assert sorted(answer.json()["meta"]["details"]["what"]) == [
            "catalog.course",
            "catalog.module",
            "catalog.section",
        ]
        assert "sections" in answer.json()["errors"][0]["message"]
        assert Course.objects.filter(pk=course.pk).exists()
        assert not log_of(course)
        section.delete()
        course.modules.all().delete()
        needing.prerequisites.clear()
        assert boss.delete(address).status_code == 204
        assert log_of(course)[0][0] == "wagtail.delete"

    def test_a_teacher_makes_a_course_that_an_admin_publishes(
        self, api_as: ApiAs, boss: APIClient, other: Institution
    ) -> None:
        teacher, stranger = factories.teacher(), factories.teacher()
        department = factories.department()
        body = {
            "institution": department.institution_id,
            "department": department.pk,
            "code": "T 1",
            "title": "Mine",
        }
        mine = api_as(teacher)
        for name in ("is_published", "is_featured"):
            refused(mine.post(f"{V1}courses/", {**body, name: True}, "json"), 403, name)
        away = factories.department(institution=other)
        elsewhere = {**body, "institution": other.pk, "department": away.pk}
        assert mine.post(f"{V1}courses/", elsewhere, "json").status_code == 403
        assert not Course.objects.exists()
        made = mine.post(f"{V1}courses/", body, "json")
        assert made.status_code == 201, made.content
        course = Course.objects.get()
        assert (course.is_published, course.author) == (False, teacher.staff_profile)
        address = f"{V1}courses/{course.pk}/"
        assert mine.get(address).status_code == 200
        assert mine.patch(address, {"title": "Better"}, "json").status_code == 200
        chapter = {"course": course.pk, "title": "One"}
        assert mine.post(f"{V1}modules/", chapter, "json").status_code == 201
        for client in (api_as(stranger), APIClient()):
            assert client.get(address).status_code == 404
        assert api_as(stranger).patch(address, {"title": "X"}, "json").status_code == 404
        for name, value in {
            "is_published": True,
            "is_featured": True,
            "code": "T 2",
            "programs": [
                Program.objects.create(department=department, code="CS", name="Computing").pk
            ],
        }.items():
            refused(mine.patch(address, {"title": "No", name: value}, "json"), 403, name)
        assert mine.delete(address).status_code == 403
        course.refresh_from_db()
        assert (course.title, course.code) == ("Better", "T 1")
        assert boss.patch(address, {"is_published": True}, "json").status_code == 200
        assert APIClient().get(address).status_code == 200


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


class TestResources:
    """``resources/``: files beside the teaching."""

    def file(self, content: bytes = b"%PDF-1.4 notes") -> SimpleUploadedFile:
        return SimpleUploadedFile("notes.pdf", content, "application/pdf")

    def test_a_teacher_writes_the_files_of_their_own_course(
        self, api_as: ApiAs, section: SectionModel, django_capture_on_commit_callbacks: Any
    ) -> None:
        teacher = factories.teacher()
        section.instructors.add(teacher.staff_profile)
        mine, address = api_as(teacher), f"{V1}resources/"
        body = {"title": "Notes", "course": section.course_id, "file": self.file()}
        made = mine.post(address, body, "multipart")
        assert made.status_code == 201, made.content
        resource = Resource.objects.get()
        one, old, storage = f"{address}{resource.pk}/", resource.file.name, resource.file.storage
        assert not resource.is_public
        with django_capture_on_commit_callbacks(execute=True):
            answer = mine.patch(one, {"file": self.file(b"%PDF new")}, "multipart")
        assert answer.status_code == 200
        resource.refresh_from_db()
        assert not storage.exists(old)
        assert resource.file.read() == b"%PDF new"
        assert mine.patch(one, {"title": "Better"}, "json").json()["data"]["title"] == "Better"
        other = factories.course()
        before = everything()
        refused(mine.patch(one, {"course": other.pk}, "json"), 403, "course")
        refused(mine.patch(one, {"course": None}, "json"), 403, "department")
        refused(mine.post(address, {"title": "X", "file": self.file()}, "multipart"), 400, "course")
        theirs = {"title": "X", "course": other.pk, "file": self.file()}
        refused(mine.post(address, theirs, "multipart"), 403, "course")
        assert api_as(factories.teacher()).delete(one).status_code == 404
        assert everything() == before
        with django_capture_on_commit_callbacks(execute=True):
            assert mine.delete(one).status_code == 204
        assert not storage.exists(resource.file.name)

    def test_refusals_name_the_field(
        self, boss: APIClient, course: Course, other: Institution
    ) -> None:
        away = factories.department(institution=other)
        before = everything()
        body = {"title": "Notes", "course": course.pk}
        for change, param in (
            ({}, "file"),
            ({"file": ""}, "file"),
            ({"file": self.file(b"")}, "file"),
            ({"file": self.file(), "semester": -1}, "semester"),
            ({"file": self.file(), "course": 987654}, "course"),
            ({"file": self.file(), "department": away.pk}, "department"),
            ({"file": self.file(), "title": ""}, "title"),
            ({"file": self.file(), "owner": "me"}, "owner"),
        ):
            refused(boss.post(f"{V1}resources/", {**body, **change}, "multipart"), 400, param)
        refused(boss.post(f"{V1}resources/", {**body, "file": "x"}, "json"), 400, "file")
        assert everything() == before


def test_the_services_refuse_whoever_is_not_asked_by_the_api(course: Course) -> None:
    """The rules stand in the services, not in the door of the API."""
    stranger = factories.user(Role.STUDENT)
    season = factories.season()
    hours = [services.WeeklyHour(1, dt.time(9), dt.time(10))]
    before = everything()
    for call in (
        lambda: services.write_season(actor=stranger, changes={"name": "X"}, season=season),
        lambda: services.delete_season(actor=stranger, season=season),
        lambda: services.delete_course(actor=stranger, course=course),
        lambda: services.create_section(
            actor=stranger, course=course, season=season, number="1", meetings=hours
        ),
        lambda: services.write_resource(actor=stranger, changes={"title": "X", "course": course}),
    ):
        with pytest.raises(Exception) as refusal:
            call()
        assert refusal.value.status == 403
    assert everything() == before
    made = services.create_section(
        actor=None, course=course, season=season, number="1", meetings=hours, price=Decimal("5")
    )
    assert made.meetings.count() == 1
