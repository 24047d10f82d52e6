"""Entries of the log are immutable through the application: what the database does not refuse, this does.

PostgreSQL refuses UPDATE and DELETE by trigger; SQLite refuses UPDATE. Deletions through the ORM come
by here on both. Wagtail never needs either: its log points to users, pages and revisions without a
constraint and keeps what it said when they are gone.
"""

from typing import Any

from django.db.models.signals import pre_delete, pre_save
from wagtail.models import ModelLogEntry, PageLogEntry

from campus.audit.models import AuditEntry


class LogIsImmutable(Exception):
    """An entry of the audit log was to be changed or deleted."""


def refuse_change(sender: type, instance: Any, raw: bool = False, **_rest: Any) -> None:
    """An entry is written once; loading a backup into an empty database is writing."""
    if not raw and not instance._state.adding:
        raise LogIsImmutable


def refuse_deletion(sender: type, **_rest: Any) -> None:
    """No entry is deleted."""
    raise LogIsImmutable


def install() -> None:
    """Listen to both logs and to the view over them."""
    for model in (ModelLogEntry, PageLogEntry, AuditEntry):
        name = f"campus.audit.{model.__name__}"
        pre_save.connect(refuse_change, sender=model, dispatch_uid=f"{name}.change")
        pre_delete.connect(refuse_deletion, sender=model, dispatch_uid=f"{name}.delete")
