"""P10 by API: children, codes, students, mentors and mentees; who reaches what, and at what cost."""

import datetime as dt

import pytest

from campus.accounts.models import User
from campus.people.models import Student, StudentInvitation
from learning.enrollments import services as enrolling
from portal.jobs.sealed import opened
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
NOBODY = "11111111-1111-4111-8111-111111111111"
V1 = "/api/v1/"


def get(client, address, **query):
    return client.get(f"{V1}{address}", query)


def post(client, address, data=None, **headers):
    return client.post(f"{V1}{address}", data or {}, format="json", **headers)


@pytest.fixture
def child():
    return factories.student(user=None, name="Lina", date_of_birth=dt.date(2014, 3, 9))


@pytest.fixture
def parent(child):
    return factories.parent(child)


@pytest.fixture
def stranger():
    return factories.parent(factories.student(user=None, name="Zoe"))


# --- children ----------------------------------------------------------------------------------


def test_p10_a_parent_makes_lists_and_edits_children(api_as):
    client = api_as(factories.parent())
    body = {"name": "Lina", "date_of_birth": "2014-03-09", "relationship": "mother"}
    made = post(client, "profile/children/", body)
    assert made.status_code == 201
    data = made.json()["data"]
    assert (data["name"], data["has_account"], data["state"]) == ("Lina", False, "active")
    one = f"profile/children/{data['id']}/"
    changed = client.patch(f"{V1}{one}", {"semester": 2}, format="json")
    assert changed.json()["data"]["semester"] == 2
    assert [row["name"] for row in get(client, "profile/children/").json()["data"]] == ["Lina"]
    assert get(client, one).json()["data"]["date_of_birth"] == "2014-03-09"


def test_f5_the_same_key_makes_one_child(api_as):
    client = api_as(factories.parent())
    body = {"name": "Lina", "date_of_birth": "2014-03-09"}
    for _ in range(2):
        made = post(client, "profile/children/", body, HTTP_IDEMPOTENCY_KEY="k-1")
        assert made.status_code == 201
    assert Student.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "  "},
        {"date_of_birth": "2999-01-01"},
        {"date_of_birth": "soon"},
        {"relationship": "king"},
    ],
)
def test_p10_wrong_values_name_their_field(api_as, wrong):
    body = {"name": "Lina", "date_of_birth": "2014-03-09", **wrong}
    answer = post(api_as(factories.parent()), "profile/children/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["param"] == next(iter(wrong))
    assert not Student.objects.exists()


@pytest.mark.parametrize("path", ["", "timetable/", "enrollments/"])
def test_p10_another_familys_child_answers_as_one_that_does_not_exist(
    api_as, child, parent, stranger, path
):
    assert get(api_as(parent), f"profile/children/{child.pk}/{path}").status_code == 200
    client = api_as(stranger)
    seen = [get(client, f"profile/children/{pk}/{path}") for pk in (child.pk, NOBODY)]
    assert [answer.status_code for answer in seen] == [404, 404]
    assert seen[0].json() == seen[1].json()
    assert get(api_as(factories.user(Role.STUDENT)), "profile/children/").status_code == 403


def test_p10_writing_to_another_familys_child_changes_nothing(api_as, child, parent, stranger):
    client = api_as(stranger)
    one = f"profile/children/{child.pk}/"
    assert client.patch(f"{V1}{one}", {"name": "X"}, format="json").status_code == 404
    assert post(client, f"{one}invite/", {"email": "x@example.org"}).status_code == 404
    child.refresh_from_db()
    assert child.name == "Lina"
    assert not StudentInvitation.objects.exists()


def test_p10_the_week_and_what_a_child_takes(api_as, child, parent):
    section = factories.section()
    factories.meeting(section=section, place="G52")
    enrolling.enroll(student=child, section_id=section.pk, actor=parent)
    client = api_as(parent)
    week = get(client, f"profile/children/{child.pk}/timetable/").json()["data"]
    assert [day["weekday"] for day in week] == list(range(7))
    [hour] = week[2]["meetings"]
    assert (hour["starts"], hour["place"]) == ("10:00:00", "G52")
    assert hour["section"]["course"]["code"] == section.course.code
    [row] = get(client, f"profile/children/{child.pk}/enrollments/").json()["data"]
    assert (row["state"], row["student"]["id"]) == ("active", str(child.pk))


def test_f1_an_unchanged_list_answers_304(api_as, child, parent):
    client = api_as(parent)
    first = get(client, "profile/children/")
    again = client.get(f"{V1}profile/children/", HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 304
    Student.objects.filter(pk=child.pk).update(name="Other")
    assert client.get(f"{V1}profile/children/", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_p10_a_code_is_sent_and_used_by_api(api_as, child, parent):
    sent = post(api_as(parent), f"profile/children/{child.pk}/invite/", {"email": "l@example.org"})
    assert sent.status_code == 201
    assert sent.json()["data"]["sent_to"] == "l…@example.org"
    code = opened(OutboxMessage.objects.get().kwargs)["code"]
    assert code not in sent.content.decode()
    claimer = api_as(factories.student().user)
    wrong = post(claimer, "profile/claim/", {"code": "AAAAA-AAAAA"})
    assert (wrong.status_code, wrong.json()["errors"][0]["param"]) == (400, "code")
    used = post(claimer, "profile/claim/", {"code": code})
    assert used.json()["data"] == {
        "id": str(child.pk),
        "name": "Lina",
        "number": child.number,
        "is_own": True,
    }
    assert post(claimer, "profile/claim/", {"code": code}).status_code == 400
    kept = get(claimer, "profile/student/").json()["data"]
    assert kept["number"] == child.number
    edit = api_as(parent).patch(f"{V1}profile/children/{child.pk}/", {"name": "X"}, format="json")
    assert (edit.status_code, edit.json()["errors"][0]["code"]) == (409, "has_own_account")


def test_p10_a_student_of_age_lets_guardians_see_by_api(api_as):
    adult = factories.student(date_of_birth=dt.date(1990, 1, 1))
    parent = factories.parent(adult)
    assert get(api_as(parent), "profile/children/").json()["data"] == []
    body = {"guardians_may_see": True}
    own = api_as(adult.user)
    answer = own.patch(f"{V1}profile/student/", body, format="json")
    assert answer.json()["data"]["guardians_may_see"] is True
    assert len(get(api_as(parent), "profile/children/").json()["data"]) == 1


# --- students, mentors, mentees ----------------------------------------------------------------


def test_students_are_seen_by_whom_they_concern(api_as, institution, child, parent):
    other = factories.institution(slug="other", name="Other")
    there = factories.student(user=None, institution=other, name="There")
    mentor = factories.mentor()
    Student.objects.filter(pk=child.pk).update(mentor=mentor)
    names = {
        who: [row["name"] for row in get(api_as(user), "students/").json()["data"]]
        for who, user in {
            "admin": factories.user(Role.ADMIN),
            "here": factories.administrator(institution),
            "mentor": mentor.user,
            "parent": parent,
            "editor": factories.user(Role.EDITOR),
            "teacher": factories.teacher(),
        }.items()
    }
    assert names == {
        "admin": ["Lina", "There"],
        "here": ["Lina"],
        "mentor": ["Lina"],
        "parent": ["Lina"],
        "editor": [],
        "teacher": [],
    }
    assert get(api_as(mentor.user), f"students/{there.pk}/").status_code == 404
    body = get(api_as(mentor.user), f"students/{child.pk}/").json()["data"]
    assert body["mentor"]["name"] == mentor.name
    assert not {"date_of_birth", "guardians"} & set(body)


def test_students_are_found_by_filters(api_as, child):
    mentor = factories.mentor()
    factories.student(user=None, name="Omar", semester=3, mentor=mentor)
    client = api_as(factories.user(Role.ADMIN))

    def names(**query):
        return [row["name"] for row in get(client, "students/", **query).json()["data"]]

    assert names(q="lin") == ["Lina"]
    assert names(q=child.number) == ["Lina"]
    assert names(semester=3) == names(has_mentor="true") == names(mentor=mentor.pk) == ["Omar"]
    assert names(has_mentor="false") == ["Lina"]


def test_a_mentor_reads_mentees_and_assigns_nobody(api_as, child):
    mentor, other = factories.mentor(), factories.mentor()
    Student.objects.filter(pk=child.pk).update(mentor=mentor)
    client = api_as(mentor.user)
    assert [row["name"] for row in get(client, "students/mentees/").json()["data"]] == ["Lina"]
    [row] = get(client, "mentors/").json()["data"]
    assert (row["id"], row["mentee_count"]) == (mentor.pk, 1)
    assert len(get(client, f"mentors/{mentor.pk}/mentees/").json()["data"]) == 1
    assert get(client, f"mentors/{other.pk}/mentees/").status_code == 404
    assert get(client, "admin/mentees/").status_code == 403
    assign = post(client, f"students/{child.pk}/assign/", {"mentor": other.pk})
    assert assign.status_code == 403
    assert get(api_as(other.user), "students/mentees/").json()["data"] == []
    assert get(api_as(factories.user(Role.STUDENT)), "students/mentees/").status_code == 403
    assert get(api_as(factories.user(Role.STUDENT)), "mentors/").status_code == 403
    child.refresh_from_db()
    assert child.mentor == mentor


def test_an_admin_assigns_one_and_many(api_as, institution, child):
    client = api_as(factories.administrator(institution))
    mentor = factories.mentor()
    outside = factories.institution(slug="other", name="Other")
    there = factories.student(user=None, institution=outside)
    theirs = factories.mentor(institution=outside)
    done = post(client, f"students/{child.pk}/assign/", {"mentor": mentor.pk})
    assert done.json()["data"]["mentor"]["id"] == mentor.pk
    refused = post(client, f"students/{child.pk}/assign/", {"mentor": theirs.pk})
    assert (refused.status_code, refused.json()["errors"][0]["param"]) == (400, "mentor")
    second = factories.student(user=None, name="Omar")
    many = {"mentor": mentor.pk, "students": [str(child.pk), str(second.pk)]}
    answer = post(client, "admin/mentees/bulk-assign/", many)
    assert answer.json()["data"] == {"students": 2, "changed": 1}
    far = {"mentor": None, "students": [str(child.pk), str(there.pk)]}
    answer = post(client, "admin/mentees/bulk-assign/", far)
    assert (answer.status_code, answer.json()["errors"][0]["param"]) == (400, "students")
    assert Student.objects.filter(mentor=mentor).count() == 2
    listed = get(client, "admin/mentees/").json()["data"]
    assert {row["name"] for row in listed} == {"Lina", "Omar"}
    assert [row["id"] for row in get(client, "mentors/").json()["data"]] == [mentor.pk]
    assert post(client, f"students/{there.pk}/assign/", {"mentor": None}).status_code == 404


# --- costs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "role", "queries"),
    [
        ("profile/children/", Role.PARENT, 4),
        ("students/", Role.ADMIN, 5),
        ("students/", Role.TEACHER, 4),
        ("students/mentees/", Role.MENTOR, 4),
        ("mentors/", Role.ADMIN, 5),
        ("admin/mentees/", Role.ADMIN, 5),
    ],
)
def test_a_list_costs_the_same_with_one_and_with_many(
    api_as, django_assert_num_queries, address, role, queries
):
    person = factories.user(role)
    staff = factories.staff(user=person)
    section = factories.section(instructors=[staff])

    def add():
        child = factories.student(mentor=staff, department=factories.department())
        if role is Role.PARENT:
            factories.guardianship(student=child, guardian=person)
        enrolling.enroll(student=child, section_id=section.pk, actor=None)
        factories.mentor()

    add()
    client = api_as(person)
    get(client, address)
    with django_assert_num_queries(queries):
        assert len(get(client, address).json()["data"]) == 1
    for _ in range(9):
        add()
    with django_assert_num_queries(queries):
        assert len(get(client, address).json()["data"]) == 10


def test_visitors_answer_401(api):
    for address in ("profile/children/", "students/", "mentors/", "admin/mentees/"):
        assert get(api, address).status_code == 401
    assert post(api, "profile/claim/", {"code": "x"}).status_code == 401
    assert User.objects.count() == 0
