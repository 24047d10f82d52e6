"""Activity points (AICTE): what counts, how much a program asks for, and who was given what.

A balance is never stored: it is the sum of approved transactions (``queries.balances_of``).
"""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campus.institutions.models import Institution
from campus.institutions.scope import managed, register_path, within
from campus.people.models import Student
from portal.storages import private_path, private_storage

MOST_POINTS = 1_000
"""The most points of one transaction."""


class PointCategory(models.Model):
    """A kind of activity, and between which numbers of points it counts for a student (A1)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        on_delete=models.PROTECT,
        related_name="point_categories",
    )
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=200)
    minimum = models.PositiveSmallIntegerField(
        _("minimum"), default=0, help_text=_("Points that each student needs in this category.")
    )
    maximum = models.PositiveSmallIntegerField(
        _("maximum"),
        null=True,
        blank=True,
        help_text=_("Points above this do not count for a student. Empty: all count."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("New points can be asked for and given.")
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("point category")
        verbose_name_plural = _("point categories")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"],
                name="points_category_code_once",
                violation_error_message=_("The institution has a category with this code already."),
            ),
            models.CheckConstraint(
                condition=Q(maximum=None) | Q(maximum__gte=F("minimum")),
                name="points_category_maximum_above_minimum",
                violation_error_message=_("The maximum is below the minimum."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PointGoal(models.Model):
    """How many points a program asks for in all; without a program, all those of the institution.

    ``program`` is the institution's own name for it, as students carry it.
    """

    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        on_delete=models.PROTECT,
        related_name="point_goals",
    )
    program = models.CharField(
        _("program"),
        max_length=200,
        blank=True,
        help_text=_("As it stands with the students. Empty: every program without its own goal."),
    )
    total = models.PositiveSmallIntegerField(_("points in all"))

    class Meta:
        ordering = ["program"]
        verbose_name = _("point goal")
        verbose_name_plural = _("point goals")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "program"],
                name="points_goal_once",
                violation_error_message=_("There is a goal for this program already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program or self.institution}: {self.total}"


def students_seen_by(user: Any) -> "models.QuerySet[Student]":
    """Whose points ``user`` sees: their own, their children's and mentees', an admin's institutions'."""
    theirs = Student.objects.acted_for_by(user) | Student.objects.mentored_by(user)
    ours = within(Student.objects.all(), user)
    return Student.objects.filter(Q(pk__in=theirs.values("pk")) | Q(pk__in=ours.values("pk")))


def students_decided_by(user: Any) -> "models.QuerySet[Student]":
    """Whose points ``user`` decides (A2): their mentees', an admin's institutions'."""
    ours = within(Student.objects.all(), user)
    mentees = Student.objects.mentored_by(user)
    return Student.objects.filter(Q(pk__in=mentees.values("pk")) | Q(pk__in=ours.values("pk")))


class PointTransactionQuerySet(models.QuerySet["PointTransaction"]):
    """The reads of transactions."""

    def pending(self) -> "PointTransactionQuerySet":
        """Those that wait for a decision."""
        return self.filter(state=PointTransaction.State.PENDING)

    def approved(self) -> "PointTransactionQuerySet":
        """Those that count."""
        return self.filter(state=PointTransaction.State.APPROVED)

    def visible_to(self, user: Any) -> "PointTransactionQuerySet":
        """A student's own, a parent's children's, a mentor's mentees', an admin's institutions'."""
        if managed(user) is None:
            return self
        return self.filter(student__in=students_seen_by(user).values("pk"))

    def decided_by_now(self, user: Any) -> "PointTransactionQuerySet":
        """Those that ``user`` may decide (A2): their mentees', an admin's institutions', never their own."""
        reach = managed(user)
        found = self.exclude(student__user_id=user.pk)
        if reach is None:
            return found
        mentees = Q(student__in=Student.objects.mentored_by(user).values("pk"))
        return found.filter(mentees | Q(student__institution__in=reach) if reach else mentees)


class PointTransaction(models.Model):
    """Points asked for or given; added and decided once, then never changed (A2).

    ``source`` names what they are from, such as ``event:<id>``; a student gets points once for each
    (A3), and an empty one is the student's own asking. A correction names what it ``corrects`` and may
    take points away; it is approved as it is made. ``title`` is what the points are for, in the words of
    that day.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.PENDING: frozenset({State.APPROVED, State.REJECTED}),
        State.APPROVED: frozenset(),
        State.REJECTED: frozenset(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    student = models.ForeignKey(
        Student, verbose_name=_("student"), on_delete=models.PROTECT, related_name="points"
    )
    category = models.ForeignKey(
        PointCategory,
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        related_name="transactions",
    )
    points = models.SmallIntegerField(_("points"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    title = models.CharField(_("what for"), max_length=300)
    source = models.CharField(_("from"), max_length=100, blank=True)
    corrects = models.OneToOneField(
        "self",
        verbose_name=_("corrects"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="correction",
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = PointTransactionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "pk"]
        verbose_name = _("point transaction")
        verbose_name_plural = _("point transactions")
        constraints = [
            models.UniqueConstraint(
                fields=["student", "source"],
                condition=~Q(source=""),
                name="points_once_for_a_source",
                violation_error_message=_("The student has points from this already."),
            ),
            models.CheckConstraint(
                condition=Q(points__gt=0) | (Q(corrects__isnull=False) & Q(points__lt=0)),
                name="points_only_corrections_take_away",
                violation_error_message=_("Points are a number above zero."),
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at=None)
                | (~Q(state="pending") & Q(decided_at__isnull=False)),
                name="points_decided_with_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["student", "category", "state"], name="points_of_student"),
            models.Index(fields=["created_at", "id"], name="points_by_time"),
            models.Index(
                fields=["student", "created_at"],
                name="points_pending",
                condition=Q(state="pending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} · {self.title}"

    @property
    def audit_label(self) -> str:
        """How the audit log names it: by number, not by name, so that erasing a person needs no edit."""
        return f"{self.student.number} · {self.points} · {self.category.code}"


class PointEvidence(models.Model):
    """What a student shows for points they ask for: a file, words, or both.

    It stands beside the transaction, which never changes, because a person may ask to be forgotten.
    """

    transaction = models.OneToOneField(
        PointTransaction, on_delete=models.CASCADE, related_name="evidence"
    )
    note = models.TextField(_("note"), blank=True, max_length=2000)
    file = models.FileField(
        _("file"), storage=private_storage, upload_to=private_path, blank=True, max_length=200
    )

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return str(self.transaction_id)


register_path(PointCategory, "institution")
register_path(PointGoal, "institution")
register_path(PointTransaction, "student__institution")
