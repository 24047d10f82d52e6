"""What the services of the catalog share: asking who may, storing with a log, deleting what is free."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from campus.institutions.errors import StillInUse
from campus.institutions.scope import administers
from learning.catalog.errors import Gone
from portal.audit import record
from portal.errors import InvalidInput, NotAllowed
from portal.pagecache import touch
from portal.pagecache.marks import EVERYTHING

M = TypeVar("M", bound=models.Model)
Told = tuple[dict[str, Any], dict[str, Any]]
"""What was and what is, as the log keeps it."""


def require(actor: Any, permission: str, thing: models.Model | None) -> None:
    """Raise NotAllowed unless ``actor`` (None: the system itself) holds ``permission`` for ``thing``."""
    if actor is not None and not actor.has_perm(permission, thing):
        raise NotAllowed


def decides(actor: Any, thing: models.Model) -> bool:
    """Whether ``actor`` is an admin of the thing's institution, or the system itself."""
    return actor is None or bool(administers(actor, thing))


def of_institution(institution_id: int, found: int, param: str) -> None:
    """Raise InvalidInput, naming ``param``, unless both are one institution's id."""
    if found != institution_id:
        raise InvalidInput(_("This belongs to another institution."), param=param)


def locked(thing: M, *, whole: bool = False) -> M:
    """The row as it is now, held until the transaction ends. Raises Gone.

    ``whole`` keeps others from pointing to it meanwhile: for deleting.
    """
    rows = type(thing)._default_manager.select_for_update(no_key=not whole)
    row: M | None = rows.filter(pk=thing.pk).first()
    if row is None:
        raise Gone
    return row


def store(
    thing: M,
    *,
    changes: Mapping[str, Any],
    actor: Any,
    many: Collection[str] = (),
    unique: str = "code",
    check: Callable[[M], None] | None = None,
    extra: Callable[[M], Told] | None = None,
) -> M:
    """Lock, check, store what differs and log it; nothing is written or logged where nothing differs.

    ``many`` names what of ``changes`` is a relation to many; ``unique`` the field that is named where the
    model says that such a thing is there already. ``check`` sees the locked row with its new values,
    ``extra`` writes what belongs to the row and tells what it changed. Raises InvalidInput for what the
    model refuses, with the field's name.
    """
    is_new = thing._state.adding
    plain = {name: value for name, value in changes.items() if name not in many}
    with transaction.atomic():
        row = thing if is_new else locked(thing)
        differing = {
            name: value for name, value in plain.items() if is_new or getattr(row, name) != value
        }
        before = {} if is_new else {name: _plain(getattr(row, name)) for name in differing}
        for name, value in differing.items():
            setattr(row, name, value)
        if check is not None:
            check(row)
        if differing:
            _full_clean(row, unique)
            row.save()
        after = {name: _plain(getattr(row, name)) for name in differing}
        for was, now in (
            *((_set_many(row, name, changes[name])) for name in many if name in changes),
            *([extra(row)] if extra is not None else []),
        ):
            before |= {} if is_new else was
            after |= now
        if differing or after:
            action = "wagtail.create" if is_new else "wagtail.edit"
            record(action=action, instance=row, actor=actor, before=before, after=after)
            touch(EVERYTHING)
    for name in differing:
        setattr(thing, name, getattr(row, name))
    return row


def _set_many(row: models.Model, name: str, wanted: Collection[Any]) -> Told:
    manager = getattr(row, name)
    was = _of_many(manager)
    manager.set(wanted)
    now = _of_many(manager)
    return ({}, {}) if was == now else ({name: was}, {name: now})


def _of_many(manager: Any) -> list[Any]:
    """Names of tags, numbers of anything else."""
    return sorted(
        manager.names() if hasattr(manager, "names") else manager.values_list("pk", flat=True)
    )


def _full_clean(row: models.Model, unique: str) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        found = error.message_dict
        name = next(iter(found))
        raise InvalidInput(found[name][0], param=unique if name == "__all__" else name) from None


def _plain(value: Any) -> Any:
    """A value as the log keeps it."""
    if isinstance(value, models.Model):
        return value.pk
    return value if value is None or isinstance(value, bool | int) else str(value)


# --- deleting -----------------------------------------------------------------------------------


def held_by(thing: models.Model, parts: Collection[str] = ()) -> list[type[models.Model]]:
    """The models whose rows point to ``thing``; ``parts`` names relations that are its own and go with it.

    One query for each model that can.
    """
    found: list[type[models.Model]] = []
    relations: Any = thing._meta.get_fields(include_hidden=True)
    for relation in relations:
        if not relation.auto_created or relation.concrete or relation.name in parts:
            continue
        model = relation.related_model
        if model._meta.auto_created or model in found:
            continue  # a table between two is told of by the relation to many itself
        if model._base_manager.filter(**{relation.field.name: thing.pk}).exists():
            found.append(model)
    return found


def refuse_if_held(
    thing: models.Model, parts: Collection[str] = (), *, param: str | None = None
) -> None:
    """Raise StillInUse, naming what points to ``thing``, if anything does."""
    models_ = held_by(thing, parts)
    if models_:
        raise still_in_use(models_, param=param)


def still_in_use(
    holders: Collection[type[models.Model]], *, param: str | None = None
) -> StillInUse:
    """The refusal, in words and for programs."""
    words = ", ".join(str(model._meta.verbose_name_plural) for model in holders)
    return StillInUse(
        _("Something still belongs to this: %(what)s.") % {"what": words},
        param=param,
        what=[model._meta.label_lower for model in holders],
    )


def remove(thing: models.Model, *, actor: Any, parts: Collection[str] = ()) -> None:
    """Delete what nothing points to, under its lock. Raises StillInUse."""
    try:
        with transaction.atomic():
            row = locked(thing, whole=True)
            refuse_if_held(row, parts)
            record(action="wagtail.delete", instance=row, actor=actor)
            row.delete()
            touch(EVERYTHING)
    except (ProtectedError, RestrictedError) as error:
        protecting: Any = getattr(error, "protected_objects", None) or error.restricted_objects  # type: ignore[union-attr]
        raise still_in_use(list({type(one): None for one in protecting})) from None
