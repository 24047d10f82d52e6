"""What the rooms above tell this app, which may not import them.

``shows_students`` says who else sees which students: those who teach them. It is registered in
``AppConfig.ready`` and asked at every read.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Q

Shown = Callable[[Any], Q | None]

_shown: list[Shown] = []


def shows_students(shown: Shown) -> Shown:
    """Register ``shown(user)``: a condition on students whom the signed-in user may see, or None."""
    if shown not in _shown:
        _shown.append(shown)
    return shown


def shown_students(user: Any) -> Iterator[Q]:
    """All conditions that hold for ``user``."""
    for shown in _shown:
        condition = shown(user)
        if condition is not None:
            yield condition
