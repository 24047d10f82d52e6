"""P10 in the catalog: a parent enrolls, waits, asks and drops for a child, and is told; nobody else."""

import datetime as dt

import pytest
from django.utils import timezone

from campus.notifications.models import Notification, NotificationDelivery
from campus.notifications.preferences import choose
from campus.notifications.queries import line_of
from campus.people.models import Student
from learning.enrollments import errors, queries, services
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.errors import NotAllowed
from portal.models import StreamEvent
from portal.roles import Role
from tests import factories
from tests.learning.enrollments import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def child():
    return world.student(user=None, name="Lina")


@pytest.fixture
def parent(child):
    return factories.parent(child)


@pytest.fixture
def stranger():
    return factories.parent(world.student(user=None))


def enroll(student, section, actor):
    return services.enroll(student=student, section_id=section.pk, actor=actor)


def titles(user):
    found = Notification.objects.filter(user=user).order_by("created_at", "pk")
    return [line_of(one).title for one in found]


def post(client, address, data=None):
    return client.post(f"/api/v1/{address}", data or {}, format="json")


# --- the same rules as for students ------------------------------------------------------------


def test_p10_a_parent_enrolls_and_drops_a_child(child, parent):
    section = world.section()
    enrollment = enroll(child, section, parent)
    assert enrollment.state == "active"
    services.drop(enrollment_id=enrollment.pk, actor=parent)
    assert Enrollment.objects.get().state == "dropped"


def test_p10_the_rules_of_students_hold_for_children(child, parent):
    late = world.section(drop_until=timezone.localdate() - dt.timedelta(days=1))
    enrollment = enroll(child, late, parent)
    with pytest.raises(errors.DropClosed):
        services.drop(enrollment_id=enrollment.pk, actor=parent)
    with pytest.raises(errors.PaymentRequired):
        enroll(child, world.section(price=5), parent)
    first = world.section((2, "09:00", "10:00"))
    enroll(child, first, parent)
    with pytest.raises(errors.TimetableClash):
        enroll(child, world.section((2, "09:30", "10:30")), parent)
    with pytest.raises(errors.AlreadyEnrolled):
        enroll(child, first, parent)
    Student.objects.filter(pk=child.pk).update(state="left")
    with pytest.raises(errors.StudentNotActive):
        enroll(child, world.section(), parent)
    assert Enrollment.objects.active().count() == 2


def test_p10_a_parent_asks_waits_and_takes_it_back(child, parent):
    full = world.section(capacity=0)
    request = enroll(child, full, parent)
    assert (request.waits_for, request.asked_by) == ("seat", parent)
    services.withdraw(request_id=request.pk, actor=parent)
    asked = enroll(child, world.section(needs_approval=True), parent)
    assert asked.waits_for == "approval"
    with pytest.raises(NotAllowed):
        services.approve(request_id=asked.pk, actor=parent)


def test_p10_another_familys_child_is_out_of_reach(child, parent, stranger):
    section = world.section()
    for nobody in (stranger, world.user(Role.MENTOR), world.student().user):
        with pytest.raises(NotAllowed):
            enroll(child, section, nobody)
    enrollment = enroll(child, section, parent)
    request = enroll(child, world.section(capacity=0), parent)
    with pytest.raises(errors.EnrollmentNotFound):
        services.drop(enrollment_id=enrollment.pk, actor=stranger)
    with pytest.raises(errors.RequestNotFound):
        services.withdraw(request_id=request.pk, actor=stranger)
    assert not Enrollment.objects.visible_to(stranger).exists()
    assert not EnrollmentRequest.objects.visible_to(stranger).exists()
    assert Enrollment.objects.visible_to(parent).get() == enrollment
    assert EnrollmentRequest.objects.visible_to(parent).get() == request


def test_p10_a_guardian_of_one_of_age_acts_no_more():
    adult = world.student(date_of_birth=dt.date(1990, 1, 1))
    parent = factories.parent(adult)
    enrollment = enroll(adult, world.section(), adult.user)
    with pytest.raises(NotAllowed):
        enroll(adult, world.section(), parent)
    with pytest.raises(errors.EnrollmentNotFound):
        services.drop(enrollment_id=enrollment.pk, actor=parent)
    assert titles(parent) == []


# --- who is told -------------------------------------------------------------------------------


def test_p10_the_guardians_of_a_child_without_an_account_are_told(child, parent, stranger):
    other = factories.user(Role.PARENT)
    factories.guardianship(student=child, guardian=other)
    section = world.section()
    enroll(child, section, parent)
    assert titles(parent) == titles(other) == [f"Lina is enrolled in {section.course.code}"]
    assert titles(stranger) == []
    [event] = StreamEvent.objects.filter(
        type="enrollment.changed", stream__name__contains=parent.pk
    )
    assert event.payload["student"] == str(child.pk)
    row = Notification.objects.filter(user=parent).get()
    assert row.path == f"/children/{child.pk}/"


def test_p10_promotion_from_the_waiting_list_rings_the_guardian_live_and_by_mail(child, parent):
    section = world.section(capacity=1)
    first = world.student()
    seat = enroll(first, section, first.user)
    enroll(child, section, parent)
    before = StreamEvent.objects.count()
    services.drop(enrollment_id=seat.pk, actor=first.user)
    assert Enrollment.objects.active().get().student == child
    assert titles(parent)[-1] == f"A seat came free: Lina is in {section.course.code}"
    news = StreamEvent.objects.filter(type="notification.created").order_by("-pk")[0]
    assert news.payload["title"].startswith("A seat came free: Lina")
    assert StreamEvent.objects.count() > before
    sent = NotificationDelivery.objects.get(notification__type="enrollments.promoted")
    assert sent.notification.user == parent


def test_p10_where_the_child_has_an_account_both_are_told_each_by_preference():
    child = world.student(date_of_birth=timezone.localdate() - dt.timedelta(days=3650))
    parent = factories.parent(child)
    choose(user=parent, type="enrollments.enrolled", channel="in_app", timing="off")
    section = world.section()
    enroll(child, section, child.user)
    assert titles(child.user) == [f"You are enrolled in {section.course.code}"]
    row = Notification.objects.get(user=parent)
    assert row.read_at is not None  # switched off: it lies in the inbox, read already
    assert Notification.objects.get(user=child.user).read_at is None


def test_p10_who_drops_is_not_told_of_it_and_the_others_are():
    child = world.student(name="Lina")
    parent = factories.parent(child)
    section = world.section()
    enrollment = enroll(child, section, child.user)
    Notification.objects.all().delete()
    services.drop(enrollment_id=enrollment.pk, actor=parent)
    assert titles(child.user) == [f"{section.course.code} was dropped for you"]
    assert titles(parent) == []
    again = enroll(child, section, child.user)
    Notification.objects.all().delete()
    services.drop(enrollment_id=again.pk, actor=child.user)
    assert titles(parent) == [f"Lina is not in {section.course.code} any more"]
    assert titles(child.user) == []


def test_p10_a_former_parent_is_told_nothing(child, parent):
    parent.groups.clear()
    enroll(child, world.section(), None)
    assert titles(parent) == []


def test_p10_sentences_in_arabic_hold_the_name(child, parent):
    parent.language = "ar"
    parent.save()
    enroll(child, world.section(), None)
    assert "Lina" in Notification.objects.get(user=parent).params["child"]


# --- what a parent may open --------------------------------------------------------------------


def test_p10_a_parent_opens_the_contents_of_a_childs_course(child, parent, stranger):
    section = world.section()
    assert not queries.opens_contents(parent, section.course_id)
    enroll(child, section, parent)
    assert queries.opens_contents(parent, section.course_id)
    assert queries.has_access(parent, section.course_id)
    assert not queries.opens_contents(stranger, section.course_id)


def test_a_teacher_sees_the_students_of_their_sections_alone():
    teacher = world.user(Role.TEACHER)
    section = world.section(instructor=teacher)
    mine, other = world.student(), world.student()
    enrollment = enroll(mine, section, mine.user)
    enroll(other, world.section(), other.user)
    assert list(Student.objects.visible_to(teacher)) == [mine]
    services.drop(enrollment_id=enrollment.pk, actor=mine.user)
    assert not Student.objects.visible_to(teacher).exists()


# --- API and pages -----------------------------------------------------------------------------


def test_p10_api_another_familys_child_answers_as_one_that_does_not_exist(
    api_as, child, parent, stranger
):
    section = world.section()
    body = {"section": section.pk, "student": str(child.pk)}
    nobody = {"section": section.pk, "student": "11111111-1111-4111-8111-111111111111"}
    client = api_as(stranger)
    refused, unknown = post(client, "enrollments/", body), post(client, "enrollments/", nobody)
    assert refused.status_code == unknown.status_code == 400
    assert refused.json()["errors"] == unknown.json()["errors"]
    assert refused.json()["errors"][0]["param"] == "student"
    assert not Enrollment.objects.exists()
    made = post(api_as(parent), "enrollments/", body)
    assert made.status_code == 201
    pk = made.json()["data"]["enrollment"]["id"]
    assert post(client, f"enrollments/{pk}/drop/").status_code == 404
    assert client.get(f"/api/v1/enrollments/{pk}/").status_code == 404
    assert post(api_as(parent), f"enrollments/{pk}/drop/").status_code == 200


def test_p10_page_a_parent_chooses_for_whom(sign_in, child, parent, stranger):
    second = world.student(user=None, name="Omar")
    factories.guardianship(student=second, guardian=parent)
    section = world.section(capacity=1)
    page = f"/en/courses/{section.course.slug}/"
    shown = sign_in(parent).get(page).content.decode()
    assert '<option value="' + str(child.pk) in shown
    assert '<option value="' + str(second.pk) in shown
    address = f"/en/sections/{section.pk}/enroll/"
    client = sign_in(parent)
    answer = client.post(address, {"next": page, "student": str(child.pk)}, follow=True)
    assert "Lina is enrolled." in answer.content.decode()
    answer = client.post(address, {"next": page, "student": str(second.pk)}, follow=True)
    told = answer.content.decode()
    assert "Omar is on the waiting list." in told
    assert "Number 1 on the waiting list" in told
    for nothing in ({}, {"student": ""}):
        told = client.post(address, {"next": page, **nothing}, follow=True).content.decode()
        assert "Choose who is to be enrolled." in told
    other = sign_in(stranger)
    for whom in (str(child.pk), "11111111-1111-4111-8111-111111111111", "x"):
        assert other.post(address, {"next": page, "student": whom}).status_code == 404
    assert Enrollment.objects.count() == 1


def test_the_course_page_costs_a_parent_the_same_for_one_child_and_many(
    sign_in, parent, django_assert_max_num_queries
):
    section = world.section()
    client = sign_in(parent)
    page = f"/en/courses/{section.course.slug}/"
    client.get(page)
    with django_assert_max_num_queries(PAGE_QUERIES):
        client.get(page)
    for _ in range(6):
        factories.guardianship(student=world.student(user=None), guardian=parent)
    with django_assert_max_num_queries(PAGE_QUERIES):
        assert client.get(page).content.decode().count("<option") == 8


PAGE_QUERIES = 18


def test_enrolling_a_child_costs_one_query_more(django_assert_num_queries, child, parent):
    from tests.learning.enrollments.test_services import ENROLL_QUERIES  # noqa: PLC0415

    enroll(child, world.section(), parent)
    lonely = world.student(user=None)
    admin = world.user(Role.ADMIN)
    section = world.section((2, "09:00", "10:00"))
    assert parent.roles and admin.roles
    with django_assert_num_queries(ENROLL_QUERIES + 2):  # may they? who is told?
        enroll(child, section, parent)
    assert lonely.guardianships.count() == 0
