"""The types of notification: each app declares its own in its ``notifications.py``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campus.notifications.models import Channel, Timing

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

    ``email`` is when a mail is sent unless the person chose otherwise: True is at once, False never.
    A ``mandatory`` type is about the safety of an account or a child: it always comes at once, in the
    portal and, where ``email`` is not False, by mail (N2). A type that is not ``listed`` cannot be chosen
    at all: the notice that a digest is there.
    """

    name: str
    label: Text
    title: Text
    body: Text = ""
    child_title: Text = ""
    child_body: Text = ""
    email: bool | Timing = False
    mandatory: bool = False
    listed: bool = True
    actions: Mapping[str, tuple[Text, Action]] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """The part of the portal that it comes from: what its name begins with."""
        return self.name.partition(".")[0]

    def default(self, channel: str) -> Timing:
        """When it comes by ``channel`` to who chose nothing."""
        if channel == Channel.IN_APP or self.email is True:
            return Timing.AT_ONCE
        return self.email or Timing.OFF

    def allowed(self, channel: str) -> list[Timing]:
        """What can be chosen for ``channel``: of a mandatory type nothing but how it is."""
        return [self.default(channel)] if self.mandatory else list(Timing)

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

GROUPS: Mapping[str, Text] = {
    "accounts": _("Accounts"),
    "announcements": _("Announcements"),
    "assessments": _("Quizzes and grades"),
    "attendance": _("Attendance"),
    "bookings": _("Halls"),
    "certificates": _("Certificates"),
    "clubs": _("Clubs"),
    "community": _("Groups and chat"),
    "enrollments": _("Enrollments"),
    "events": _("Events"),
    "innovation": _("Projects"),
    "payments": _("Payments"),
    "people": _("People around you"),
    "personal": _("Your data"),
    "points": _("Points"),
    "timetable": _("Timetable"),
}
"""The sections of the page of choices; a type of an app that is not here stands under ``Other``."""

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


def listed_types() -> list[NotificationType]:
    """Every type that people choose for, by name."""
    return [kind for kind in all_types() if kind.listed]


def group_label(group: str) -> Text:
    """The heading of a group."""
    return GROUPS.get(group, _("Other"))


def types_of(group: str) -> list[NotificationType]:
    """The listed types of a group; none where there is no such group."""
    return [kind for kind in listed_types() if kind.group == group]
