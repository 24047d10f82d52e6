"""Who takes which section, and who waits for it."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, IntegerField, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _

from campus.institutions.scope import managed
from campus.people.models import Student
from learning.catalog.models import Section
from portal.roles import Role


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    """The reads of enrollments."""

    def active(self) -> "EnrollmentQuerySet":
        """Those that hold a seat now."""
        return self.filter(state=Enrollment.State.ACTIVE)

    def visible_to(self, user: Any) -> "EnrollmentQuerySet":
        """An admin's all, an instructor's sections', a student's own, a parent's children's."""
        return self.filter(_visible_to(user)) if user.is_authenticated else self.none()


class EnrollmentRequestQuerySet(models.QuerySet["EnrollmentRequest"]):
    """The reads of requests."""

    def pending(self) -> "EnrollmentRequestQuerySet":
        """Those still open."""
        return self.filter(state=EnrollmentRequest.State.PENDING)

    def waiting_for_seat(self) -> "EnrollmentRequestQuerySet":
        """The waiting list, in its order within a section."""
        return self.pending().filter(waits_for=EnrollmentRequest.WaitsFor.SEAT)

    def with_place(self) -> "EnrollmentRequestQuerySet":
        """Each with its ``place`` on the waiting list, 1 for the next one; 0 for those not on it."""
        ahead = (
            EnrollmentRequest.objects.waiting_for_seat()
            .filter(section=OuterRef("section"), queue_number__lte=OuterRef("queue_number"))
            .order_by()
            .values("section")
            .annotate(number=Count("pk"))
            .values("number")
        )
        on_list = Q(state=EnrollmentRequest.State.PENDING) & Q(
            waits_for=EnrollmentRequest.WaitsFor.SEAT
        )
        return self.annotate(
            place=Case(When(on_list, then=Subquery(ahead)), default=0, output_field=IntegerField())
        )

    def visible_to(self, user: Any) -> "EnrollmentRequestQuerySet":
        """An admin's all, an instructor's sections', a student's own, a parent's children's."""
        return self.filter(_visible_to(user)) if user.is_authenticated else self.none()


def _visible_to(user: Any) -> Q:
    """Whose enrollments and requests ``user`` may see, as a filter without a join on instructors."""
    ids = managed(user)
    if ids is None:
        return Q()
    theirs = Q(student__user_id=user.pk)
    if user.has_role(Role.PARENT):
        theirs |= Q(student__in=Student.objects.cared_for_by(user).values("pk"))
    taught = Section.instructors.through.objects.filter(staffprofile__user_id=user.pk)
    seen = theirs | Q(section_id__in=taught.values("section_id"))
    return seen | Q(section__course__institution__in=ids) if ids else seen


class Enrollment(models.Model):
    """A student in a section: one for both, ever (L4). Coming back makes the same row active."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        COMPLETED = "completed", _("completed")
        DROPPED = "dropped", _("dropped")
        REFUNDED = "refunded", _("refunded")
        EXPIRED = "expired", _("expired")

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.ACTIVE: frozenset({State.COMPLETED, State.DROPPED, State.REFUNDED, State.EXPIRED}),
        State.COMPLETED: frozenset(),
        State.DROPPED: frozenset({State.ACTIVE}),
        State.REFUNDED: frozenset({State.ACTIVE}),
        State.EXPIRED: frozenset({State.ACTIVE}),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="enrollments")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="enrollments")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ["-since"]
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        constraints = [
            models.UniqueConstraint(
                fields=["student", "section"], name="enrollments_one_per_student_and_section"
            ),
        ]
        indexes = [
            models.Index(
                fields=["section"],
                name="enrollments_active",
                condition=Q(state="active"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} in {self.section_id}: {self.state}"

    @property
    def audit_label(self) -> str:
        """How the audit log names it: by number, not by name, so that erasing a person needs no edit."""
        return f"{self.student.number} · {self.section}"


class EnrollmentRequest(models.Model):
    """A wish to enroll that could not be fulfilled at once.

    ``waits_for`` says what is missing: someone's approval, or a seat. ``queue_number`` is the order in
    the section, given under the section's lock: numbers rise, none is given twice.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class WaitsFor(models.TextChoices):
        APPROVAL = "approval", _("approval")
        SEAT = "seat", _("a seat")

    class PassedOver(models.TextChoices):
        """Why a free seat went to the next one: they keep their place, and are told once."""

        CLASH = "clash", _("a clash in the timetable")
        PREREQUISITES = "prerequisites", _("missing prerequisites")
        NOT_ACTIVE = "not_active", _("not an active student")

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.PENDING: frozenset({State.APPROVED, State.REJECTED, State.WITHDRAWN}),
        State.APPROVED: frozenset(),
        State.REJECTED: frozenset(),
        State.WITHDRAWN: frozenset(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="enrollment_requests"
    )
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, related_name="enrollment_requests"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    waits_for = models.CharField(_("waits for"), max_length=10, choices=WaitsFor.choices)
    queue_number = models.PositiveIntegerField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    passed_over_at = models.DateTimeField(_("passed over at"), null=True, blank=True)
    passed_over_for = models.CharField(
        _("passed over because of"), max_length=20, choices=PassedOver.choices, blank=True
    )

    place: int = 0
    """On the waiting list, 1 for the next one; set by ``with_place()`` and where a service gave it."""

    objects = EnrollmentRequestQuerySet.as_manager()

    class Meta:
        ordering = ["section", "queue_number"]
        verbose_name = _("enrollment request")
        verbose_name_plural = _("enrollment requests")
        constraints = [
            models.UniqueConstraint(
                fields=["student", "section"],
                name="enrollments_one_pending_request",
                condition=Q(state="pending"),
            ),
            models.UniqueConstraint(
                fields=["section", "queue_number"], name="enrollments_queue_number_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["section", "queue_number"],
                name="enrollments_waiting",
                condition=Q(state="pending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} → {self.section_id}: {self.state}"

    @property
    def audit_label(self) -> str:
        """How the audit log names it: by number, not by name, so that erasing a person needs no edit."""
        return f"{self.student.number} · {self.section}"
