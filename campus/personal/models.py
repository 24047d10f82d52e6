"""Downloads of personal data, and wishes to be forgotten (P9)."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.storages import private_storage


def archive_path(instance: models.Model, filename: str) -> str:
    """A path that tells nothing and cannot be guessed."""
    return f"personal/{uuid.uuid4().hex}.zip"


class DataExportQuerySet(models.QuerySet["DataExport"]):
    """The reads of downloads."""

    def visible_to(self, user: Any) -> "DataExportQuerySet":
        """Those of ``user``; nobody sees another's, whatever their role."""
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()

    def fetchable(self) -> "DataExportQuerySet":
        """Those made and not expired."""
        return self.filter(state=DataExport.State.READY, expires_at__gt=timezone.now())


class DataExport(models.Model):
    """A download of all that the portal holds on a person: made in the background, gone after a while."""

    class State(models.TextChoices):
        PENDING = "pending", _("being made")
        READY = "ready", _("ready")
        EXPIRED = "expired", _("expired")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="data_exports"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    file = models.FileField(storage=private_storage, upload_to=archive_path, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("download of personal data")
        verbose_name_plural = _("downloads of personal data")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state="pending"), name="personal_one_export_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.user_id} {self.state}"

    @property
    def is_fetchable(self) -> bool:
        """Whether the file is there to be fetched."""
        return bool(
            self.state == self.State.READY and self.expires_at and self.expires_at > timezone.now()
        )


class ErasureRequest(models.Model):
    """A wish that an account be erased: it waits for its day, and can be taken back until then."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        CANCELED = "canceled", _("canceled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="erasure_requests"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    due_at = models.DateTimeField(_("due"))
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("request for erasure")
        verbose_name_plural = _("requests for erasure")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state__in=["waiting", "running"]),
                name="personal_one_erasure_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.user_id} {self.state}"
