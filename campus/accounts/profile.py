"""The profile (P9): the common part here, the parts of the roles from the apps that know them.

An app above adds its part by ``register_part`` in its ``AppConfig.ready``; the profile page shows the parts
that a person has, in the order of registration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms

from campus.accounts.models import User


@dataclass(frozen=True)
class Part:
    """One part of the profile page.

    ``subject`` finds what the part is about for a user (None: the person has no such part); ``facts``
    gives what it shows and cannot be changed here; ``form`` is a ``ModelForm`` on the subject; ``save``
    stores the cleaned data.
    """

    key: str
    title: Any
    subject: Callable[[User], Any]
    facts: Callable[[Any], list[tuple[Any, Any]]]
    form: type[forms.ModelForm]
    save: Callable[[Any, dict[str, Any], User], None]


PARTS: dict[str, Part] = {}


def register_part(part: Part) -> None:
    """Add a part to the profile page."""
    PARTS[part.key] = part
