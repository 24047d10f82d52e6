"""Courses written by the API: what is stored and logged, who may, each refusal by its field."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from campus.institutions.models import Institution
from learning.catalog.models import Course, Module, Program
from tests import factories
from tests.learning.catalog.writing.asking import V1, ApiAs, everything, log_of, refused

pytestmark = pytest.mark.django_db


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
