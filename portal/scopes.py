"""Scopes (P7): what a person, or an admin, lets another system do with a token of the portal.

An app registers those of its API in its ``rules.py``; a view names the one that an operation needs by
``scope``, beside its ``policy``. An operation that names none is out of reach of every such token. A scope
never widens what the person behind the token may do: the policy is asked all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Scope:
    """A scope and what it allows, as a person reads it before they agree."""

    name: str
    label: Any


OPENID, PROFILE, EMAIL, PHONE, ROLES = "openid", "profile", "email", "phone", "roles"
_scopes: dict[str, Scope] = {}


def register(name: str, label: Any) -> str:
    """Declare a scope; raises ``ValueError`` for a name that is taken."""
    if name in _scopes:
        raise ValueError(f"The scope {name} is declared twice.")
    _scopes[name] = Scope(name, label)
    return name


def all_scopes() -> list[Scope]:
    """Every scope, in the order of registration: those of OpenID first."""
    return list(_scopes.values())


def scope_of(view: Any, action: str | None) -> str | None:
    """The scope that ``action`` of ``view`` needs of a token of another system; None: closed to them."""
    scope = getattr(view, "scope", None)
    found = scope.get(action or "") if isinstance(scope, Mapping) else scope
    return str(found) if found else None


register(OPENID, _("Know who you are in this portal"))
register(PROFILE, _("See your name, photo, language and timezone"))
register(EMAIL, _("See your e-mail address"))
register(PHONE, _("See your phone number"))
register(ROLES, _("See your roles"))
