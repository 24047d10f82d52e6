"""What this app holds on a person (P9): where they are enrolled, and what they asked for."""

from django.db.models import Q

from campus.accounts.models import User
from campus.notifications.models import Notification
from campus.notifications.renaming import forget_name
from campus.people.models import Student
from learning.enrollments import services
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal import personal


def export_enrollments(user: User) -> personal.Rows:
    """Enrollments, the first ones first."""
    rows = Enrollment.objects.filter(student__user=user).order_by("since", "id")
    return [
        {
            "course": one.section.course.title,
            "section": str(one.section),
            "season": one.section.season.name,
            "state": str(one.state),
            "since": one.since,
            "until": one.until,
            "completed_at": one.completed_at,
        }
        for one in rows.select_related("section__course", "section__season")
    ]


def export_requests(user: User) -> personal.Rows:
    """Requests, the first ones first."""
    rows = EnrollmentRequest.objects.filter(student__user=user).order_by("created_at", "id")
    return [
        {
            "course": one.section.course.title,
            "section": str(one.section),
            "waits_for": str(one.waits_for),
            "state": str(one.state),
            "asked_at": one.created_at,
            "decided_at": one.decided_at,
            "reason": one.reason,
        }
        for one in rows.select_related("section__course")
    ]


def erase(user: User) -> None:
    """Give back every seat and place, each in its own transaction; what is over stays for the record.

    Seats go on to who waits, by the same services as ever. What others were told of the person, by name,
    is told by number from now on.
    """
    for student in Student.objects.filter(user=user):
        waiting = EnrollmentRequest.objects.filter(student=student).pending()
        for request_id in list(waiting.values_list("pk", flat=True)):
            services.withdraw(request_id=request_id, actor=None)
        active = Enrollment.objects.filter(student=student).active()
        for enrollment_id in list(active.values_list("pk", flat=True)):
            services.drop(enrollment_id=enrollment_id, actor=None)
        EnrollmentRequest.objects.filter(student=student).update(reason="")
        _rename_in_inboxes(student)


def _rename_in_inboxes(student: Student) -> None:
    """The name out of what deciders and guardians were told, and out of their live events."""
    named = Q(params__student=student.name) | Q(params__child=student.name)
    told = Notification.objects.filter(named, type__startswith="enrollments.")
    about = EnrollmentRequest.objects.filter(student=student).values_list("pk", flat=True)
    theirs = Q(action_target__in=[str(pk) for pk in about])
    theirs |= Q(user__guardianships__student=student)
    forget_name(told.filter(theirs), student.number)


def register() -> None:
    """Register both."""
    personal.register("enrollments", export_enrollments, erase, ["enrollments.Enrollment"])
    personal.register(
        "enrollment_requests",
        export_requests,
        _with_the_enrollments,
        ["enrollments.EnrollmentRequest"],
    )


def _with_the_enrollments(user: User) -> None:
    """Nothing left to do: seats and requests are given back together."""
