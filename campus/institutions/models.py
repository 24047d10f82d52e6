"""The institution and its parts."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Institution(models.Model):
    """A university, college or course center; several can live in one portal."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), unique=True)
    timezone = models.CharField(_("timezone"), max_length=64, default="UTC")

    class Meta:
        ordering = ["name"]
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")

    def __str__(self) -> str:
        return self.name


class Faculty(models.Model):
    """A part of an institution that holds departments: a faculty, a college, a school."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="faculties")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        ordering = ["name"]
        verbose_name = _("faculty")
        verbose_name_plural = _("faculties")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"],
                name="institutions_faculty_code_once",
                violation_error_message=_("The institution has a faculty with this code already."),
            ),
            # What departments point to, so that a faculty is of their own institution (see migrations).
            models.UniqueConstraint(
                fields=["id", "institution"], name="institutions_faculty_of_institution"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A teaching unit, known by its code (``ECE``). Its faculty, if it has one, is of its institution."""

    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="departments"
    )
    faculty = models.ForeignKey(
        Faculty,
        verbose_name=_("faculty"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="departments",
    )
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        ordering = ["code"]
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"],
                name="institutions_department_code_once",
                violation_error_message=_(
                    "The institution has a department with this code already."
                ),
            ),
            # What people point to, so that their department is of their own institution.
            models.UniqueConstraint(
                fields=["id", "institution"], name="institutions_department_of_institution"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InstitutionAdministrator(models.Model):
    """An admin whose reach is an institution; see ``scope`` for what that means.

    An institution with administrators is not deleted: an admin whose last row went with it would
    manage the whole portal.
    """

    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="administrators"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="administered_institutions",
    )

    class Meta:
        ordering = ["institution__name", "user__full_name"]
        verbose_name = _("administrator")
        verbose_name_plural = _("administrators")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "user"],
                name="institutions_administrator_once",
                violation_error_message=_("This account is an administrator there already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.institution}"
