"""Fields that are encrypted at rest: sealed by ``FIELD_ENCRYPTION_KEYS`` before the database sees them.

The database, its dumps and ``dumpdata`` hold Fernet tokens alone. The first key seals, every key opens: a
new one is put before the old, ``manage.py rotate_field_keys`` seals everything anew, and then the old one
can go. A sealed field cannot be searched or sorted by what it says.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

PREFIX = "sealed:"
SHOWN = 3
DOT = "•"


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS must hold Fernet keys (32 bytes in URL-safe base64), with commas."
        ) from None


def box() -> MultiFernet:
    """What seals with the first of the keys and opens with any; raises ``ImproperlyConfigured``."""
    return _box(tuple(settings.FIELD_ENCRYPTION_KEYS))


def masked(plain: str) -> str:
    """``plain`` as everyone may see it: dots and its last three; short ones as dots alone."""
    if not plain:
        return ""
    return DOT * 5 + (plain[-SHOWN:] if len(plain) > 2 * SHOWN else "")


class Secret:
    """A text that shows itself masked wherever it is printed, logged or put into an answer.

    Only :meth:`reveal` gives it away, so that what is written by accident (a template, a serializer, the
    variables of a traceback) holds dots. It is opened when it is asked for, and not before.
    """

    __slots__ = ("_plain", "_token")

    def __init__(self, plain: str = "", *, token: str = "") -> None:
        self._plain: str | None = None if token else plain
        self._token = token

    def reveal(self) -> str:
        """The text itself; raises ``cryptography.fernet.InvalidToken`` where no key opens it."""
        if self._plain is None:
            self._plain = box().decrypt(self._token.removeprefix(PREFIX).encode()).decode()
        return self._plain

    def sealed(self) -> str:
        """What the database holds: a token, or nothing for an empty text."""
        if not self._token and self._plain:
            self._token = PREFIX + box().encrypt(self._plain.encode()).decode()
        return self._token

    def resealed(self) -> "Secret":
        """The same, sealed by the first key."""
        return Secret(self.reveal())

    def __str__(self) -> str:
        return masked(self.reveal())

    def __repr__(self) -> str:
        return "<Secret>"

    def __bool__(self) -> bool:
        return bool(self._token or self._plain)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __getstate__(self) -> dict[str, str]:
        return {"token": self.sealed()}

    def __setstate__(self, state: dict[str, str]) -> None:
        self._plain, self._token = None if state["token"] else "", state["token"]


if TYPE_CHECKING:
    _TextField = models.TextField[Secret | str, Secret]
else:
    _TextField = models.TextField


class SealedTextField(_TextField):
    """A text kept sealed; on the model it is a :class:`Secret`, and may be set to one or to a text."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Secret:
        """What the column holds, not opened yet."""
        return Secret(token=value or "")

    def to_python(self, value: Any) -> Any:
        """A ``Secret`` of whatever was given; what ``dumpdata`` wrote is read as it is."""
        if isinstance(value, Secret):
            return value
        text = str(value or "")
        return Secret(token=text) if text.startswith(PREFIX) else Secret(text)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The attribute becomes a ``Secret``, if it was set to a text."""
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        """What the column gets: never the text."""
        return self.to_python(value).sealed()

    def value_to_string(self, obj: Any) -> str:
        """What ``dumpdata`` writes: the token."""
        return str(self.get_prep_value(self.value_from_object(obj)))


def sealed_fields() -> list[tuple[type[models.Model], SealedTextField]]:
    """Every sealed field of every model."""
    from django.apps import apps  # noqa: PLC0415 (models import this module)

    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedTextField)
    ]
