"""The pages of accounts: the way in, the profile, the development inbox."""

import io
import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from campus.accounts.models import User
from campus.people.models import Student
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-9"


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("page", ["login", "signup", "password/reset"])
def test_entrance_pages_open_for_visitors(language: str, page: str) -> None:
    response = Client().get(f"/{language}/account/{page}/")
    assert response.status_code == 200
    html = response.content.decode()
    assert f'lang="{language}"' in html and "form-control" in html
    assert "placeholder" not in html.split("<main")[1]


def test_p1_p2_registering_by_the_pages_ends_signed_in() -> None:
    client = Client()
    response = client.post(
        "/en/account/signup/",
        {"email": "lena@example.org", "password1": PASSWORD, "full_name": "Lena Ott"},
    )
    assert response.status_code == 302
    assert "_auth_user_id" not in client.session
    page = client.get(response["Location"])
    html = page.content.decode()
    assert 'autocomplete="one-time-code"' in html and 'inputmode="numeric"' in html
    assert 'class="alert' not in html, "the page itself says that a code is on its way"
    code = re.search(r"\b(\d{6})\b", str(mail.outbox[-1].body))
    assert code
    client.post(response["Location"], {"code": code.group(1)})
    assert "_auth_user_id" in client.session
    assert Student.objects.get().name == "Lena Ott"


def test_p2_a_code_sent_again_is_told() -> None:
    client = Client()
    client.post("/en/account/signup/", {"email": "lena@example.org", "password1": PASSWORD})
    cache.clear()  # one mail in ten seconds
    page = client.post("/en/account/confirm-email/", {"action": "resend"}, follow=True)
    assert len(mail.outbox) == 2
    assert page.content.decode().count('class="alert') == 1


def test_p1_sign_in_by_phone_as_people_write_it() -> None:
    user = factories.user(Role.STUDENT, email=None, phone="+12173334666", phone_verified=True)
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.post("/en/account/login/", {"login": "+1 (217) 333-4666", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    "path",
    [
        "/en/profile/",
        "/ar/profile/",
        "/en/account/email/",
        "/en/account/phone/change/",
        "/en/account/password/change/",
        "/en/account/2fa/",
        "/en/account/sessions/",
    ],
)
def test_p9_pages_of_ones_own_account(path: str) -> None:
    student = factories.student()
    assert student.user is not None
    client = Client()
    assert client.get(path).status_code == 302
    client.force_login(student.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.get(path, follow=True)
    assert response.status_code == 200


def picture(kind: str = "PNG", size: tuple[int, int] = (1200, 900)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return SimpleUploadedFile(f"me.{kind.lower()}", out.getvalue(), f"image/{kind.lower()}")


def profile_data(**changes: Any) -> dict[str, Any]:
    return {
        "part": "common",
        "full_name": "New Name",
        "language": "en",
        "timezone": "Asia/Kolkata",
        "gender": "",
        "second_phone": "",
        **changes,
    }


def test_p9_a_person_corrects_their_profile_and_lists_follow() -> None:
    student = factories.student()
    assert student.user is not None
    client = sign_in(student.user)
    response = client.post("/en/profile/", profile_data(photo=picture()))
    assert response.status_code == 302, response.content.decode()
    user = User.objects.get(pk=student.user.pk)
    assert (user.full_name, user.timezone) == ("New Name", "Asia/Kolkata")
    assert user.photo.name.endswith(".webp") and "me" not in user.photo.name.split("/")[-1][:2]
    with Image.open(user.photo) as stored:
        assert max(stored.size) == 800
    student.refresh_from_db()
    assert student.name == "New Name"


def test_p9_the_language_chosen_holds_at_once() -> None:
    student = factories.student()
    assert student.user is not None
    client = sign_in(student.user)
    response = client.post("/en/profile/", profile_data(language="ar"))
    assert response["Location"] == "/ar/profile/"
    assert response.cookies["django_language"].value == "ar"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "me.png"),
        (b"GIF89a" + b"\0" * 40, "me.gif"),
        (b"not a picture", "me.jpg"),
        (b"", "me.png"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * (5 * 1024 * 1024), "big.png"),
    ],
)
def test_p9_what_is_no_photo_is_refused(content: bytes, name: str) -> None:
    student = factories.student()
    assert student.user is not None
    client = sign_in(student.user)
    upload = SimpleUploadedFile(name, content, "image/png")
    response = client.post("/en/profile/", profile_data(photo=upload))
    assert response.status_code == 422
    user = User.objects.get(pk=student.user.pk)
    assert not user.photo and user.full_name != "New Name"


@pytest.mark.parametrize(
    "wrong",
    [
        {"full_name": "x" * 201},
        {"full_name": "a\0b"},
        {"timezone": "Mars/Olympus"},
        {"language": "xx"},
        {"second_phone": "12345"},
        {"date_of_birth": "2999-01-01"},
        {"date_of_birth": "yesterday"},
        {"gender": "dragon"},
    ],
)
def test_p9_wrong_values_are_named_and_not_stored(wrong: dict[str, str]) -> None:
    student = factories.student()
    assert student.user is not None
    before = student.user.full_name
    response = sign_in(student.user).post("/en/profile/", profile_data(**wrong))
    assert response.status_code == 422
    assert "q-error" in response.content.decode()
    assert User.objects.get(pk=student.user.pk).full_name == before


def test_p9_the_part_of_a_role_is_only_for_who_has_it() -> None:
    student = factories.student()
    assert student.user is not None
    client = sign_in(student.user)
    sent = {"part": "student", "student-semester": "3", "student-batch": "B"}
    assert client.post("/en/profile/", sent).status_code == 302
    student.refresh_from_db()
    assert student.semester == 3
    number = student.number
    assert client.post("/en/profile/", {"part": "staff", "staff-title": "Dean"}).status_code == 404
    client.post("/en/profile/", {**sent, "student-number": "S0", "number": "S0"})
    student.refresh_from_db()
    assert student.number == number


def test_p1_p2_registering_by_the_pages_with_a_phone_after_a_wrong_code(texts: list[Any]) -> None:
    client = Client()
    response = client.post(
        "/en/account/signup/", {"phone": "+1 217 333 4666", "password1": PASSWORD}
    )
    where = response["Location"]
    code = re.search(r"\b(\d{6})\b", texts[-1]["text"])
    assert code
    wrong = f"{(int(code.group(1)) + 1) % 1_000_000:06}"
    assert b"q-error" in client.post(where, {"code": wrong}).content
    assert "_auth_user_id" not in client.session
    client.post(where, {"code": code.group(1)})
    assert "_auth_user_id" in client.session
