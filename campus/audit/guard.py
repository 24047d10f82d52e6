"""The log as the application meets it: an entry carries its request's facts, and stays as it was written.

What the database refuses stands in :mod:`campus.audit.triggers`; the ORM refuses it here, before. Wagtail
never needs either: its log points to users, pages and revisions without a constraint and keeps what it
said when they are gone.
"""

from typing import Any

from django.db.models.signals import pre_delete, pre_save

from campus.audit.models import AuditEntry
from campus.audit.triggers import LOGS
from portal.audit import request_facts


class LogIsImmutable(Exception):
    """An entry of the audit log was to be changed or deleted."""


def refuse_change(sender: type, instance: Any, raw: bool = False, **_rest: Any) -> None:
    """An entry is written once; loading a backup into an empty database is writing."""
    if not raw and not instance._state.adding:
        raise LogIsImmutable


def add_request_facts(sender: type, instance: Any, raw: bool = False, **_rest: Any) -> None:
    """Address and request id into an entry that Wagtail writes; ours carry them already.

    Here, where every entry passes on its way to the database, whoever made it: the admin's views, the
    actions of pages, workflows.
    """
    if not raw and instance._state.adding:
        instance.data = {**request_facts(), **(instance.data or {})}
        if "page_id" in instance.__dict__:
            instance.label = label_of_page(instance)


def label_of_page(entry: Any) -> str:
    """How an entry names its page: as the page itself says, where its title would name a person."""
    page = entry.page
    if not hasattr(page.specific_class, "audit_label"):
        return str(entry.label)
    return str(page.specific_deferred.audit_label)


def refuse_deletion(sender: type, **_rest: Any) -> None:
    """No entry is deleted."""
    raise LogIsImmutable


def install() -> None:
    """Listen to all logs and to the view over them."""
    for model in (*LOGS, AuditEntry):
        name = f"campus.audit.{model.__name__}"
        pre_save.connect(refuse_change, sender=model, dispatch_uid=f"{name}.change")
        if model is not AuditEntry:
            pre_save.connect(add_request_facts, sender=model, dispatch_uid=f"{name}.facts")
        pre_delete.connect(refuse_deletion, sender=model, dispatch_uid=f"{name}.delete")
