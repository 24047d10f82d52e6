"""Names and addresses in the audit log: readable while the person is here, and never after (P9).

The log is never changed, not even when somebody is erased. So what names a person goes into it sealed by a
key of that object's own; erasing forgets the key, and with it what was written, in every backup of the log
as well. That something was changed, when and by whom, stays readable.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.db import models

from portal.models import LogKey

MARK = "sealed_for"
GONE = "(erased)"
Row = tuple[models.Model, str, Mapping[str, Any]]
_naming: dict[str, frozenset[str]] = {}


def register(model: type[models.Model], *fields: str) -> None:
    """Say which fields of ``model`` name a person."""
    _naming[model._meta.label_lower] = frozenset(fields)


def _subject(instance: models.Model) -> str:
    return f"{instance._meta.label_lower}:{instance.pk}"


def _names(instance: models.Model, data: Mapping[str, Any]) -> bool:
    fields = _naming.get(instance._meta.label_lower)
    return bool(
        fields
        and any(fields & side.keys() for side in (data.get("before"), data.get("after")) if side)
    )


def sealed_rows(rows: Sequence[Row]) -> list[Row]:
    """Entries that are to be written, with what names somebody sealed; three statements at most."""
    naming = [row for row in rows if _names(row[0], row[2])]
    if not naming:
        return list(rows)
    subjects = {_subject(instance) for instance, _label, _data in naming}
    boxes = {name: Fernet(key) for name, key in _keys(subjects).items()}
    missing = subjects - boxes.keys()
    if missing:
        LogKey.objects.bulk_create(
            [LogKey(subject=name, key=Fernet.generate_key().decode()) for name in sorted(missing)],
            ignore_conflicts=True,  # another transaction may have made it just now
        )
        boxes |= {name: Fernet(key) for name, key in _keys(missing).items()}
    return [
        (instance, label, _sealed(instance, data, boxes)) if _names(instance, data) else row
        for row in rows
        for instance, label, data in [row]
    ]


def _keys(subjects: Iterable[str]) -> dict[str, str]:
    found = LogKey.objects.filter(subject__in=list(subjects))
    return {one.subject: one.key.reveal() for one in found}


def _sealed(
    instance: models.Model, data: Mapping[str, Any], boxes: Mapping[str, Fernet]
) -> dict[str, Any]:
    subject, fields = _subject(instance), _naming[instance._meta.label_lower]

    def side(facts: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: {MARK: subject, "value": boxes[subject].encrypt(str(value).encode()).decode()}
            if name in fields and value
            else value
            for name, value in facts.items()
        }

    return {
        name: side(value) if name in {"before", "after"} and value else value
        for name, value in data.items()
    }


def forget(instance: models.Model) -> None:
    """Make all that the log says of ``instance`` by name unreadable for ever."""
    LogKey.objects.filter(subject=_subject(instance)).delete()


def keys_for(datas: Iterable[Any]) -> dict[str, str]:
    """The keys that open what is sealed in ``datas``; one query, none where nothing is."""
    subjects = {subject for data in datas for subject in _marks(data)}
    return _keys(subjects) if subjects else {}


def _marks(node: Any) -> Iterable[str]:
    if isinstance(node, dict):
        if MARK in node:
            yield str(node[MARK])
        else:
            for value in node.values():
                yield from _marks(value)


def opened(node: Any, keys: Mapping[str, str]) -> Any:
    """``node`` of an entry as an admin reads it; what nobody can open any more says so."""
    if not isinstance(node, dict):
        return node
    if MARK not in node:
        return {name: opened(value, keys) for name, value in node.items()}
    key = keys.get(str(node[MARK]))
    try:
        return Fernet(key).decrypt(node["value"].encode()).decode() if key else GONE
    except InvalidToken:
        return GONE
