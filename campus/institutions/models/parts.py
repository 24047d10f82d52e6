"""The institution and its parts."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _


def _address_field() -> Any:
    return models.CharField(
        _("address"),
        max_length=300,
        null=True,
        blank=True,
        help_text=_("Where visitors find it; shown publicly."),
    )


def _slug_field() -> Any:
    return models.SlugField(
        _("slug"),
        max_length=60,
        null=True,
        blank=True,
        help_text=_("The last part of the public address; made of the code where it is empty."),
    )


class Institution(models.Model):  # type: ignore[django-manager-missing]  # its pages, told later
    """A university, college or course center; several can live in one portal."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), unique=True)
    timezone = models.CharField(_("timezone"), max_length=64, default="UTC")
    address = _address_field()

    class Meta:
        ordering = ["name"]
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The public profile, in the language that is active."""
        return reverse("institutions:institution", args=[self.slug])


def free_slugs(
    model: "type[Faculty] | type[Department]", institution: Institution, codes: Iterable[str]
) -> dict[str, str]:
    """A slug for each of ``codes``: ``ece``, or ``ece-illinois`` where another institution has that.

    One query for a thousand codes. The unique constraint stays the last guard.
    """
    wanted = {code: slugify(code)[:40] or "part" for code in codes}
    places = {code: f"{slug}-{slugify(institution.slug)}"[:52] for code, slug in wanted.items()}
    near = [*wanted.values(), *places.values()]
    taken: set[str | None] = set()
    for start in range(0, len(near), 900):
        found = model._default_manager.filter(slug__in=near[start : start + 900])
        taken.update(found.values_list("slug", flat=True))
    free: dict[str, str] = {}
    for code, slug in wanted.items():
        choice, number = slug, 1
        while choice in taken or (
            number > 2 and model._default_manager.filter(slug=choice).exists()
        ):
            choice = places[code] if number == 1 else f"{places[code]}-{number}"
            number += 1
        taken.add(choice)
        free[code] = choice
    return free


class Faculty(models.Model):  # type: ignore[django-manager-missing]  # its pages, told later
    """A part of an institution that holds departments: a faculty, a college, a school."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="faculties")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=200)
    slug = _slug_field()
    address = _address_field()

    class Meta:
        ordering = ["name"]
        verbose_name = _("faculty")
        verbose_name_plural = _("faculties")
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(slug__isnull=False),
                name="institutions_faculty_slug_once",
                violation_error_code="slug_taken",
                violation_error_message=_("Another has this slug already."),
            ),
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store; the public address, once made, stays what it is when the code changes."""
        if not self.slug:
            self.slug = free_slugs(type(self), self.institution, [self.code])[self.code]
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """The public profile, in the language that is active."""
        return reverse("institutions:faculty", args=[self.slug])


class Department(models.Model):  # type: ignore[django-manager-missing]  # its pages, told later
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
    slug = _slug_field()
    address = _address_field()

    class Meta:
        ordering = ["code"]
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(slug__isnull=False),
                name="institutions_department_slug_once",
                violation_error_code="slug_taken",
                violation_error_message=_("Another has this slug already."),
            ),
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store; the public address, once made, stays what it is when the code changes."""
        if not self.slug:
            self.slug = free_slugs(type(self), self.institution, [self.code])[self.code]
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """The public profile, in the language that is active."""
        return reverse("institutions:department", args=[self.slug])


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
