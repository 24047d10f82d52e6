"""Places: buildings and the halls in them, when they are open, and what they have."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from campus.institutions.models import Institution


class Building(models.Model):  # type: ignore[django-manager-missing]  # told too late
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


class Facility(models.Model):
    """Something that a hall may have: a projector, step-free access."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("slug"), max_length=100, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")

    def __str__(self) -> str:
        return self.name


class HallQuerySet(models.QuerySet["Hall"]):
    """The reads of halls."""

    def active(self) -> "HallQuerySet":
        """Those in use."""
        return self.filter(is_active=True)

    def with_facilities(self, facilities: "list[Facility | str]") -> "HallQuerySet":
        """Those that have every one of ``facilities``, each given itself or by its slug."""
        through: Any = Hall.facilities.through
        found = self
        for facility in facilities:
            has = through.objects.filter(hall=models.OuterRef("pk"))
            by = {"facility__slug" if isinstance(facility, str) else "facility": facility}
            found = found.filter(models.Exists(has.filter(**by)))
        return found


class Hall(ClusterableModel):
    """A room that can be taught or met in; ``code`` is its number in the building (``G52``).

    A hall without opening hours is always open. ``buffer_minutes`` lie between the end of one booking
    and the start of the next.
    """

    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="halls")
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200, blank=True)
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    facilities = ParentalManyToManyField(
        Facility, blank=True, related_name="halls", verbose_name=_("facilities")
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("minutes between bookings"),
        default=0,
        help_text=_("Kept free after each booking, to clear the room."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = HallQuerySet.as_manager()

    class Meta:
        ordering = ["building__name", "code"]
        verbose_name = _("hall")
        verbose_name_plural = _("halls")
        constraints = [
            models.UniqueConstraint(fields=["building", "code"], name="venues_hall_code_once"),
            models.CheckConstraint(
                condition=Q(buffer_minutes__lte=24 * 60),
                name="venues_hall_buffer_within_a_day",
                violation_error_message=_("At most a day is kept free between bookings."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.building} {self.code}"

    @property
    def buffer(self) -> dt.timedelta:
        """What is kept free after each booking."""
        return dt.timedelta(minutes=self.buffer_minutes)

    def get_absolute_url(self) -> str:
        """The hall's page."""
        return reverse("bookings:hall", args=[self.pk])


class Weekday(models.IntegerChoices):
    """Days of the week as the portal counts them: Saturday is 0."""

    SATURDAY = 0, _("Saturday")
    SUNDAY = 1, _("Sunday")
    MONDAY = 2, _("Monday")
    TUESDAY = 3, _("Tuesday")
    WEDNESDAY = 4, _("Wednesday")
    THURSDAY = 5, _("Thursday")
    FRIDAY = 6, _("Friday")


class OpeningHours(Orderable):
    """A span of a weekday in which a hall is open, in the portal's timezone.

    ``closes`` at 00:00 is midnight, the end of that day; so a hall may be open through the night.
    """

    hall = ParentalKey(Hall, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"), help_text=_("00:00 is midnight, the end of the day."))

    class Meta(Orderable.Meta):
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.UniqueConstraint(
                fields=["hall", "weekday", "opens"], name="venues_opening_hours_once"
            ),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")) | Q(closes="00:00"),
                name="venues_hall_closes_after_it_opens",
                violation_error_message=_("A hall closes after it opens."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class HallPhoto(Orderable):
    """A picture of a hall; ``description`` is what those who do not see it are told."""

    hall = ParentalKey(Hall, on_delete=models.CASCADE, related_name="photos")
    image = models.ForeignKey("wagtailimages.Image", on_delete=models.CASCADE, related_name="+")
    description = models.CharField(_("description"), max_length=200)

    class Meta(Orderable.Meta):
        verbose_name = _("photo")
        verbose_name_plural = _("photos")

    def __str__(self) -> str:
        return self.description


class Closure(models.Model):
    """A span in which a hall, or with no hall named the whole building, takes no bookings."""

    building = models.ForeignKey(Building, on_delete=models.CASCADE, related_name="closures")
    hall = models.ForeignKey(
        Hall,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="closures",
        help_text=_("Left empty, the whole building is closed."),
    )
    starts = models.DateTimeField(_("starts"))
    ends = models.DateTimeField(_("ends"))
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        ordering = ["starts", "id"]
        verbose_name = _("closed period")
        verbose_name_plural = _("closed periods")
        indexes = [models.Index(fields=["building", "ends"], name="venues_closure_ends")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="venues_closure_ends_after_start",
                violation_error_message=_("A closed period ends after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hall or self.building}: {self.reason}"

    def clean(self) -> None:
        """The hall is one of the building's."""
        if self.hall is not None and self.hall.building_id != self.building_id:
            raise ValidationError({"hall": _("This hall is in another building.")})
