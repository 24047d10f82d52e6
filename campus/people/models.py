"""Students and staff: people as the institution knows them, with or without an account."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campus.institutions.models import Department, Institution


class Student(models.Model):
    """One who learns here. A child without an account is the same kind of student."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        ON_LEAVE = "on_leave", _("on leave")
        GRADUATED = "graduated", _("graduated")
        LEFT = "left", _("left")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="students")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="student",
    )
    name = models.CharField(_("name"), max_length=200)
    number = models.CharField(_("student number"), max_length=40)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="students"
    )
    semester = models.PositiveSmallIntegerField(_("semester"), null=True, blank=True)
    batch = models.CharField(_("batch"), max_length=20, blank=True)
    admission_year = models.PositiveSmallIntegerField(_("admission year"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("student")
        verbose_name_plural = _("students")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "number"], name="people_student_number_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StaffProfile(models.Model):
    """One who teaches, mentors or works here; the catalogue names many who have no account yet.

    ``number`` is the employee number. Those whom a catalogue names without one are told apart by
    department and name (``source_key``), so that two who share a name in different departments never
    come to see each other's students.
    """

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="staff")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="staff_profile",
    )
    name = models.CharField(_("name"), max_length=200)
    number = models.CharField(_("employee number"), max_length=40, null=True, blank=True)
    source_key = models.CharField(max_length=200, null=True, blank=True, editable=False)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="staff"
    )
    title = models.CharField(_("title"), max_length=100, blank=True)
    qualifications = models.TextField(_("qualifications"), blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "number"], name="people_staff_number_once"
            ),
            models.UniqueConstraint(
                fields=["institution", "source_key"], name="people_staff_source_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
