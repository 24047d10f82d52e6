"""Tables of the frame: streams of live events, the outbox, job runs, idempotency keys."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from portal.encryption import SealedTextField


class Stream(models.Model):
    """One numbered sequence of live events, such as ``user:12`` or ``section:7``.

    ``head`` is the number of the last event; it is raised under the row's lock, inside the
    transaction of the write that the event tells of, so numbers have no gaps and no doubles.
    ``epoch`` changes only if a stream had to begin again (a restored backup).
    """

    name = models.CharField(max_length=100, unique=True)
    epoch = models.UUIDField(default=uuid.uuid4, editable=False)
    head = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class StreamEvent(models.Model):
    """One event of a stream as it was sent: sockets repeat it, they never make one."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="events")
    number = models.BigIntegerField()
    type = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "number"], name="portal_event_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id}#{self.number} {self.type}"


class OutboxMessage(models.Model):
    """A job that must run after a commit: a row first, handed on after it, swept if that failed.

    ``sent_at`` says when a worker was told of it, ``claimed_until`` how long it is one worker's.
    """

    actor = models.CharField(max_length=150)
    kwargs = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                name="portal_outbox_open",
                condition=Q(done_at__isnull=True, failed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor} #{self.pk}"


class JobRun(models.Model):
    """One run of a scheduled job, kept for the admin to read."""

    class State(models.TextChoices):
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    name = models.CharField(max_length=100, db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    scheduled_for = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "scheduled_for"], name="portal_job_run_once_per_slot"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="portal_job_run_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M}"


class IdempotencyKey(models.Model):
    """The answer once given for a key (F5), so that the same request again gets the same one."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    key = models.CharField(max_length=200)
    route = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="portal_idempotency_key_once"),
        ]

    def __str__(self) -> str:
        return self.key


class LogKey(models.Model):
    """The key by which the audit log holds what names a person; see ``log_keys``."""

    subject = models.CharField(max_length=120, unique=True)
    key = SealedTextField()

    def __str__(self) -> str:
        return self.subject
