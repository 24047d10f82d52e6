"""Rows of a catalog by the thousand: what is missing made, what the source changed told."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from django.db import models

CHUNK = 1000

M = TypeVar("M", bound=models.Model)
T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of at most ``size``."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def ensure(
    existing: models.QuerySet[M], field: str, wanted: Mapping[str, Callable[[], M]]
) -> tuple[dict[str, M], list[M]]:
    """The rows of ``existing`` by ``field``, those that are missing made; and the made ones.

    Two queries for a thousand of ``wanted``, one where nothing is missing.
    """
    found: dict[str, M] = {}
    made: list[M] = []
    for part in chunks(wanted):
        for row in existing.filter(**{f"{field}__in": part}):
            found[getattr(row, field)] = row
        new = [wanted[key]() for key in part if key not in found]
        if new:
            made += existing.model._default_manager.bulk_create(new)
            found.update((getattr(row, field), row) for row in new)
    return found, made


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """The names whose value the source changed since the last time."""
    return {name for name, value in new.items() if name not in old or old[name] != value}


def told(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What the log keeps: that it was made, or what was and is of the changed fields."""
    if not old:
        return {"created": True}
    names = differences(old, new)
    return {
        "before": {name: _loggable(name, old.get(name)) for name in sorted(names)},
        "after": {name: _loggable(name, new[name]) for name in sorted(names)},
    }


def _loggable(name: str, value: Any) -> Any:
    """What the log keeps of a value for ever: of those who teach how many, for names must be forgettable."""
    return len(value or ()) if name == "instructors" else value
