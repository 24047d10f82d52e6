"""The registry of live events: each type is declared once, with the form of its data.

An app declares its own in its ``streams.py`` (found at start-up); `publish` refuses a type that
nobody declared, and in development and tests also data that does not fit its form. The list in
``docs/realtime.md`` is held against this registry by a test.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

Schema = dict[str, Any]


class UndeclaredEvent(ValueError):
    """Somebody published a type that no app declared."""


class UnfitPayload(ValueError):
    """The data of an event does not have the declared form."""


@dataclass(frozen=True)
class EventType:
    """One type of live event.

    ``name`` is ``noun.verb`` in the past; ``summary`` one sentence for front-end developers;
    ``fields`` maps each field of ``data`` to its JSON Schema; all are required unless named in
    ``optional``. Fields that are not declared are refused.
    """

    name: str
    summary: str
    fields: dict[str, Schema]
    optional: frozenset[str] = frozenset()

    @property
    def schema(self) -> Schema:
        """The JSON Schema of the event's ``data``."""
        return {
            "type": "object",
            "properties": self.fields,
            "required": sorted(set(self.fields) - self.optional),
            "additionalProperties": False,
        }

    @cached_property
    def validator(self) -> Draft202012Validator:
        """The compiled schema."""
        return Draft202012Validator(self.schema)

    def check(self, payload: Any) -> None:
        """Raise `UnfitPayload` unless ``payload`` (as JSON values) has the declared form."""
        try:
            self.validator.validate(payload)
        except ValidationError as error:
            raise UnfitPayload(f"{self.name}: {error.json_path}: {error.message}") from error


_types: dict[str, EventType] = {}


def register(event_type: EventType) -> EventType:
    """Declare a type of event; a name can be declared once."""
    if _types.setdefault(event_type.name, event_type) != event_type:
        raise ValueError(f"The event {event_type.name} is declared twice.")
    return event_type


def event_types() -> list[EventType]:
    """All declared types, by name."""
    return [_types[name] for name in sorted(_types)]


def event_type(name: str) -> EventType:
    """The declared type ``name``; raises `UndeclaredEvent`."""
    try:
        return _types[name]
    except KeyError:
        raise UndeclaredEvent(
            f"No app declares the event {name!r}; see portal/realtime/events.py."
        ) from None
