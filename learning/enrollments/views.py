"""Pages of enrollments: enroll, drop, withdraw, decide, and a section's roster."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from campus.people.models import Student
from campus.people.queries import student_of
from campus.people.rules import CHILDREN
from learning.catalog.models import Section
from learning.enrollments import queries, rules, services
from learning.enrollments.errors import ChooseWhom, NotAStudent
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.pages import domain_errors_as_messages, done, guarded
from portal.permissions import SIGNED_IN, requires
from portal.tables import csv_response


@guarded(SIGNED_IN)
@require_POST
@domain_errors_as_messages
def enroll(request: HttpRequest, section_id: int) -> HttpResponse:
    """Enroll the signed-in student, or the child that POST ``student`` names (P10); the message says
    whether it is a seat or a place in the queue."""
    student = _learner(request)
    result = services.enroll(student=student, section_id=section_id, actor=request.user)
    own = student.user_id == request.user.pk
    return done(request, _said(result, None if own else student), to=reverse("home:dashboard"))


def _learner(request: HttpRequest) -> Student:
    """Whom the form is about; another family's child is answered as one that does not exist."""
    chosen = request.POST.get("student")
    if chosen is None:
        student = student_of(request.user)
        if student is None:
            raise ChooseWhom if request.user.has_perm(CHILDREN) else NotAStudent
        return student
    try:
        pk = uuid.UUID(chosen)
    except ValueError:
        raise ChooseWhom if not chosen else Http404 from None
    return get_object_or_404(
        Student.objects.acted_for_by(request.user).select_related("institution"), pk=pk
    )


@guarded(requires(rules.DROP))
@require_POST
@domain_errors_as_messages
def drop(request: HttpRequest, enrollment_id: uuid.UUID) -> HttpResponse:
    """Leave a section; its seat goes to the first who waits."""
    found = services.drop(enrollment_id=enrollment_id, actor=request.user)
    message = _("%(section)s is dropped.") % {"section": found.section}
    return done(request, message, to=reverse("home:dashboard"))


@guarded(requires(rules.WITHDRAW))
@require_POST
@domain_errors_as_messages
def withdraw(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Take a request back."""
    services.withdraw(request_id=request_id, actor=request.user)
    return done(request, _("Your request is withdrawn."), to=reverse("home:dashboard"))


@guarded(requires(rules.DECIDE))
@require_POST
@domain_errors_as_messages
def decide(request: HttpRequest, request_id: uuid.UUID, decision: str) -> HttpResponse:
    """Approve or reject (with POST ``reason``) a request."""
    if decision == "approve":
        result = services.approve(request_id=request_id, actor=request.user)
        queued = isinstance(result, EnrollmentRequest)
        message = _("Approved; the section is full.") if queued else _("Approved.")
    else:
        result = services.reject(
            request_id=request_id, actor=request.user, reason=request.POST.get("reason", "")
        )
        message = _("Rejected.")
    return done(request, message, to=reverse("enrollments:roster", args=[result.section_id]))


def _said(result: Enrollment | EnrollmentRequest, child: Student | None) -> str:
    if child is not None:
        return _said_of(result, child)
    if isinstance(result, Enrollment):
        return _("You are enrolled.")
    if result.waits_for == EnrollmentRequest.WaitsFor.SEAT:
        return _("The section is full. You are on the waiting list.")
    return _("Your request is sent. The instructor decides.")


def _said_of(result: Enrollment | EnrollmentRequest, child: Student) -> str:
    if isinstance(result, Enrollment):
        text = _("%(child)s is enrolled.")
    elif result.waits_for == EnrollmentRequest.WaitsFor.SEAT:
        text = _("The section is full. %(child)s is on the waiting list.")
    else:
        text = _("The request for %(child)s is sent. The instructor decides.")
    return text % {"child": child.name}


@guarded(requires(rules.ROSTER))
@require_GET
@never_cache
def roster(request: HttpRequest, section_id: int) -> HttpResponse:
    """``enrollments/roster.html``: ``section``, ``enrollments``, ``waiting`` (with ``place``)."""
    section = _taught(request, section_id)
    context = {
        "section": section,
        "enrollments": list(queries.roster_of(section)),
        "waiting": list(queries.waiting_of(section)),
    }
    return render(request, "enrollments/roster.html", context)


@guarded(requires(rules.ROSTER))
@require_GET
@never_cache
def roster_csv(request: HttpRequest, section_id: int) -> HttpResponse:
    """The roster as CSV."""
    section = _taught(request, section_id)
    header = [_("Student number"), _("Name"), _("E-mail"), _("Enrolled since")]
    rows = (
        (
            enrollment.student.number,
            enrollment.student.name,
            enrollment.student.user.email if enrollment.student.user else "",
            enrollment.since.date().isoformat(),
        )
        for enrollment in queries.roster_of(section)
    )
    return csv_response(f"students-{section.number}", header, rows)


def _taught(request: HttpRequest, section_id: int) -> Section:
    """The section, for those who may see its students; else as the table says: 403, or 404."""
    section = get_object_or_404(Section.objects.select_related("course", "season"), pk=section_id)
    if not request.user.has_perm(rules.ROSTER, section):
        if not section.course.is_published or not section.season.is_active:
            raise Http404
        raise PermissionDenied
    return section
