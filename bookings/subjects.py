"""What a hall can be asked for: clubs, courses … Each room says what it has; this one knows none of learning.

::

    subjects.register(SubjectKind("course", Course, _("Course"), offered=lambda user: …))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from bookings.errors import SubjectNotFound

LONGEST_LIST = 200


@dataclass(frozen=True)
class SubjectKind:
    """A kind: its name in the API, and which of them ``offered(user)`` may ask a hall for."""

    name: str
    model: type[Model]
    label: Any
    offered: Callable[[Any], QuerySet[Any]]


_kinds: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> None:
    """Add a kind; raises ``ValueError`` for a name that is taken."""
    if kind.name in _kinds:
        raise ValueError(f"{kind.name} is registered twice.")
    _kinds[kind.name] = kind


def kinds() -> list[SubjectKind]:
    """All of them, by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def kind_of(subject: Model) -> SubjectKind | None:
    """The kind of a thing, if it is one that halls are asked for."""
    return next((kind for kind in _kinds.values() if isinstance(subject, kind.model)), None)


def find(name: str, pk: Any, user: Any) -> Model:
    """The thing that ``user`` names, if they may ask a hall for it; raises :class:`SubjectNotFound`."""
    kind = _kinds.get(name)
    try:
        found = kind.offered(user).filter(pk=pk).first() if kind else None
    except (ValueError, ValidationError, OverflowError):
        found = None
    if found is None:
        raise SubjectNotFound(param="subject_id" if kind else "subject_type")
    return found


def choices(user: Any) -> list[tuple[str, str]]:
    """What ``user`` may ask a hall for, as ``kind:id`` and name; one query for each kind."""
    return [
        (f"{kind.name}:{thing.pk}", f"{kind.label}: {thing}")
        for kind in kinds()
        for thing in kind.offered(user)[:LONGEST_LIST]
    ]
