"""The types of notification: each app declares its own in its ``notifications.py``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
Action = Callable[..., Any]


@dataclass(frozen=True)
class NotificationType:
    """One type: its sentences, its channels, and what can be done from it.

    ``title`` and ``body`` are lazy translated format strings (``%(course)s``) filled with the
    notification's ``params`` when it is read, in the reader's language. ``actions`` maps the name of an
    action to a label and the service that does it (N3); the service takes ``target`` (the stored id)
    and ``actor``, and refuses whoever may not, as it does anywhere else.

    ``child_title`` and ``child_body`` are the sentences for whoever cares for the person that the
    notification is about; they hold where its facts name the ``child``.
    """

    name: str
    label: Text
    title: Text
    body: Text = ""
    child_title: Text = ""
    child_body: Text = ""
    email: bool = False
    actions: Mapping[str, tuple[Text, Action]] = field(default_factory=dict)

    def title_for(self, params: Mapping[str, Any]) -> str:
        """The title in the active language."""
        text = self.child_title if "child" in params else ""
        return _fill(text or self.title, params)

    def body_for(self, params: Mapping[str, Any]) -> str:
        """The body in the active language."""
        text = self.child_body if "child" in params else ""
        return _fill(text or self.body, params)


class _Facts(dict[str, Any]):
    """A fact that an older row does not have yet reads as nothing, never as an error."""

    def __missing__(self, key: str) -> str:
        return "–"


def _fill(text: Text, params: Mapping[str, Any]) -> str:
    return str(text) % _Facts(params)


_types: dict[str, NotificationType] = {}

#: Stands in for a type that was taken out of the code while rows of it are still there.
UNKNOWN = NotificationType(name="", label=_("Other"), title=_("Something happened"))


def register(kind: NotificationType) -> NotificationType:
    """Declare a type. Raises ``ValueError`` if the name is taken."""
    if kind.name in _types:
        raise ValueError(f"The notification type {kind.name} is declared twice.")
    _types[kind.name] = kind
    return kind


def get(name: str) -> NotificationType:
    """The declared type; raises ``KeyError`` for one that nobody declared."""
    return _types[name]


def find(name: str) -> NotificationType:
    """The declared type, or :data:`UNKNOWN` for reading what an older version wrote."""
    return _types.get(name, UNKNOWN)


def all_types() -> list[NotificationType]:
    """Every declared type, by name."""
    return [_types[name] for name in sorted(_types)]
