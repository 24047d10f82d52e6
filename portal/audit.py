"""One way to write the audit log: Wagtail's own, with who, what, before and after.

What names a person is sealed by a key that erasing forgets (``log_keys``).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from wagtail.log_actions import get_active_log_context, registry

from portal import log_keys


def request_facts() -> dict[str, str]:
    """Address and id of the request that is being served, as the context of the logs holds them."""
    context = structlog.contextvars.get_contextvars()
    facts = {"address": context.get("ip"), "request_id": context.get("request_id")}
    return {name: str(value) for name, value in facts.items() if value}


def record(
    *,
    action: str,
    instance: models.Model,
    actor: Any,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    label: str = "",
    **data: Any,
) -> None:
    """Write one entry to the log, in the caller's transaction, by one statement.

    ``action`` is one that ``wagtail_hooks.py`` of the app registered (``enrollments.enroll``), else a
    ``ValueError`` is raised; ``before`` and ``after`` hold the changed fields only, as JSON values;
    ``label`` names the object in the log (its ``str()`` if empty) and should not name a person. An
    ``actor`` of None is the system itself.
    """
    changed = {"before": before or {}, "after": after or {}} if before or after else {}
    _write(
        action,
        [(instance, label, {**changed, **data})],
        actor=actor,
        uuid=get_active_log_context().uuid,
    )


def record_many(
    *,
    action: str,
    entries: Iterable[tuple[models.Model, Mapping[str, Any]]],
    actor: Any,
    batch_size: int = 1000,
    label: Callable[[Any], str] = lambda _instance: "",
) -> None:
    """Write an entry for each object of a bulk operation, ``batch_size`` at a time.

    The entries (objects of one model, and the data of each) share one uuid, so that the log shows them
    as one act. ``label`` says how the log names an object, as in ``record``.
    """
    rows = [(instance, label(instance), data) for instance, data in entries]
    _write(action, rows, actor=actor, uuid=uuid4(), batch_size=batch_size)


def _write(
    action: str,
    rows: list[tuple[models.Model, str, Mapping[str, Any]]],
    *,
    actor: Any,
    uuid: UUID | None,
    batch_size: int | None = None,
) -> None:
    """Insert entries past Wagtail's own ``save()``, which looks every foreign key of each up again."""
    if not rows:
        return
    if not registry.action_exists(action):
        raise ValueError(f"The log action {action} is not registered in any wagtail_hooks.py.")
    model = registry.get_log_model_for_instance(rows[0][0])
    key = "page_id" if any(field.name == "page" for field in model._meta.fields) else "object_id"
    now, facts = timezone.now(), request_facts()
    rows = log_keys.sealed_rows(rows)
    model._default_manager.bulk_create(
        [
            model(
                content_type=ContentType.objects.get_for_model(instance, for_concrete_model=False),
                label=label or str(instance),
                action=action,
                timestamp=now,
                uuid=uuid,
                user_id=getattr(actor, "pk", None),
                data={**data, **facts},
                **{key: instance.pk if key == "page_id" else str(instance.pk)},
            )
            for instance, label, data in rows
        ],
        batch_size=batch_size,
    )
