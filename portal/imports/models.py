"""An upload and its rows."""

import uuid
from pathlib import PurePath
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.storages import private_storage


def file_path(instance: "Import", filename: str) -> str:
    """A path that tells nothing of the file; it keeps the ending."""
    return f"imports/{instance.pk}{PurePath(filename).suffix.lower()[:5]}"


class ImportQuerySet(models.QuerySet["Import"]):
    """The reads of imports."""

    def visible_to(self, user: Any) -> "ImportQuerySet":
        """One's own of the kinds one may use, and all of the kinds one oversees."""
        from portal.imports.registry import importers_for  # noqa: PLC0415 (it names this module's rows)

        usable = importers_for(user)
        overseen = [importer.kind for importer in usable if importer.oversees(user)]
        return self.filter(
            models.Q(actor_id=user.pk, kind__in=[importer.kind for importer in usable])
            | models.Q(kind__in=overseen)
        )


class Import(models.Model):
    """One upload: its file, who brought it, how far it is and what it did.

    ``subject`` is the id of the one thing that the rows are about, for kinds that have such (the event
    whose attendance it is). The counts and ``headings`` (the columns of each table, as the file has
    them) are those of the last check; ``result`` holds the counts of what was written.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _("being checked")
        REFUSED = "refused", _("has errors")
        READY = "ready", _("ready to apply")
        APPLYING = "applying", _("being applied")
        DONE = "done", _("applied")
        FAILED = "failed", _("failed")
        DISCARDED = "discarded", _("discarded")

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.CHECKING: frozenset({State.REFUSED, State.READY, State.FAILED}),
        State.REFUSED: frozenset({State.CHECKING, State.DISCARDED}),
        State.READY: frozenset({State.CHECKING, State.APPLYING, State.DISCARDED}),
        State.APPLYING: frozenset({State.CHECKING, State.DONE, State.FAILED}),
        State.FAILED: frozenset({State.CHECKING, State.DISCARDED}),
        State.DONE: frozenset(),
        State.DISCARDED: frozenset(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    subject = models.UUIDField(null=True, blank=True, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    file = models.FileField(_("file"), upload_to=file_path, storage=private_storage, blank=True)
    file_name = models.CharField(_("name of the file"), max_length=200)
    file_size = models.PositiveBigIntegerField(_("bytes"), default=0)
    digest = models.CharField(max_length=64, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.CHECKING
    )
    problem = models.TextField(_("what is wrong"), blank=True)
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_wrong = models.PositiveIntegerField(_("with errors"), default=0)
    rows_create = models.PositiveIntegerField(_("to make"), default=0)
    rows_change = models.PositiveIntegerField(_("to change"), default=0)
    rows_same = models.PositiveIntegerField(_("unchanged"), default=0)
    headings = models.JSONField(default=dict, editable=False)
    result = models.JSONField(_("result"), default=dict, blank=True)
    job_id = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["-created_at"], name="imports_newest")]

    def __str__(self) -> str:
        return f"{self.kind} · {self.file_name}"

    @property
    def is_busy(self) -> bool:
        """Whether a worker has it, or will."""
        return self.state in {self.State.CHECKING, self.State.APPLYING}

    @property
    def may_apply(self) -> bool:
        """Whether it can be applied as it is."""
        return self.state == self.State.READY and bool(self.file)

    @property
    def may_check(self) -> bool:
        """Whether it can be checked again."""
        return self.may_discard and bool(self.file)

    @property
    def may_discard(self) -> bool:
        """Whether it can be let go."""
        return self.State.DISCARDED in self.TRANSITIONS[self.state]


class ImportRow(models.Model):
    """One row of the file with what is wrong in it and what it would do.

    ``table`` names the file inside an archive (empty for a single table), ``number`` is the line;
    ``cells`` are the texts as they stood, in the order of the file's columns. ``before`` and ``after``
    hold only what changes. Kept for a while only: the rows hold what people are called.
    """

    class Outcome(models.TextChoices):
        WRONG = "wrong", _("error")
        CREATE = "create", _("new")
        CHANGE = "change", _("changed")
        SAME = "same", _("unchanged")

    owner = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    table = models.CharField(max_length=40, blank=True)
    number = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    label = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    errors = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "position"], name="imports_row_once"),
        ]
        indexes = [
            models.Index(fields=["owner", "outcome", "position"], name="imports_row_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.number}".strip()
