"""Who was there: marks that are added, never changed, and every scan that a device sent."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campus.events.models.events import Event, EventSession
from campus.events.models.registrations import EventRegistration
from campus.institutions.scope import register_path


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    """The reads of attendance."""

    def present(self) -> "AttendanceQuerySet":
        """The marks that hold: of presence, and not corrected by a later row."""
        return self.filter(is_present=True, correction__isnull=True)


class Attendance(models.Model):
    """A registered person was there (E5). A correction is a new row that names the one it corrects.

    ``session`` is the day where an event takes attendance daily (E12), else empty: once for the whole.
    ``at`` is when it happened, ``recorded_at`` when we heard of it (E6). ``device`` is a digest that
    tells devices of self check-in apart (E10).
    """

    class Method(models.TextChoices):
        SCAN = "scan", _("scanned")
        HAND = "hand", _("by hand")
        UPLOAD = "upload", _("from a list")
        SELF = "self", _("by the person")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registration = models.ForeignKey(
        EventRegistration, on_delete=models.PROTECT, related_name="attendances"
    )
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="attendances")
    session = models.ForeignKey(
        EventSession, on_delete=models.PROTECT, null=True, blank=True, related_name="attendances"
    )
    is_present = models.BooleanField(_("present"), default=True)
    method = models.CharField(_("how"), max_length=6, choices=Method.choices)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    device = models.CharField(max_length=64, blank=True, editable=False)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="correction"
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "session"],
                condition=Q(corrects__isnull=True, session__isnull=False),
                name="events_attendance_once_a_day",
            ),
            models.UniqueConstraint(
                fields=["registration"],
                condition=Q(corrects__isnull=True, session__isnull=True),
                name="events_attendance_once",
            ),
        ]
        indexes = [
            models.Index(fields=["event", "device"], name="events_attendance_device"),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.is_present}"


class Scan(models.Model):
    """One scan as a device sent it; its id makes sending it twice harmless (E6)."""

    class Outcome(models.TextChoices):
        MARKED = "marked", _("marked")
        ALREADY = "already", _("was marked already")
        REFUSED = "refused", _("refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="scans")
    client_id = models.UUIDField(_("id of the device's"))
    registration = models.ForeignKey(
        EventRegistration, on_delete=models.CASCADE, null=True, blank=True, related_name="scans"
    )
    attendance = models.ForeignKey(
        Attendance, on_delete=models.SET_NULL, null=True, blank=True, related_name="scans"
    )
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices)
    code = models.CharField(_("code"), max_length=40, blank=True)
    at = models.DateTimeField(_("scanned at"))
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    scanned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-received_at"]
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        constraints = [
            models.UniqueConstraint(fields=["event", "client_id"], name="events_scan_once"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.outcome}"


register_path(Attendance, "event__club__institution")
register_path(Scan, "event__club__institution")
