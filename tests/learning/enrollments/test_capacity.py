"""L4: more seats, by whichever door an admin gives them, go at once to those who wait."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.urls import reverse

from campus.notifications.models import Notification
from learning.catalog.models import Section
from learning.catalog.signals import section_seats_changed
from learning.enrollments import services
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.roles import Role
from tests.learning.enrollments import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(sign_in):
    """An admin's browser in the Wagtail admin."""
    admin = world.user(Role.ADMIN, is_staff=True)
    group = Group.objects.get(name=Role.ADMIN)
    group.permissions.add(
        Permission.objects.get(codename="access_admin"),
        *Permission.objects.filter(content_type__app_label="catalog"),
    )
    return sign_in(admin)


def full_section(number=4):
    """A section of one place, and ``number`` students of whom all but the first wait."""
    section = world.section(capacity=1)
    students = [world.student() for _ in range(number)]
    for student in students:
        services.enroll(student=student, section_id=section.pk, actor=student.user)
    return section, students


def form_of(section, **changed):
    return {
        "course": section.course_id,
        "season": section.season_id,
        "number": section.number,
        "delivery": section.delivery,
        "price": "0",
        "currency": "USD",
        "instructors": [],
        "capacity": section.capacity,
        "meetings-TOTAL_FORMS": "0",
        "meetings-INITIAL_FORMS": "0",
        "meetings-MIN_NUM_FORMS": "0",
        "meetings-MAX_NUM_FORMS": "1000",
        **changed,
    }


def seated(section):
    active = Enrollment.objects.active().filter(section=section)
    return set(active.values_list("student_id", flat=True))


def promoted():
    found = Notification.objects.filter(type="enrollments.promoted")
    return set(found.values_list("user_id", flat=True))


def test_l4_the_admins_form_seats_who_waits_in_order(desk):
    section, students = full_section()
    answer = desk.post(reverse("section:edit", args=[section.pk]), form_of(section, capacity=3))
    assert answer.status_code == 302, answer.context["form"].errors
    assert seated(section) == {student.pk for student in students[:3]}
    assert promoted() == {student.user_id for student in students[1:3]}
    row = Section.objects.get(pk=section.pk)
    assert (row.capacity, row.seats_taken) == (3, 3)
    assert EnrollmentRequest.objects.pending().get().student == students[3]


def test_l4_the_admins_form_names_a_capacity_below_those_enrolled(desk):
    section = world.section(capacity=3)
    for _ in range(2):
        student = world.student()
        services.enroll(student=student, section_id=section.pk, actor=student.user)
    address = reverse("section:edit", args=[section.pk])
    answer = desk.post(address, form_of(section, capacity=1, title="Renamed"))
    assert answer.status_code == 200
    errors = answer.context["form"].errors
    assert list(errors) == ["capacity"]
    row = Section.objects.get(pk=section.pk)
    assert (row.capacity, row.seats_taken, row.title) == (3, 2, "")
    assert len(seated(section)) == 2


def test_l4_seats_and_capacity_are_one_transaction(desk, monkeypatch):
    """Whoever cannot be seated for a fault of ours: the capacity is not raised either."""
    section, _students = full_section()

    def fail(**kwargs):
        raise RuntimeError("no seats today")

    section_seats_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            desk.post(reverse("section:edit", args=[section.pk]), form_of(section, capacity=3))
    finally:
        section_seats_changed.disconnect(fail)
    assert Section.objects.get(pk=section.pk).capacity == 1
    assert len(seated(section)) == 1
    assert not promoted()


def test_l4_the_api_seats_who_waits_in_order(api_as):
    section, students = full_section()
    address = f"/api/v1/sections/{section.pk}/capacity/"
    admin = api_as(world.user(Role.ADMIN))
    answer = admin.put(address, {"capacity": 3}, format="json")
    assert answer.status_code == 200
    assert answer.json()["data"]["seats_taken"] == 3
    assert seated(section) == {student.pk for student in students[:3]}
    assert promoted() == {student.user_id for student in students[1:3]}
    assert admin.put(address, {"capacity": None}, format="json").status_code == 200
    assert len(seated(section)) == 4


def test_l4_the_api_names_a_capacity_below_those_enrolled(api_as):
    section, students = full_section(2)
    admin = api_as(world.user(Role.ADMIN))
    address = f"/api/v1/sections/{section.pk}/capacity/"
    answer = admin.put(address, {"capacity": 0}, format="json")
    assert answer.status_code == 409
    [error] = answer.json()["errors"]
    assert (error["param"], error["code"]) == ("capacity", "capacity_below_taken")
    for wrong in ({}, {"capacity": -1}, {"capacity": "many"}):
        refused = admin.put(address, wrong, format="json")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["param"] == "capacity"
    assert Section.objects.get(pk=section.pk).capacity == 1
    assert seated(section) == {students[0].pk}
    unknown = admin.put("/api/v1/sections/999999/capacity/", {"capacity": 3}, format="json")
    assert unknown.status_code == 404


@pytest.mark.parametrize("role", [Role.STUDENT, Role.TEACHER, Role.EDITOR])
def test_only_admins_change_a_capacity_by_the_api(api_as, role):
    person = world.user(role)
    section = world.section(capacity=1, instructor=person if role == Role.TEACHER else None)
    address = f"/api/v1/sections/{section.pk}/capacity/"
    assert api_as(person).put(address, {"capacity": 3}, format="json").status_code == 403
    assert Section.objects.get(pk=section.pk).capacity == 1
