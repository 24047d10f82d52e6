"""What the portal holds on a person (P9): each app says what it has, and how it forgets.

An app registers once, in its ``AppConfig.ready``::

    personal.register("enrollments", export=export, erase=erase, covers=["enrollments.Enrollment"])

``export(user)`` gives rows (flat dicts, JSON values; a stored file as its ``FieldFile``) for the download.
``erase(user)`` anonymizes or deletes, in transactions of its own, and may run twice; what the law of
bookkeeping needs it keeps, without what names the person. ``covers`` names the models that hold a foreign
key to a person and are dealt with; ``keep`` names those that stay as they are, with the reason. A model in
neither fails ``tests/security/test_personal.py``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Rows = list[dict[str, Any]]

EARLY, USUAL, LATE, LAST = 10, 50, 80, 100
"""When an app forgets: the account itself goes last, messages late, for others may still write some."""


@dataclass(frozen=True)
class Holder:
    """An app that holds something on people."""

    name: str
    export: Callable[[Any], Rows]
    erase: Callable[[Any], None]
    covers: frozenset[str]
    order: int


_holders: dict[str, Holder] = {}
_kept: dict[str, str] = {}


def register(
    name: str,
    export: Callable[[Any], Rows],
    erase: Callable[[Any], None],
    covers: Iterable[str] = (),
    order: int = USUAL,
) -> None:
    """Add an app, or a part of one, under a name of its own; raises ``ValueError`` for one taken."""
    if name in _holders:
        raise ValueError(f"{name} is registered twice.")
    _holders[name] = Holder(name, export, erase, frozenset(covers), order)


def keep(reason: str, *models: str) -> None:
    """Name models that point to people and stay as they are: the row they point to loses its name."""
    _kept.update(dict.fromkeys(models, reason))


def nothing(user: Any) -> Rows:
    """For who has nothing to tell that another part does not tell."""
    return []


def holders() -> list[Holder]:
    """All of them, in the order in which they forget."""
    return sorted(_holders.values(), key=lambda holder: (holder.order, holder.name))


def covered() -> frozenset[str]:
    """Labels of the models that are dealt with, by an app or by a reason."""
    return frozenset(_kept).union(*(holder.covers for holder in _holders.values()))
