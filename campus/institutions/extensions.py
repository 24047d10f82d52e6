"""What the rooms above add to public profiles and directories, which may not import them.

``adds_to_profile`` gives more for the page of one thing: the staff of a department, its courses.
``adds_to_list`` puts figures on the rows of one page of a directory. ``offers_filter`` lets a directory
ask what only another room knows. All are registered in ``AppConfig.ready``, for a model.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q

Addition = Callable[[Any], dict[str, Any]]
Figures = Callable[[list[Any]], None]
Condition = Callable[[], Q]

_profiles: dict[type[Model], list[Addition]] = {}
_lists: dict[type[Model], list[Figures]] = {}
_filters: dict[tuple[type[Model], str], Condition] = {}


def adds_to_profile(model: type[Model], addition: Addition) -> None:
    """Register ``addition(thing)``: more context for the public profile of a ``model``."""
    registered = _profiles.setdefault(model, [])
    if addition not in registered:
        registered.append(addition)


def additions(thing: Model) -> dict[str, Any]:
    """All that was registered for the profile of ``thing``."""
    context: dict[str, Any] = {}
    for addition in _profiles.get(type(thing), ()):
        context |= addition(thing)
    return context


def adds_to_list(model: type[Model], figures: Figures) -> None:
    """Register ``figures(rows)``: sets attributes on the rows of a page, by a fixed number of queries."""
    registered = _lists.setdefault(model, [])
    if figures not in registered:
        registered.append(figures)


def with_figures(model: type[Model], rows: list[Any]) -> list[Any]:
    """``rows`` of ``model`` with all that was registered for its lists."""
    if rows:
        for figures in _lists.get(model, ()):
            figures(rows)
    return rows


def offers_filter(model: type[Model], name: str, condition: Condition) -> None:
    """Register the condition that a directory of ``model`` asks with ``?<name>=1``."""
    _filters[model, name] = condition


def condition_of(model: type[Model], name: str) -> Q:
    """That condition; one that all rows meet where nobody registered any."""
    condition = _filters.get((model, name))
    return condition() if condition else Q()
