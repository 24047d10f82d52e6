"""Which saved models change which pages: apps fill it in, the frame knows none of them."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.db.models.signals import m2m_changed, post_delete, post_save

from portal.pagecache.marks import EVERYTHING
from portal.pagecache.versions import touch

TagsOf = Callable[[Any], Iterable[str]]

_registered: dict[type[models.Model], TagsOf] = {}


def register(model: type[models.Model], tags_of: TagsOf, *, many: Iterable[str] = ()) -> None:
    """Touch ``tags_of(instance)`` whenever a ``model`` is saved or deleted.

    For edits through the Wagtail admin, which go around our services. ``many`` names many-to-many
    fields whose change counts as well. Writes in bulk send no signals: whoever makes them calls
    ``touch`` (as ``services.py`` does).
    """
    _registered[model] = tags_of
    key = f"pagecache:{model._meta.label}"
    post_save.connect(_saved, sender=model, dispatch_uid=key)
    post_delete.connect(_saved, sender=model, dispatch_uid=key)
    for name in many:
        through = getattr(model, name).through
        m2m_changed.connect(
            _ManyChanged(model), sender=through, dispatch_uid=f"{key}.{name}", weak=False
        )


def registered() -> dict[type[models.Model], TagsOf]:
    """What apps registered, for the tests to look over."""
    return dict(_registered)


def _saved(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    touch(*_registered[sender](instance))


class _ManyChanged:
    """Touches the tags of the registered side, from whichever side the change came."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model

    def __call__(
        self,
        *,
        action: str,
        instance: models.Model,
        pk_set: set[Any] | None,
        **kwargs: Any,
    ) -> None:
        if not action.startswith("post_"):
            return
        tags_of = _registered[self.model]
        if isinstance(instance, self.model):
            touch(*tags_of(instance))
        elif pk_set is None:
            touch(EVERYTHING)  # cleared from the other side: it is no longer known what was there
        else:
            for other in self.model._default_manager.filter(pk__in=pk_set):
                touch(*tags_of(other))
