"""The profile by API (P9) and the parallel registration of students (P2)."""

import io
import threading
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image
from rest_framework.test import APIClient
from wagtail.models import ModelLogEntry

from campus.accounts.models import User
from campus.people.models import Student
from campus.people.queries import staff_of, student_of
from portal import log_keys
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call

pytestmark = pytest.mark.django_db
URL = "/api/v1/profile/"


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.mark.parametrize("part", ["", "student/", "staff/"])
def test_p9_a_visitor_has_no_profile(part: str) -> None:
    assert APIClient().get(URL + part).status_code == 401
    assert APIClient().patch(URL + part, {}, format="json").status_code == 401


def test_p9_read_and_correct_the_common_part() -> None:
    student = factories.student()
    client = client_of(student.user)
    body = client.get(URL).json()
    assert body["data"]["roles"] == ["student"]
    response = client.patch(
        URL,
        {
            "full_name": "  Ada   Byron ",
            "language": "ar",
            "timezone": "Asia/Kolkata",
            "date_of_birth": "2001-02-03",
            "second_phone": "+1 217 333 4000",
        },
        format="json",
    )
    assert response.status_code == 200, response.json()
    data = response.json()["data"]
    assert (data["full_name"], data["language"]) == ("Ada Byron", "ar")
    assert data["second_phone"] == "+12173334000"
    student.refresh_from_db()
    assert student.name == "Ada Byron"
    entry = ModelLogEntry.objects.get(action="accounts.change_profile")
    assert entry.user_id == student.user_id
    assert "Byron" not in str(entry.data), "sealed, so that erasing a person needs no edit"
    told = log_keys.opened(entry.data, log_keys.keys_for([entry.data]))
    assert told["after"]["full_name"] == "Ada Byron"


def test_p9_what_is_not_ones_own_to_change_stays() -> None:
    student = factories.student()
    user = student.user
    assert user is not None
    sent = {"email": "x@example.org", "phone": "+12173334000", "roles": ["admin"], "id": 1}
    assert client_of(user).patch(URL, sent, format="json").status_code == 200
    now = User.objects.get(pk=user.pk)
    assert (now.email, now.phone) == (user.email, None)
    assert now.roles == {Role.STUDENT}
    client_of(user).patch(URL + "student/", {"number": "S0", "state": "graduated"}, format="json")
    student.refresh_from_db()
    assert student.number != "S0" and student.state == Student.State.ACTIVE


@pytest.mark.parametrize(
    "wrong",
    [
        {"full_name": ""},
        {"full_name": "x" * 201},
        {"full_name": "a\0b"},
        {"language": "xx"},
        {"timezone": "Mars/Olympus"},
        {"second_phone": "12"},
        {"date_of_birth": "2999-01-01"},
        {"date_of_birth": "1850-01-01"},
        {"gender": "dragon"},
        {"photo": "text"},
    ],
)
def test_p9_wrong_values_name_their_field(wrong: dict[str, str]) -> None:
    user = factories.user(Role.STUDENT)
    response = client_of(user).patch(URL, wrong, format="json")
    assert response.status_code == 400
    assert response.json()["errors"][0]["param"] == next(iter(wrong))
    assert not ModelLogEntry.objects.filter(action="accounts.change_profile").exists()


def test_p9_a_photo_is_stored_and_taken_away() -> None:
    user = factories.user(Role.STUDENT)
    out = io.BytesIO()
    Image.new("RGB", (30, 30)).save(out, "PNG")
    upload = SimpleUploadedFile("../../x.svg", out.getvalue(), "image/svg+xml")
    response = client_of(user).patch(URL, {"photo": upload}, format="multipart")
    assert response.status_code == 200, response.json()
    stored = User.objects.get(pk=user.pk).photo
    assert stored.name.startswith("people/") and stored.name.endswith(".webp")
    response = client_of(User.objects.get(pk=user.pk)).patch(URL, {"photo": None}, format="json")
    assert response.status_code == 200, response.json()
    assert not User.objects.get(pk=user.pk).photo


def test_p9_an_svg_is_no_photo() -> None:
    user = factories.user(Role.STUDENT)
    upload = SimpleUploadedFile("x.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png")
    assert client_of(user).patch(URL, {"photo": upload}, format="multipart").status_code == 400
    assert not User.objects.get(pk=user.pk).photo


def test_p9_the_parts_of_roles() -> None:
    student = factories.student()
    client = client_of(student.user)
    assert client.get(URL + "staff/").status_code == 404
    response = client.patch(URL + "student/", {"semester": 2, "batch": "A"}, format="json")
    assert response.json()["data"]["semester"] == 2
    assert client.patch(URL + "student/", {"semester": -1}, format="json").status_code == 400
    teacher = factories.teacher()
    client = client_of(teacher)
    assert client.get(URL + "student/").status_code == 404
    response = client.patch(URL + "staff/", {"title": "Professor"}, format="json")
    assert response.json()["data"]["title"] == "Professor"
    found = staff_of(teacher)
    assert found is not None and found.title == "Professor"


def test_student_of_is_none_for_others() -> None:
    assert student_of(None) is None
    assert student_of(factories.user(Role.TEACHER)) is None


def test_numbers_go_on_past_a_hundred_thousand() -> None:
    student = factories.student(user=None)
    call(
        Client(), "POST", "/auth/signup", {"email": "a@example.org", "password": "correct-horse-9"}
    )
    first = Student.objects.get(user__email="a@example.org")
    prefix = first.number.split("-")[0]
    Student.objects.filter(pk=student.pk).update(number=f"{prefix}-99999")
    call(
        Client(), "POST", "/auth/signup", {"email": "b@example.org", "password": "correct-horse-9"}
    )
    call(
        Client(), "POST", "/auth/signup", {"email": "c@example.org", "password": "correct-horse-9"}
    )
    numbers = Student.objects.filter(user__isnull=False).values_list("number", flat=True)
    assert {f"{prefix}-100000", f"{prefix}-100001"} <= set(numbers)


def at_once(bodies: list[dict[str, str]]) -> list[tuple[int, dict[str, Any]]]:
    """Registrations in parallel, each in a thread with its own connection."""
    barrier = threading.Barrier(len(bodies))
    answers: list[tuple[int, dict[str, Any]]] = []

    def work(body: dict[str, str]) -> None:
        try:
            barrier.wait()
            answers.append(call(Client(), "POST", "/auth/signup", body))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(bodies)
    return answers


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_p2_p4_one_email_registered_eight_times_at_once_is_one_account() -> None:
    body = {"email": "one@example.org", "password": "correct-horse-9"}
    answers = at_once([{**body, "email": e} for e in ["one@example.org", "ONE@example.org"] * 4])
    assert User.objects.filter(email="one@example.org").count() == 1
    assert Student.objects.count() == 1
    # None fails and none is let in. Some wait for the code; to the others no second mail is sent within
    # ten seconds, or they are told to wait for those that came first.
    assert {status for status, _ in answers} <= {401, 429}
    codes = {body["errors"][0]["code"] for _, body in answers}
    assert codes <= {"verify_email", "not_authenticated", "throttled"}
    assert "verify_email" in codes


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_p2_sixteen_students_at_once_get_sixteen_numbers() -> None:
    factories.institution()
    answers = at_once(
        [{"email": f"s{n}@example.org", "password": "correct-horse-9"} for n in range(16)]
    )
    assert {status for status, _ in answers} == {401}
    numbers = list(Student.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == 16
