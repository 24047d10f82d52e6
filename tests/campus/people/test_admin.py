"""Students and guardians in the Wagtail admin: every write is a service's, logged, within one's reach."""

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from campus.people.models import Guardianship, Student
from learning.enrollments.services import enroll
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(sign_in):
    return sign_in(factories.user(Role.ADMIN))


def form_of(student, **changes):
    known = {
        "institution": student.institution_id,
        "name": student.name,
        "number": student.number,
        "account": student.user.email if student.user else "",
        "date_of_birth": "",
        "department": "",
        "program": "",
        "semester": "",
        "batch": "",
        "admission_year": "",
        "mentor": "",
        "state": student.state,
    }
    return {**known, **changes}


def log():
    return list(
        ModelLogEntry.objects.filter(action__startswith="people.")
        .order_by("pk")
        .values_list("action", flat=True)
    )


def test_an_admin_edits_a_student_by_the_service(desk):
    student, mentor = factories.student(), factories.mentor()
    address = reverse("student:edit", args=[student.pk])
    assert desk.get(address).status_code == 200
    answer = desk.post(address, form_of(student, program="Physics", mentor=mentor.pk))
    assert answer.status_code == 302
    student.refresh_from_db()
    assert (student.program, student.mentor) == ("Physics", mentor)
    assert student.user is not None
    assert log() == ["people.change_student", "people.assign_mentor"]
    told = desk.get(reverse("student:history", args=[student.pk])).content.decode()
    assert "Mentor assigned" in told


def test_an_admin_adds_a_student_with_an_account(desk, institution):
    user = factories.user(Role.STUDENT)
    blank = Student(institution=institution, name="Ada", number="N-1")
    desk.post(reverse("student:add"), form_of(blank, account=user.email))
    assert Student.objects.get(number="N-1").user == user
    assert log() == ["people.add_student"]


@pytest.mark.parametrize(
    "wrong", [{"account": "nobody@example.org"}, {"number": ""}, {"mentor": "0"}]
)
def test_what_is_wrong_is_told_and_stores_nothing(desk, wrong):
    student = factories.student(user=None)
    address = reverse("student:edit", args=[student.pk])
    answer = desk.post(address, form_of(student, name="Other", **wrong))
    assert answer.status_code == 200
    student.refresh_from_db()
    assert student.name != "Other"
    assert log() == []


def test_two_students_never_share_number_or_account(desk):
    taken, student = factories.student(), factories.student(user=None)
    address = reverse("student:edit", args=[student.pk])
    for clash in ({"number": taken.number}, {"account": taken.user.email}):
        answer = desk.post(address, form_of(student, **clash))
        assert answer.status_code == 200, clash
    assert Student.objects.get(pk=student.pk).user is None
    assert log() == []


def test_a_mentor_without_the_role_is_not_offered(desk):
    student, plain = factories.student(user=None), factories.staff()
    desk.post(reverse("student:edit", args=[student.pk]), form_of(student, mentor=plain.pk))
    assert Student.objects.get(pk=student.pk).mentor is None


def test_a_student_with_a_history_stays(desk):
    used, empty = factories.student(user=None), factories.student(user=None)
    enroll(student=used, section_id=factories.section().pk, actor=None)
    for student in (used, empty):
        desk.post(reverse("student:delete", args=[student.pk]))
    assert list(Student.objects.all()) == [used]
    assert log().count("people.remove_student") == 1


def test_guardians_stand_in_the_students_form_and_are_changed_by_services(desk):
    child, user = factories.student(user=None), factories.user(full_name="Maya Haddad")
    first = factories.parent(child)
    add = reverse("guardianship:add")
    page = desk.get(f"{add}?number={child.number}").content.decode()
    assert child.number in page
    form = {"number": child.number, "account": user.email, "relationship": "father"}
    assert desk.post(add, form).status_code == 302
    link = Guardianship.objects.get(guardian=user)
    assert (link.student, link.is_primary) == (child, False)
    assert factories.User.objects.get(pk=user.pk).has_role(Role.PARENT)
    told = desk.get(reverse("student:edit", args=[child.pk])).content.decode()
    assert "Maya Haddad" in told
    assert str(first) in told
    again = desk.post(add, form)
    assert again.status_code == 200
    change = {"relationship": "father", "is_primary": "on"}
    assert desk.post(reverse("guardianship:edit", args=[link.pk]), change).status_code == 302
    assert child.guardianships.get(is_primary=True) == link
    assert desk.post(reverse("guardianship:delete", args=[link.pk])).status_code == 302
    assert [one.guardian for one in child.guardianships.all()] == [first]
    assert child.guardianships.get().is_primary
    assert {"people.add_guardian", "people.change_guardian", "people.remove_guardian"} <= set(log())


def test_an_admin_of_an_institution_reaches_its_families_alone(sign_in, institution):
    other = factories.institution(slug="other", name="Other")
    there = factories.student(user=None, institution=other, name="Far Away")
    link = factories.guardianship(student=there)
    here = factories.guardianship(student=factories.student(user=None, name="Near By"))
    desk = sign_in(factories.administrator(institution))
    for room in ("student", "guardianship"):
        told = desk.get(reverse(f"{room}:index")).content.decode()
        assert "Near By" in told
        assert "Far Away" not in told
    for name, thing in (("student:edit", there), ("guardianship:edit", link)):
        assert desk.get(reverse(name, args=[thing.pk]), follow=True).status_code == 404
    form = {"number": there.number, "account": here.guardian.email, "relationship": "other"}
    assert desk.post(reverse("guardianship:add"), form).status_code == 200
    assert there.guardianships.count() == 1


@pytest.mark.parametrize("room", ["student", "guardianship"])
def test_a_list_costs_the_same_with_one_and_with_many(desk, room, django_assert_max_num_queries):
    def add():
        child = factories.student(
            user=None, mentor=factories.mentor(), department=factories.department()
        )
        factories.parent(child)

    add()
    address = reverse(f"{room}:index")
    desk.get(address)
    with django_assert_max_num_queries(LIST_QUERIES):
        desk.get(address)
    for _ in range(8):
        add()
    with django_assert_max_num_queries(LIST_QUERIES):
        assert desk.get(address).content.decode().count("<tr") >= 9


LIST_QUERIES = 25
