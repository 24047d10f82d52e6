"""L4, L5, L6, L18: what enrolling, dropping and deciding do, and what they must not do."""

import datetime as dt

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils import timezone

from campus.notifications.models import Notification
from learning.catalog.errors import CapacityBelowTaken
from learning.catalog.models import Section
from learning.enrollments import errors, services
from learning.enrollments.models import Enrollment, EnrollmentRequest
from learning.enrollments.seats import FILL_SEATS
from portal.errors import NotAllowed
from portal.models import OutboxMessage, StreamEvent
from portal.roles import Role
from tests.learning.enrollments import world

pytestmark = pytest.mark.django_db


def enroll(student, section):
    return services.enroll(student=student, section_id=section.pk, actor=student.user)


def told(student):
    """The types of notification that a student got, oldest first."""
    return list(
        Notification.objects.filter(user=student.user)
        .order_by("created_at")
        .values_list("type", flat=True)
    )


def events(student, type):
    return list(
        StreamEvent.objects.filter(stream__name=f"user:{student.user_id}", type=type)
        .order_by("number")
        .values_list("payload", flat=True)
    )


def seats(section):
    return Section.objects.get(pk=section.pk).seats_taken


def test_l5_a_free_section_is_active_at_once_and_the_student_is_told():
    student, section = world.student(), world.section(capacity=2, access_days=30)
    enrollment = enroll(student, section)
    assert enrollment.state == "active"
    assert enrollment.until - enrollment.since == dt.timedelta(days=30)
    assert seats(section) == 1
    assert told(student) == ["enrollments.enrolled"]
    [event] = events(student, "enrollment.changed")
    assert event == {"section_id": section.pk, "state": "active", "enrollment": str(enrollment.pk)}
    [bell] = events(student, "notification.created")
    assert bell["unread"] == 1
    assert section.course.code in bell["title"]


def test_l5_a_priced_section_is_refused_until_it_is_paid():
    student, section = world.student(), world.section(price="10.00")
    with pytest.raises(errors.PaymentRequired) as refusal:
        enroll(student, section)
    assert refusal.value.code == "payment_required"
    assert refusal.value.details == {"amount": "10.00", "currency": "USD"}
    assert not Enrollment.objects.exists()
    assert not EnrollmentRequest.objects.exists()
    assert told(student) == []


def test_l5_a_section_on_approval_waits_for_its_instructor():
    teacher = world.user(Role.TEACHER)
    other = world.user(Role.TEACHER)
    student = world.student()
    section = world.section(needs_approval=True, capacity=1, instructor=teacher)
    request = enroll(student, section)
    assert isinstance(request, EnrollmentRequest)
    assert (request.state, request.waits_for) == ("pending", "approval")
    assert seats(section) == 0
    asked = Notification.objects.get(user=teacher)
    assert (asked.type, asked.action) == ("enrollments.requested", "approve")
    assert not Notification.objects.filter(user=other).exists()

    with pytest.raises(errors.RequestNotFound):
        services.approve(request_id=request.pk, actor=other)
    with pytest.raises(NotAllowed):
        services.approve(request_id=request.pk, actor=student.user)
    enrollment = services.approve(request_id=request.pk, actor=teacher)
    assert enrollment.state == "active"
    request.refresh_from_db()
    assert (request.state, request.decided_by) == ("approved", teacher)
    assert told(student) == ["enrollments.approved"]
    asked.refresh_from_db()
    assert not asked.has_open_action
    with pytest.raises(errors.TransitionRefused):
        services.approve(request_id=request.pk, actor=teacher)
    assert seats(section) == 1


def test_l5_approved_while_full_waits_for_a_seat_in_its_own_order():
    admin = world.user(Role.ADMIN)
    first, second, third = (world.student() for _ in range(3))
    section = world.section(needs_approval=True, capacity=1)
    requests = [enroll(student, section) for student in (first, second, third)]
    services.approve(request_id=requests[0].pk, actor=admin)
    assert services.approve(request_id=requests[2].pk, actor=admin).waits_for == "seat"
    assert services.approve(request_id=requests[1].pk, actor=admin).waits_for == "seat"
    with pytest.raises(errors.NoSeat):
        services.approve(request_id=requests[1].pk, actor=admin)
    services.drop(enrollment_id=Enrollment.objects.get(student=first).pk, actor=first.user)
    assert Enrollment.objects.get(state="active").student == second
    assert told(third)[-1] == "enrollments.waiting"


def test_l5_a_rejection_tells_the_reason_and_takes_no_seat():
    admin, student = world.user(Role.ADMIN), world.student()
    section = world.section(needs_approval=True)
    request = enroll(student, section)
    services.reject(request_id=request.pk, actor=admin, reason="Not this term.")
    assert told(student) == ["enrollments.rejected"]
    assert seats(section) == 0
    assert not Enrollment.objects.exists()
    assert enroll(student, section).queue_number == 2  # they may ask again, at the end


def test_l4_one_enrollment_for_a_student_and_a_section_ever():
    student, section = world.student(), world.section()
    first = enroll(student, section)
    with pytest.raises(errors.AlreadyEnrolled):
        enroll(student, section)
    services.drop(enrollment_id=first.pk, actor=student.user)
    assert seats(section) == 0
    again = enroll(student, section)
    assert again.pk == first.pk
    assert again.state == "active"
    assert Enrollment.objects.count() == 1
    assert seats(section) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrollment.objects.create(student=student, section=section, since=timezone.now())


def test_l4_a_student_without_an_account_is_the_same_kind_of_student():
    admin, child = world.user(Role.ADMIN), world.student(user=None)
    section = world.section(capacity=1)
    assert services.enroll(student=child, section_id=section.pk, actor=admin).state == "active"
    with pytest.raises(errors.AlreadyEnrolled):
        services.enroll(student=child, section_id=section.pk, actor=admin)
    assert not Notification.objects.exists()


def test_l4_the_rest_wait_in_order_and_a_drop_promotes_the_first():
    section = world.section(capacity=1)
    students = [world.student() for _ in range(4)]
    results = [enroll(student, section) for student in students]
    assert [r.queue_number for r in results[1:]] == [1, 2, 3]
    assert told(students[2]) == ["enrollments.waiting"]
    assert Notification.objects.get(user=students[2].user).params["place"] == 2
    with pytest.raises(errors.AlreadyRequested):
        enroll(students[1], section)

    services.drop(enrollment_id=results[0].pk, actor=students[0].user)
    assert Enrollment.objects.get(student=students[1]).state == "active"
    assert told(students[1]) == ["enrollments.waiting", "enrollments.promoted"]
    assert told(students[2]) == ["enrollments.waiting"]
    assert told(students[0]) == ["enrollments.enrolled"]
    assert seats(section) == 1
    assert events(students[1], "enrollment.changed")[-1]["state"] == "active"


def test_l4_a_raised_capacity_seats_those_who_wait_in_order():
    admin, section = world.user(Role.ADMIN), world.section(capacity=1)
    students = [world.student() for _ in range(4)]
    for student in students:
        enroll(student, section)
    services.set_capacity(section_id=section.pk, capacity=3, actor=admin)
    active = set(Enrollment.objects.active().values_list("student_id", flat=True))
    assert active == {student.pk for student in students[:3]}
    with pytest.raises(CapacityBelowTaken):
        services.set_capacity(section_id=section.pk, capacity=2, actor=admin)
    with pytest.raises(NotAllowed):
        services.set_capacity(section_id=section.pk, capacity=9, actor=students[0].user)


def test_l4_a_seat_freed_past_the_services_is_not_taken_by_a_newcomer():
    section = world.section(capacity=1)
    first, waiting, newcomer = (world.student() for _ in range(3))
    enroll(first, section)
    enroll(waiting, section)
    Section.objects.filter(pk=section.pk).update(capacity=2)  # an import, say
    assert isinstance(enroll(newcomer, section), EnrollmentRequest)
    assert OutboxMessage.objects.filter(actor=FILL_SEATS).exists()
    assert services.fill_seats(section_id=section.pk) == 1
    assert services.fill_seats(section_id=section.pk) == 0
    assert Enrollment.objects.get(student=waiting).state == "active"


def test_l4_who_withdraws_is_not_promoted():
    section = world.section(capacity=1)
    first, second, third = (world.student() for _ in range(3))
    enrollment = enroll(first, section)
    request = enroll(second, section)
    enroll(third, section)
    with pytest.raises(errors.RequestNotFound):
        services.withdraw(request_id=request.pk, actor=third.user)
    services.withdraw(request_id=request.pk, actor=second.user)
    services.drop(enrollment_id=enrollment.pk, actor=first.user)
    assert Enrollment.objects.get(state="active").student == third
    with pytest.raises(errors.TransitionRefused):
        services.withdraw(request_id=request.pk, actor=second.user)


def test_l4_the_database_itself_refuses_the_one_too_many():
    section = world.section(capacity=1)
    enroll(world.student(), section)
    with pytest.raises(IntegrityError), transaction.atomic():
        Section.objects.filter(pk=section.pk).update(seats_taken=2)


def test_l6_a_missing_prerequisite_is_named():
    before, section = world.course(title="Before"), world.section()
    section.course.prerequisites.add(before)
    student = world.student()
    with pytest.raises(errors.PrerequisitesMissing) as refusal:
        enroll(student, section)
    assert before.code in str(refusal.value)
    assert refusal.value.details["courses"][0]["code"] == before.code
    Enrollment.objects.create(
        student=student,
        section=world.section(course=before),
        state="completed",
        since=timezone.now(),
    )
    assert enroll(student, section).state == "active"


def test_l6_overlapping_hours_are_named_and_touching_ones_are_not_overlapping():
    student = world.student()
    taken = world.section((2, "09:00", "10:00"), (4, "09:00", "10:00"))
    enroll(student, taken)
    with pytest.raises(errors.TimetableClash) as refusal:
        enroll(student, world.section((4, "09:30", "11:00")))
    assert str(taken) in str(refusal.value)
    [named] = refusal.value.details["sections"]
    assert (named["id"], named["weekday"], named["starts"]) == (taken.pk, 4, "09:00")
    assert enroll(student, world.section((4, "10:00", "11:00"))).state == "active"
    assert enroll(student, world.section((3, "09:00", "10:00"))).state == "active"


def test_l6_hours_of_sections_that_run_at_different_dates_do_not_overlap():
    today, student = timezone.localdate(), world.student()
    early = world.section((2, "09:00", "10:00"), ends=today + dt.timedelta(days=20), starts=today)
    late = world.section(
        (2, "09:00", "10:00"),
        starts=today + dt.timedelta(days=21),
        ends=today + dt.timedelta(days=40),
    )
    enroll(student, early)
    assert enroll(student, late).state == "active"


def test_l6_a_dropped_section_leaves_the_hours_free():
    student = world.student()
    taken = world.section((2, "09:00", "10:00"))
    services.drop(enrollment_id=enroll(student, taken).pk, actor=student.user)
    assert enroll(student, world.section((2, "09:00", "10:00"))).state == "active"


def test_l6_who_waits_is_checked_again_and_passed_over_with_a_word():
    first, busy, next_one = (world.student() for _ in range(3))
    section = world.section((2, "09:00", "10:00"), capacity=1)
    enrollment = enroll(first, section)
    request = enroll(busy, section)
    enroll(next_one, section)
    other = enroll(busy, world.section((2, "09:30", "10:30")))

    services.drop(enrollment_id=enrollment.pk, actor=first.user)
    assert Enrollment.objects.get(student=next_one, section=section).state == "active"
    request.refresh_from_db()
    assert (request.state, request.passed_over_for) == ("pending", "clash")
    assert told(busy).count("enrollments.passed_over_clash") == 1

    services.drop(enrollment_id=other.pk, actor=busy.user)
    services.drop(enrollment_id=Enrollment.objects.get(student=next_one).pk, actor=next_one.user)
    assert Enrollment.objects.get(student=busy, section=section).state == "active"
    assert told(busy).count("enrollments.passed_over_clash") == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"enrollment_opens": 1}, "enrollment_not_open"),
        ({"enrollment_closes": -1}, "enrollment_closed"),
        ({"starts": -9, "ends": -1}, "enrollment_closed"),
        ({"is_cancelled": True}, "section_cancelled"),
    ],
)
def test_l18_a_section_takes_enrollments_in_its_window_only(fields, code):
    today = timezone.localdate()
    section = world.section(
        **{
            name: value if isinstance(value, bool) else today + dt.timedelta(days=value)
            for name, value in fields.items()
        }
    )
    with pytest.raises(errors.DomainError) as refusal:
        enroll(world.student(), section)
    assert refusal.value.code == code
    assert seats(section) == 0


def test_l18_after_the_last_day_only_an_admin_takes_someone_out():
    admin, student = world.user(Role.ADMIN), world.student()
    section = world.section(drop_until=timezone.localdate())
    enrollment = enroll(student, section)
    Section.objects.filter(pk=section.pk).update(
        drop_until=timezone.localdate() - dt.timedelta(days=1)
    )
    with pytest.raises(errors.DropClosed):
        services.drop(enrollment_id=enrollment.pk, actor=student.user)
    assert seats(section) == 1
    services.drop(enrollment_id=enrollment.pk, actor=admin)
    assert told(student)[-1] == "enrollments.dropped_by_admin"
    with pytest.raises(errors.TransitionRefused):
        services.drop(enrollment_id=enrollment.pk, actor=admin)
    assert seats(section) == 0


def test_ownership_another_students_enrollment_is_not_there():
    owner, stranger, teacher = world.student(), world.student(), world.user(Role.TEACHER)
    section = world.section(instructor=teacher)
    enrollment = enroll(owner, section)
    with pytest.raises(errors.EnrollmentNotFound):
        services.drop(enrollment_id=enrollment.pk, actor=stranger.user)
    with pytest.raises(NotAllowed):  # sees it on the roster, may not end it
        services.drop(enrollment_id=enrollment.pk, actor=teacher)
    with pytest.raises(NotAllowed):
        services.enroll(student=owner, section_id=section.pk, actor=stranger.user)
    enrollment.refresh_from_db()
    assert enrollment.state == "active"


def test_an_unpublished_course_and_an_inactive_student_are_refused():
    student = world.student()
    with pytest.raises(errors.SectionNotFound):
        enroll(student, world.section(course=world.course(is_published=False)))
    student.state = "left"
    student.save()
    with pytest.raises(errors.StudentNotActive):
        enroll(student, world.section())


def test_states_move_as_declared_only():
    for model in (Enrollment, EnrollmentRequest):
        assert set(model.TRANSITIONS) == set(model.State)
    assert not Enrollment.TRANSITIONS[Enrollment.State.COMPLETED]


def test_n1_a_rollback_tells_nobody_and_takes_no_seat():
    student, section = world.student(), world.section(capacity=1)
    with pytest.raises(RuntimeError), transaction.atomic():
        enroll(student, section)
        raise RuntimeError
    assert seats(section) == 0
    assert told(student) == []
    assert not StreamEvent.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_enrolling_costs_a_bounded_number_of_queries(django_assert_num_queries):
    section = world.section((2, "09:00", "10:00"), capacity=1)
    first, second = world.student(), world.student()
    for student in (first, second):
        enroll(student, world.section((3, "09:00", "10:00")))  # their streams exist, as for most
    assert first.user.roles and second.user.roles
    ContentType.objects.get_for_models(Enrollment, EnrollmentRequest)  # known to every process
    with django_assert_num_queries(ENROLL_QUERIES):
        enroll(first, section)
    with django_assert_num_queries(WAIT_QUERIES):
        enroll(second, section)


ENROLL_QUERIES = 12  # two of them begin and end the transaction
WAIT_QUERIES = 12
