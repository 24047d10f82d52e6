"""Places: buildings and the halls in them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campus.institutions.models import Institution


class Building(models.Model):
    """A building of an institution."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="buildings")
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        ordering = ["name"]
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "name"], name="venues_building_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Hall(models.Model):
    """A room that can be taught or met in; ``code`` is its number in the building (``G52``)."""

    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="halls")
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200, blank=True)
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["building__name", "code"]
        verbose_name = _("hall")
        verbose_name_plural = _("halls")
        constraints = [
            models.UniqueConstraint(fields=["building", "code"], name="venues_hall_code_once"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.building} {self.code}"
