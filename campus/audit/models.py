"""The log as one list: Wagtail keeps pages and other objects apart, a reader wants them together."""

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One entry of Wagtail's log, of a page or of any other object: a view of the database, not a table.

    It is read only. Writing is :func:`portal.audit.record`'s and Wagtail's own.
    """

    id = models.CharField(primary_key=True, max_length=32)
    content_type = models.ForeignKey(
        ContentType, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    object_id = models.CharField(max_length=255)
    label = models.TextField()
    action = models.CharField(max_length=255)
    data = models.JSONField(default=dict)
    timestamp = models.DateTimeField()
    uuid = models.UUIDField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
    )

    class Meta:
        managed = False
        db_table = "audit_entry"
        ordering = ["-timestamp", "-id"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")

    def __str__(self) -> str:
        return f"{self.action}: {self.label}"
