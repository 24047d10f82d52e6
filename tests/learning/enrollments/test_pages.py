"""The pages of enrollments: they work without JavaScript, and refuse as the API does."""

import pytest

from learning.enrollments import queries, services
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.roles import Role
from portal.tables import harmless
from tests.learning.enrollments import world

DASHBOARD_QUERIES = 5  # the halls of these meetings are none: with halls, two more
pytestmark = pytest.mark.django_db


def test_enroll_and_drop_by_plain_forms(sign_in):
    student, section = world.student(), world.section(capacity=1)
    client = sign_in(student.user)
    page = section.course.get_absolute_url()
    answer = client.post(f"/en/sections/{section.pk}/enroll/", {"next": page})
    assert (answer.status_code, answer["Location"]) == (302, page)
    enrollment = Enrollment.objects.get()
    answer = client.post(
        f"/en/enrollments/{enrollment.pk}/drop/", {"next": "https://evil.example/"}
    )
    assert answer["Location"].startswith("/")
    enrollment.refresh_from_db()
    assert enrollment.state == "dropped"


def test_a_refusal_is_a_sentence_on_the_page_one_came_from(sign_in):
    student, section = world.student(), world.section(price=5)
    answer = sign_in(student.user).post(
        f"/en/sections/{section.pk}/enroll/", headers={"hx-request": "true"}
    )
    assert answer.status_code == 200
    assert "price" in answer.content.decode()
    assert not Enrollment.objects.exists()


def test_visitors_are_led_to_sign_in_and_get_forms_do_nothing(client, sign_in):
    section, student = world.section(), world.student()
    answer = client.post(f"/en/sections/{section.pk}/enroll/")
    assert answer.status_code == 302
    assert "/account/login/" in answer["Location"]
    assert sign_in(student.user).get(f"/en/sections/{section.pk}/enroll/").status_code == 405
    assert not Enrollment.objects.exists()


def test_a_stranger_cannot_drop_or_withdraw_for_another(sign_in):
    student, waiting, stranger = (world.student() for _ in range(3))
    section = world.section(capacity=1)
    for one in (student, waiting):
        services.enroll(student=one, section_id=section.pk, actor=one.user)
    client = sign_in(stranger.user)
    enrollment, request = Enrollment.objects.get(), EnrollmentRequest.objects.get()
    assert client.post(f"/en/enrollments/{enrollment.pk}/drop/").status_code == 404
    assert client.post(f"/en/enrollment-requests/{request.pk}/withdraw/").status_code == 404
    assert client.post(f"/en/enrollment-requests/{request.pk}/approve/").status_code == 403
    assert Enrollment.objects.get().state == "active"


def test_the_roster_page_and_its_csv(sign_in):
    teacher, student = world.user(Role.TEACHER), world.student(name="=cmd()")
    section = world.section(capacity=1, instructor=teacher)
    services.enroll(student=student, section_id=section.pk, actor=student.user)
    waiting = world.student()
    services.enroll(student=waiting, section_id=section.pk, actor=waiting.user)
    page = sign_in(teacher).get(f"/en/sections/{section.pk}/students/").content.decode()
    assert student.number in page
    assert waiting.number in page
    text = sign_in(teacher).get(f"/en/sections/{section.pk}/students.csv").content.decode()
    assert "'=cmd()" in text
    assert waiting.number not in text
    assert sign_in(student.user).get(f"/en/sections/{section.pk}/students/").status_code == 403


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_cell_is_a_formula(cell):
    assert harmless(cell) == f"'{cell}"
    assert harmless("Ada") == "Ada"


def test_a_dashboard_costs_the_same_whatever_the_number(django_assert_num_queries):
    student = world.student()

    def add(weekday, hour):
        section = world.section(
            (weekday, f"{hour:02}:00", f"{hour + 1:02}:00"), instructor=world.user(Role.TEACHER)
        )
        services.enroll(student=student, section_id=section.pk, actor=student.user)

    add(0, 8)
    with django_assert_num_queries(DASHBOARD_QUERIES):
        queries.dashboard_of(student)
    for hour in range(9, 15):
        add(1, hour)
    with django_assert_num_queries(DASHBOARD_QUERIES):
        shown = queries.dashboard_of(student)
    assert len(shown["enrollments"]) == 7
    assert [len(day.meetings) for day in shown["week"]][:2] == [1, 6]
    assert [day.weekday for day in shown["week"]] == list(range(7))


def test_an_instructors_dashboard_shows_sections_and_what_waits(django_assert_num_queries):
    teacher, student = world.user(Role.TEACHER), world.student()
    for hour in (9, 11):
        section = world.section(
            (0, f"{hour}:00", f"{hour + 1}:00"), needs_approval=True, instructor=teacher
        )
        services.enroll(student=student, section_id=section.pk, actor=student.user)
    world.section((0, "09:00", "10:00"), instructor=world.user(Role.TEACHER))
    with django_assert_num_queries(3):
        shown = queries.teaching_of(teacher)
    assert len(shown["sections"]) == 2
    assert len(shown["requests"]) == 2
    assert len(shown["week"][0].meetings) == 2
