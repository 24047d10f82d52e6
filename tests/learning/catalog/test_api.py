"""The catalog's API: its list in one query, its filters, and who may write what."""

import base64
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from rest_framework.test import APIClient
from wagtail.models import ModelLogEntry

from campus.accounts.models import User
from learning.catalog import extensions
from learning.catalog.course_list import course_items
from learning.catalog.filters import CourseFilters
from learning.catalog.models import Content, Course, Module, Section
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db

ApiAs = Callable[[User], APIClient]
COURSES = "/api/v1/courses/"


def codes(api: APIClient, query: str = "") -> list[str]:
    """The codes on a page of the list."""
    answer = api.get(COURSES + query)
    assert answer.status_code == 200, answer.content
    return [course["code"] for course in answer.json()["data"]]


class TestList:
    """``GET /api/v1/courses/``."""

    def test_the_same_question_is_answered_by_what_is_there_now(
        self, api: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its statement is made once; the rows, the meaning of a code and the day are not."""
        ask = "?season=2030-su&open=1"
        here = factories.season(code="2030-su", ends=dt.date(2030, 8, 1))
        first = factories.section(course=factories.course(code="A 1"), season=here)
        assert codes(api, ask) == ["A 1"] == codes(api, ask)
        college = factories.institution(slug="college", name="A college")
        there = factories.season(institution=college, code="2030-su")
        factories.section(course=factories.course(institution=college, code="B 1"), season=there)
        assert codes(api, ask) == ["A 1", "B 1"]
        Section.objects.filter(pk=first.pk).update(is_cancelled=True)
        assert codes(api, ask) == ["B 1"]
        Section.objects.filter(pk=first.pk).update(
            is_cancelled=False, enrollment_closes=timezone.localdate()
        )
        assert codes(api, ask) == ["A 1", "B 1"]
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        monkeypatch.setattr("learning.catalog.course_list.timezone.localdate", lambda: tomorrow)
        assert codes(api, ask) == ["B 1"]

    def test_f1_a_course_in_the_list(self, api: APIClient) -> None:
        course = factories.course(
            code="A 1", slug="a-1", credit_min=Decimal("3"), credit_max=Decimal("4.5"), level="100"
        )
        course.tags.add("Zoology", "Algebra")
        factories.section(course=course, price=Decimal("12.5"), capacity=1)
        factories.section(course=course, price=Decimal("20"), capacity=1, seats_taken=1)
        factories.section(course=course, is_cancelled=True)
        factories.section(course=course, season=factories.season(is_active=False))
        body = api.get(COURSES).json()
        assert body["status"] == "success"
        assert body["meta"] == {"page_size": 50, "next_cursor": None, "previous_cursor": None}
        (told,) = body["data"]
        assert told == {
            "id": course.pk,
            "code": "A 1",
            "slug": "a-1",
            "title": course.title,
            "description": "",
            "level": "100",
            "credit_min": "3.00",
            "credit_max": "4.50",
            "is_featured": False,
            "department": {"code": course.department.code, "name": course.department.name},
            "category": None,
            "tags": [
                {"slug": "algebra", "name": "Algebra"},
                {"slug": "zoology", "name": "Zoology"},
            ],
            "sections": {"total": 2, "open": 1, "price_from": "12.50"},
            "path": "/en/courses/a-1/",
        }

    def test_pages_by_key_meet_every_course_once_in_both_directions(self, api: APIClient) -> None:
        expected = [f"A {number:03}" for number in range(25)]
        for code in expected:
            factories.course(code=code)
        seen: list[str] = []
        query = "?page_size=10"
        while True:
            body = api.get(COURSES + query).json()
            seen += [course["code"] for course in body["data"]]
            if not body["meta"]["next_cursor"]:
                break
            query = f"?page_size=10&cursor={body['meta']['next_cursor']}"
        assert seen == expected
        back = body["meta"]["previous_cursor"]
        assert codes(api, f"?page_size=10&cursor={back}") == expected[10:20]
        last = api.get(COURSES + "?page_size=10&cursor=last").json()
        assert [course["code"] for course in last["data"]] == expected[-10:]
        assert last["meta"]["next_cursor"] is None

    def test_the_list_takes_one_query_with_one_row_and_with_many(
        self, django_assert_num_queries
    ) -> None:
        filters = CourseFilters(price="free", open="1")
        for count in (1, 30):
            for number in range(count):
                course = factories.course(category=factories.category())
                course.tags.add("One", f"Tag {number}")
                for _ in range(2):
                    factories.section(course=course)
            with django_assert_num_queries(1):
                page = course_items(filters, cursor=None, size=50)
        assert len(page.items) == 31

    def test_a_request_for_the_list_takes_one_query(
        self, api: APIClient, django_assert_num_queries
    ) -> None:
        for _ in range(5):
            factories.section()
        api.get(COURSES)
        with django_assert_num_queries(1):
            assert len(codes(api, "?open=1")) == 5

    def test_filters(self, api: APIClient) -> None:
        one = factories.course(code="A 1", level="100", description="Rings and groups.")
        factories.section(course=one, season=factories.season(code="2031-su"))
        two = factories.course(code="A 2", level="200")
        factories.section(course=two, price=Decimal("5"), delivery="online")
        factories.course(code="A 3", level="100", is_published=False)
        for query, expected in {
            "?level=100": ["A 1"],
            "?season=2031-su": ["A 1"],
            "?price=paid": ["A 2"],
            "?delivery=online": ["A 2"],
            "?q=rings": ["A 1"],
            "?q=nothing": [],
            f"?department={two.department.code}": ["A 2"],
        }.items():
            assert codes(api, query) == expected, query

    @pytest.mark.parametrize(
        ("query", "param"),
        [
            ("?price=dear", "price"),
            ("?open=%0D", "open"),
            ("?delivery=pigeon", "delivery"),
            ("?cursor=x", "cursor"),
            ("?page_size=1000", "page_size"),
            ("?cursor=" + base64.urlsafe_b64encode(b'[0,"A","B"]').decode(), "cursor"),
        ],
    )
    def test_f1_what_is_not_understood_is_named(
        self, api: APIClient, query: str, param: str
    ) -> None:
        answer = api.get(COURSES + query)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["param"] == param


class TestReading:
    """What everyone may read."""

    def test_a_course_with_its_sections(self, api: APIClient) -> None:
        course = factories.course(code="A 1")
        section = factories.section(course=course, instructors=[factories.staff(name="Roe, R")])
        factories.meeting(section=section, starts=dt.time(9), ends=dt.time(10))
        data = api.get(f"{COURSES}{course.pk}/").json()["data"]
        assert data["sections"][0]["meetings"][0]["weekday"] == 2
        assert [person["name"] for person in data["sections"][0]["instructors"]] == ["Roe, R"]
        course.is_published = False
        course.save()
        assert api.get(f"{COURSES}{course.pk}/").status_code == 404

    def test_seasons_programs_and_sections(self, api: APIClient) -> None:
        section = factories.section()
        factories.section()
        factories.season(is_active=False)
        assert len(api.get("/api/v1/seasons/").json()["data"]) == 2
        assert api.get("/api/v1/programs/").json()["data"] == []
        mine = api.get(f"/api/v1/sections/?course={section.course_id}").json()["data"]
        assert [found["id"] for found in mine] == [section.pk]
        assert api.get(f"/api/v1/sections/{section.pk}/").json()["data"]["seats_left"] is None

    def test_sections_take_three_queries_however_many(
        self, api: APIClient, django_assert_num_queries
    ) -> None:
        for times in (1, 10):
            for _ in range(times):
                section = factories.section(instructors=[factories.staff()])
                factories.meeting(section=section, hall=factories.hall())
            with django_assert_num_queries(3):
                api.get("/api/v1/sections/")


class TestContents:
    """L2 by API."""

    @pytest.fixture
    def content(self) -> Content:
        section = factories.section()
        module = Module.objects.create(course=section.course, title="First")
        return Content.objects.create(module=module, title="Paper", kind="text", text="Secret.")

    def test_l2_403_for_everyone_else(
        self, api: APIClient, api_as: ApiAs, content: Content, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        student = factories.user(Role.STUDENT)
        enrolled = {student.pk}
        monkeypatch.setattr(extensions, "_grants", [lambda user, _course: user.pk in enrolled])
        address = f"/api/v1/contents/{content.pk}/"
        assert api.get(address).status_code == 401
        assert "Secret" not in api.get("/api/v1/modules/").content.decode()
        stranger = api_as(factories.user(Role.STUDENT)).get(address)
        assert stranger.status_code == 403
        assert "Secret" not in stranger.content.decode()
        assert api_as(student).get(address).json()["data"]["text"] == "Secret."
        enrolled.clear()
        assert api_as(student).get(address).status_code == 403
        content.is_preview = True
        content.save()
        assert api.get(address).json()["data"]["text"] == "Secret."

    def test_l2_a_document_is_handed_out_by_right(
        self, api: APIClient, api_as: ApiAs, content: Content
    ) -> None:
        content.file.save("paper.txt", ContentFile(b"secret"))
        try:
            address = f"/api/v1/contents/{content.pk}/file/"
            assert api.get(address).status_code == 401
            answer: Any = api_as(factories.user(Role.ADMIN)).get(address)
            assert b"".join(answer.streaming_content) == b"secret"
        finally:
            content.file.delete()

    def test_instructors_write_their_own_courses_contents(
        self, api_as: ApiAs, content: Content
    ) -> None:
        teacher = factories.teacher()
        other = factories.section()
        Section.objects.get(course=content.module.course).instructors.add(teacher.staff_profile)
        mine = api_as(teacher)
        made = mine.post(
            "/api/v1/modules/", {"course": content.module.course_id, "title": "Second"}, "json"
        )
        assert made.status_code == 201, made.content
        body = {
            "module": made.json()["data"]["id"],
            "title": "Hello",
            "kind": "text",
            "text": "Hi.",
        }
        assert mine.post("/api/v1/contents/", body, "json").status_code == 201
        address = f"/api/v1/contents/{content.pk}/"
        assert mine.patch(address, {"title": "New"}, "json").json()["data"]["title"] == "New"
        content.refresh_from_db()
        entry = ModelLogEntry.objects.for_instance(content).get()
        assert (entry.user_id, entry.data["before"]) == (teacher.pk, {"title": "Paper"})
        # Not those of another's course, and not by moving one's own there.
        refused = mine.post("/api/v1/modules/", {"course": other.course_id, "title": "X"}, "json")
        assert refused.status_code == 403
        module = Module.objects.create(course=other.course, title="Theirs")
        assert mine.patch(address, {"module": module.pk}, "json").status_code == 403
        assert not Module.objects.filter(title="X").exists()
        stranger = api_as(factories.user(Role.STUDENT))
        assert stranger.patch(address, {"title": "Mine"}, "json").status_code == 403
        assert stranger.delete(address).status_code == 403
        assert mine.delete(address).status_code == 204
        assert not Content.objects.filter(pk=content.pk).exists()


class TestCourses:
    """Who may write courses."""

    def test_admins_make_courses_and_instructors_correct_the_words_of_theirs(
        self, api_as: ApiAs
    ) -> None:
        department = factories.department()
        body = {
            "institution": department.institution_id,
            "department": department.pk,
            "code": "NEW 101",
            "title": "New",
        }
        admin, teacher = factories.user(Role.ADMIN), factories.teacher()
        assert api_as(factories.user(Role.STUDENT)).post(COURSES, body, "json").status_code == 403
        made = api_as(admin).post(COURSES, body, "json")
        assert made.status_code == 201, made.content
        course = Course.objects.get(slug="new-101")
        address = f"{COURSES}{course.pk}/"
        assert api_as(teacher).patch(address, {"title": "Mine"}, "json").status_code == 403
        section = factories.section(course=course)
        section.instructors.add(teacher.staff_profile)
        assert api_as(teacher).patch(address, {"title": "Better"}, "json").status_code == 200
        refused = api_as(teacher).patch(address, {"is_featured": True}, "json")
        assert refused.status_code == 403
        course.refresh_from_db()
        assert (course.title, course.is_featured) == ("Better", False)


class TestCopies:
    """L3 by API."""

    def test_l3_copying_a_section_takes_its_structure_and_not_its_people(
        self, api_as: ApiAs
    ) -> None:
        section = factories.section(
            capacity=20,
            seats_taken=3,
            last_queue_number=2,
            price=Decimal("5"),
            instructors=[factories.staff()],
        )
        section.starts = section.season.starts
        section.drop_until = section.season.starts + dt.timedelta(days=7)
        section.save()
        hall = factories.hall()
        factories.meeting(section=section, hall=hall)
        season = factories.season(starts=dt.date(2032, 5, 17), ends=dt.date(2032, 8, 6))
        address = f"/api/v1/sections/{section.pk}/copy/"
        body = {"season": season.pk}
        assert api_as(factories.teacher()).post(address, body, "json").status_code == 403
        admin = api_as(factories.user(Role.ADMIN))
        answer = admin.post(address, body, "json")
        assert answer.status_code == 201, answer.content
        copied = Section.objects.get(season=season)
        assert (copied.capacity, copied.price, copied.code) == (20, Decimal("5"), section.code)
        assert (copied.seats_taken, copied.last_queue_number) == (0, 0)
        assert not copied.instructors.exists()
        assert (copied.starts, copied.drop_until) == (dt.date(2032, 5, 17), dt.date(2032, 5, 24))
        meeting = copied.meetings.get()
        assert (meeting.hall, meeting.place) == (None, str(hall))
        assert ModelLogEntry.objects.for_instance(copied).get().action == "catalog.copy"
        again = admin.post(address, body, "json")
        assert again.status_code == 409
        assert again.json()["errors"][0]["code"] == "already_in_season"
        assert Section.objects.filter(season=season).count() == 1

    def test_l3_copying_a_course_copies_its_sections_once(self, api_as: ApiAs) -> None:
        source, season = factories.season(), factories.season()
        course = factories.course()
        for number in range(3):
            section = factories.section(
                course=course, season=source, is_cancelled=not number, number=f"N{number}"
            )
            section.instructors.add(factories.staff())
            factories.meeting(section=section)
        address, body = f"{COURSES}{course.pk}/copy/", {"source": source.pk, "season": season.pk}
        admin = api_as(factories.user(Role.ADMIN))
        assert len(admin.post(address, body, "json").json()["data"]) == 2
        assert admin.post(address, body, "json").json()["data"] == []
        copies = Section.objects.filter(season=season)
        assert {copied.number for copied in copies} == {"N1", "N2"}
        assert not Section.instructors.through.objects.filter(section__in=copies).exists()
        assert [copied.meetings.count() for copied in copies] == [1, 1]
