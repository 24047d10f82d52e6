"""The API of enrollments: who may do what, one envelope, and a stated number of queries."""

import pytest

from campus.notifications.models import Notification
from learning.enrollments import services
from learning.enrollments.models import Enrollment
from portal.roles import Role
from tests.learning.enrollments import world

pytestmark = pytest.mark.django_db


def post(client, address, data=None, **headers):
    return client.post(f"/api/v1/{address}", data or {}, format="json", **headers)


def test_l4_enrolling_answers_201_waiting_202_and_again_409(api_as):
    section = world.section(capacity=1)
    first, second = world.student(), world.student()
    answer = post(api_as(first.user), "enrollments/", {"section": section.pk})
    assert answer.status_code == 201
    body = answer.json()
    assert body["status"] == "success"
    assert body["data"]["outcome"] == "enrolled"
    assert body["data"]["enrollment"]["section"]["course"]["code"] == section.course.code
    waiting = post(api_as(second.user), "enrollments/", {"section": section.pk})
    assert waiting.status_code == 202
    assert waiting.json()["data"]["request"]["place"] == 1
    again = post(api_as(first.user), "enrollments/", {"section": section.pk})
    assert again.status_code == 409
    assert again.json()["errors"][0]["code"] == "already_enrolled"
    assert Enrollment.objects.count() == 1


def test_l4_dropping_promotes_and_is_the_owners(api_as):
    section = world.section(capacity=1)
    first, second, stranger = (world.student() for _ in range(3))
    for student in (first, second):
        services.enroll(student=student, section_id=section.pk, actor=student.user)
    enrollment = Enrollment.objects.get(student=first)
    drop = f"enrollments/{enrollment.pk}/drop/"
    assert post(api_as(stranger.user), drop).status_code == 404
    answer = post(api_as(first.user), drop)
    assert (answer.status_code, answer.json()["data"]["state"]) == (200, "dropped")
    assert Enrollment.objects.get(student=second).state == "active"
    assert post(api_as(first.user), drop).status_code == 409


def test_l6_a_clash_is_named_in_sentence_and_details(api_as):
    student = world.student()
    taken = world.section((2, "09:00", "10:00"))
    services.enroll(student=student, section_id=taken.pk, actor=student.user)
    answer = post(
        api_as(student.user),
        "enrollments/",
        {"section": world.section((2, "09:00", "10:00")).pk},
    )
    assert answer.status_code == 409
    [error] = answer.json()["errors"]
    assert error["code"] == "timetable_clash"
    assert str(taken) in error["message"]
    assert answer.json()["meta"]["details"]["sections"][0]["id"] == taken.pk


def test_l5_a_priced_section_answers_402(api_as):
    answer = post(
        api_as(world.student().user), "enrollments/", {"section": world.section(price=5).pk}
    )
    assert answer.status_code == 402
    assert answer.json()["errors"][0]["code"] == "payment_required"


def test_f5_the_same_key_enrolls_once_and_answers_the_same(api_as):
    student, section = world.student(), world.section()
    client = api_as(student.user)
    answers = [
        post(client, "enrollments/", {"section": section.pk}, HTTP_IDEMPOTENCY_KEY="k-1")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Enrollment.objects.count() == 1
    assert Notification.objects.count() == 1


def test_an_instructor_approves_by_the_api_and_a_student_may_not(api_as):
    teacher, student = world.user(Role.TEACHER), world.student()
    section = world.section(needs_approval=True, instructor=teacher)
    request = services.enroll(student=student, section_id=section.pk, actor=student.user)
    approve = f"enrollment-requests/{request.pk}/approve/"
    assert post(api_as(student.user), approve).status_code == 403
    assert post(api_as(world.user(Role.TEACHER)), approve).status_code == 404
    assert post(api_as(teacher), approve).json()["data"]["outcome"] == "enrolled"


def test_an_admin_enrolls_any_student_and_a_student_only_themselves(api_as):
    admin, child, student = world.user(Role.ADMIN), world.student(user=None), world.student()
    body = {"section": world.section().pk, "student": str(child.pk)}
    assert post(api_as(student.user), "enrollments/", body).status_code == 400
    assert post(api_as(admin), "enrollments/", body).status_code == 201
    assert post(api_as(admin), "enrollments/", {"section": body["section"]}).status_code == 403
    assert post(api_as(world.user(Role.EDITOR)), "enrollments/", body).status_code == 403


def test_visitors_answer_401(api):
    for address in ("enrollments/", "enrollment-requests/", "notifications/"):
        assert api.get(f"/api/v1/{address}").status_code == 401


def test_a_list_costs_the_same_with_one_and_with_many(api_as, django_assert_num_queries):
    student = world.student()
    client = api_as(student.user)

    def read():
        return client.get("/api/v1/enrollments/").json()["data"]

    def enroll():
        services.enroll(student=student, section_id=world.section().pk, actor=student.user)

    enroll()
    read()
    with django_assert_num_queries(LIST_QUERIES):
        assert len(read()) == 1
    for _ in range(15):
        enroll()
    with django_assert_num_queries(LIST_QUERIES):
        assert len(read()) == 16


LIST_QUERIES = 4


def test_the_roster_is_for_instructors_and_admins(api_as):
    teacher, student = world.user(Role.TEACHER), world.student()
    section = world.section(instructor=teacher)
    services.enroll(student=student, section_id=section.pk, actor=student.user)
    address = f"/api/v1/sections/{section.pk}/students/"
    assert api_as(student.user).get(address).status_code == 403
    assert api_as(world.user(Role.TEACHER)).get(address).status_code == 403
    [entry] = api_as(teacher).get(address).json()["data"]
    assert entry["student"]["number"] == student.number
    assert api_as(teacher).get("/api/v1/sections/999999/students/").status_code == 404
