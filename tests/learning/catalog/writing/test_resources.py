"""Files written by the API: who may, what goes, each refusal by its field; and the services alone."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from campus.institutions.models import Institution
from learning.catalog import services
from learning.catalog.models import Course, Resource
from learning.catalog.models import Section as SectionModel
from portal.roles import Role
from tests import factories
from tests.learning.catalog.writing.asking import V1, ApiAs, everything, refused

pytestmark = pytest.mark.django_db


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
