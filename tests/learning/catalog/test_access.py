"""L2: who may open the contents of a course, and that nobody finds a document by guessing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client

from learning.catalog import extensions
from learning.catalog.models import Content, Course, Module, Resource
from learning.catalog.rules import may_open
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private_files(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Private files of a test lie in its own folder."""
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "private"},
        },
    }
    # Fields ask for their storage once; ours answers with the one of the settings.
    fields = [Content._meta.get_field("file"), Resource._meta.get_field("file")]
    kept = [field.storage for field in fields]
    for field in fields:
        field.storage = field._storage_callable()
    yield
    for field, storage in zip(fields, kept, strict=True):
        field.storage = storage


@pytest.fixture
def course() -> Course:
    """A course with one section."""
    made = factories.course(slug="a-1")
    factories.section(course=made)
    return made


@pytest.fixture
def document(course: Course) -> Content:
    """A document that is no preview."""
    module = Module.objects.create(course=course, title="First")
    content = Content(module=module, title="Secret paper", kind="document")
    content.file.save("exam.pdf", ContentFile(b"%PDF secret"))
    return content


@pytest.fixture
def enrolled(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Ids of users that some room above grants access to everything."""
    ids: set[int] = set()
    monkeypatch.setattr(extensions, "_grants", [lambda user, course_id: user.pk in ids])
    return ids


def test_l2_only_previews_the_enrolled_instructors_and_admins(
    document: Content, enrolled: set[int]
) -> None:
    student, stranger = factories.user(Role.STUDENT), factories.user(Role.STUDENT)
    enrolled.add(student.pk)
    teacher, other_teacher = factories.teacher(), factories.teacher()
    section = document.module.course.sections.get()
    section.instructors.add(teacher.staff_profile)
    parted = factories.teacher(is_active=False)
    section.instructors.add(parted.staff_profile)
    allowed = {
        "enrolled": (student, True),
        "stranger": (stranger, False),
        "teacher": (teacher, True),
        "other teacher": (other_teacher, False),
        "inactive": (parted, False),
        "editor": (factories.user(Role.EDITOR), False),
        "admin": (factories.user(Role.ADMIN), True),
    }
    for name, (user, expected) in allowed.items():
        assert may_open(user, document) is expected, name
    document.is_preview = True
    for name, (user, _) in allowed.items():
        assert may_open(user, document), name


def test_l2_the_way_to_enroll_for_everyone_else(
    client: Client, document: Content, enrolled: set[int]
) -> None:
    for address in (f"/en/contents/{document.pk}/", f"/en/contents/{document.pk}/file/"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/en/courses/a-1/")
    student = factories.user(Role.STUDENT)
    client.force_login(student)
    assert client.get(f"/en/contents/{document.pk}/file/").status_code == 302
    enrolled.add(student.pk)
    answer = client.get(f"/en/contents/{document.pk}/file/")
    assert b"".join(answer.streaming_content) == b"%PDF secret"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="secret-paper.pdf"'
    assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))
    # The right ends, and with it the access, at that moment.
    enrolled.clear()
    assert client.get(f"/en/contents/{document.pk}/file/").status_code == 302


def test_l2_a_document_has_no_address_of_its_own(client: Client, document: Content) -> None:
    assert "exam" not in document.file.name
    path = Path(document.file.path)
    assert Path(settings.MEDIA_ROOT) not in path.parents
    for guess in (f"/media/{document.file.name}", f"/documents/{document.pk}/exam.pdf"):
        assert client.get(guess).status_code == 404


def test_l2_a_preview_is_for_everyone(client: Client, document: Content) -> None:
    Content.objects.update(is_preview=True)
    answer = client.get(f"/en/contents/{document.pk}/file/")
    assert b"".join(answer.streaming_content) == b"%PDF secret"
    Course.objects.update(is_published=False)
    assert client.get(f"/en/contents/{document.pk}/file/").status_code == 404


def test_l2_a_resource_that_one_may_not_have_is_not_there(
    client: Client, course: Course, enrolled: set[int]
) -> None:
    resource = Resource(title="Syllabus", course=course)
    resource.file.save("syllabus.txt", ContentFile(b"week one"))
    address = f"/en/resources/{resource.pk}/file/"
    assert client.get(address).status_code == 404
    assert b"Syllabus" not in client.get("/en/courses/a-1/").content
    student = factories.user(Role.STUDENT)
    enrolled.add(student.pk)
    client.force_login(student)
    assert b"".join(client.get(address).streaming_content) == b"week one"
    assert b"Syllabus" in client.get("/en/courses/a-1/").content
    client.logout()
    Resource.objects.update(is_public=True)
    assert client.get(address).status_code == 200
