"""When and with whom a course is taught: sections and their weekly meetings."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from campus.people.models import StaffProfile
from campus.venues.models import Hall, Weekday
from learning.catalog.models.courses import Course, Season
from portal.money import known_currency

HAS_FREE_SEAT = Q(capacity__isnull=True) | Q(seats_taken__lt=F("capacity"))


COUNTERS = frozenset({"seats_taken", "last_queue_number"})


def window_is_open(day: dt.date) -> Q:
    """What holds of a section that takes enrollments on ``day``, full or not."""
    return (
        (Q(enrollment_opens__isnull=True) | Q(enrollment_opens__lte=day))
        & (Q(enrollment_closes__isnull=True) | Q(enrollment_closes__gte=day))
        & (Q(ends__isnull=True) | Q(ends__gte=day))
        & Q(is_cancelled=False)
    )


class SectionQuerySet(models.QuerySet["Section"]):
    """The reads of sections."""

    def published(self) -> "SectionQuerySet":
        """Those of published courses, in seasons that are active."""
        return self.filter(course__is_published=True, season__is_active=True)

    def open_on(self, day: dt.date) -> "SectionQuerySet":
        """Those that take enrollments on ``day``, full or not."""
        return self.filter(window_is_open(day))

    def with_free_seats(self) -> "SectionQuerySet":
        """Those with a seat left."""
        return self.filter(HAS_FREE_SEAT)


class Section(ClusterableModel):
    """One offering of a course.

    ``seats_taken`` counts active enrollments. It is raised and lowered under the row's lock by the
    enrollment services alone, so that one row answers "is there a seat" and the database itself
    refuses the one too many (``catalog_section_not_over_capacity``).
    """

    class Delivery(models.TextChoices):
        IN_PERSON = "in_person", _("in person")
        ONLINE = "online", _("online")
        HYBRID = "hybrid", _("hybrid")
        SELF_PACED = "self_paced", _("self-paced")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="sections")
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="sections")
    number = models.CharField(_("registration number"), max_length=20)
    code = models.CharField(_("section"), max_length=20, blank=True)
    title = models.CharField(_("title of its own"), max_length=200, blank=True)
    kind = models.CharField(_("kind of teaching"), max_length=60, blank=True)
    delivery = models.CharField(
        _("delivery"), max_length=12, choices=Delivery.choices, default=Delivery.IN_PERSON
    )
    credit_hours = models.DecimalField(
        _("credit hours"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    place = models.CharField(
        _("place"),
        max_length=200,
        blank=True,
        help_text=_("Where no weekly hour is fixed."),
    )
    instructors = models.ManyToManyField(StaffProfile, blank=True, related_name="sections")
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2, default=0)
    currency = models.CharField(
        _("currency"), max_length=3, default="USD", validators=[known_currency]
    )
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    seats_taken = models.PositiveIntegerField(default=0, editable=False)
    last_queue_number = models.PositiveIntegerField(default=0, editable=False)
    starts = models.DateField(_("starts"), null=True, blank=True)
    ends = models.DateField(_("ends"), null=True, blank=True)
    enrollment_opens = models.DateField(_("enrollment opens"), null=True, blank=True)
    enrollment_closes = models.DateField(_("enrollment closes"), null=True, blank=True)
    drop_until = models.DateField(_("last day to drop"), null=True, blank=True)
    access_days = models.PositiveSmallIntegerField(_("days of access"), null=True, blank=True)
    needs_approval = models.BooleanField(_("enrollment needs approval"), default=False)
    is_cancelled = models.BooleanField(_("cancelled"), default=False)
    imported = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text="What the source last said: an import writes only what the source changed since.",
    )

    objects = SectionQuerySet.as_manager()

    class Meta:
        ordering = ["course__code", "code", "number"]
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        indexes = [
            # Few sections cost money, or all do: the list of paid courses begins with them.
            models.Index(
                fields=["course"],
                name="catalog_section_paid",
                condition=Q(price__gt=0, is_cancelled=False),
            ),
            # A rare way of teaching is found from here, a common one along the list of courses.
            models.Index(fields=["delivery", "course"], name="catalog_section_delivery"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["season", "number"], name="catalog_section_number_once"
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(seats_taken__lte=F("capacity")),
                name="catalog_section_not_over_capacity",
                violation_error_message=_("The capacity is below the number enrolled."),
            ),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                name="catalog_section_ends_after_start",
                violation_error_message=_("A section ends on or after the day it starts."),
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0),
                name="catalog_section_price_not_negative",
                violation_error_message=_("A price is not negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course.code} {self.code or self.number}"

    def save(self, **kwargs: Any) -> None:
        """An edit never writes the counters back: enrollments count under the row's lock meanwhile."""
        if not self._state.adding and kwargs.get("update_fields") is None:
            fields = {field.name for field in self._meta.concrete_fields if not field.primary_key}
            kwargs["update_fields"] = [*(fields - COUNTERS), "meetings"]
        super().save(**kwargs)

    def clean(self) -> None:
        """Days in order, nothing negative."""
        for first, last, sentence in (
            ("starts", "ends", _("A section ends on or after the day it starts.")),
            ("enrollment_opens", "enrollment_closes", _("The window closes after it opens.")),
        ):
            since, until = getattr(self, first), getattr(self, last)
            if since and until and until < since:
                raise ValidationError({last: sentence})
        if self.ends and self.enrollment_opens and self.enrollment_opens > self.ends:
            raise ValidationError({"enrollment_opens": _("The window opens before the end.")})
        if self.price is not None and self.price < 0:
            raise ValidationError({"price": _("A price is not negative.")})
        if self.credit_hours is not None and self.credit_hours < 0:
            raise ValidationError({"credit_hours": _("Credit hours are not negative.")})

    @property
    def seats_left(self) -> int | None:
        """Free seats, or None where there is no limit."""
        return None if self.capacity is None else self.capacity - self.seats_taken

    @property
    def is_full(self) -> bool:
        """Whether the next one has to wait."""
        return self.seats_left == 0

    def takes_enrollments(self, day: dt.date | None = None) -> bool:
        """Whether the window for enrollment is open on ``day`` (today in the portal's timezone)."""
        day = day or timezone.localdate()
        return (
            not self.is_cancelled
            and (self.enrollment_opens is None or self.enrollment_opens <= day)
            and (self.enrollment_closes is None or day <= self.enrollment_closes)
            and (self.ends is None or day <= self.ends)
        )


class Meeting(models.Model):
    """A weekly hour of a section. ``place`` keeps what the source said where no hall is known."""

    section = ParentalKey(Section, on_delete=models.CASCADE, related_name="meetings")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    starts = models.TimeField(_("starts"))
    ends = models.TimeField(_("ends"))
    hall = models.ForeignKey(
        Hall, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings"
    )
    place = models.CharField(_("place"), max_length=200, blank=True)

    class Meta:
        ordering = ["weekday", "starts", "id"]
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.UniqueConstraint(
                fields=["section", "weekday", "starts", "ends"], name="catalog_meeting_once"
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="catalog_meeting_ends_after_start",
                violation_error_message=_("A meeting ends after it starts."),
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="catalog_meeting_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"
