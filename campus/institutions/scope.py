"""Whom and what an admin reaches: the whole portal, or what belongs to their institutions alone.

An account with the role admin and no row of :class:`InstitutionAdministrator` manages the whole portal;
with rows it manages those institutions and nothing else. A superuser always manages the portal. A row
without the role gives nothing.

Every list, chooser and service that admins use asks here: :func:`within` cuts a query, :func:`manages`
and the predicate :func:`administers` ask about one thing. Which way leads from a model to its
institution is said once for each model, by :func:`register_path`.
"""

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import rules
from django.db import models
from django.db.models import Q

from campus.accounts.models import User
from campus.accounts.rules import is_admin
from campus.institutions.models import (
    Department,
    Faculty,
    Institution,
    InstitutionAdministrator,
)

M = TypeVar("M", bound=models.Model)
_KEPT = "_managed_institutions"


class Bond(Protocol):
    """How the rows of a model are bound to institutions."""

    def inside(self, ids: frozenset[int]) -> Q:
        """The rows that an admin of these institutions sees."""

    def institutions_of(self, thing: Any) -> set[int]:
        """All institutions that one row belongs to. Empty: it is the portal's own."""


@dataclass(frozen=True)
class Paths:
    """A bond by look-ups, each of which ends with the institution itself (``pk`` for institutions).

    Where there are several, a row may lack some of them; those that it has must all lead inside.
    """

    paths: tuple[str, ...]

    def inside(self, ids: frozenset[int]) -> Q:
        """The rows all of whose paths lead to one of ``ids``."""
        if len(self.paths) == 1:
            return Q((f"{self.paths[0]}__in", ids))
        found, nowhere = Q(), Q()
        for path in self.paths:
            lacks = Q((f"{path}__isnull", True))
            found &= Q((f"{path}__in", ids)) | lacks
            nowhere &= lacks
        return found & ~nowhere

    def institutions_of(self, thing: Any) -> set[int]:
        """The institutions at the ends; what of a path is not loaded yet costs a query."""
        return {pk for pk in (_follow(thing, path) for path in self.paths) if pk is not None}


def _follow(thing: Any, path: str) -> int | None:
    *steps, last = path.split("__")
    for step in steps:
        thing = getattr(thing, step)
        if thing is None:
            return None
    found: int | None = thing.pk if last == "pk" else getattr(thing, f"{last}_id")
    return found


_BONDS: dict[type[models.Model], Bond] = {}


def register_bond(model: type[models.Model], bond: Bond) -> None:
    """Say how ``model`` is bound to institutions; what has no bond is for the portal's admins alone."""
    _BONDS[model] = bond


def register_path(model: type[models.Model], *paths: str) -> None:
    """Bind ``model`` by look-ups such as ``section__course__institution`` (see :class:`Paths`)."""
    register_bond(model, Paths(paths))


def bonds() -> frozenset[type[models.Model]]:
    """The models that are bound to institutions."""
    return frozenset(_BONDS)


def bond_of(model: type[models.Model]) -> Bond | None:
    """The bond of ``model`` or of what it derives from."""
    return next((_BONDS[base] for base in model.__mro__ if base in _BONDS), None)


def managed(user: Any) -> frozenset[int] | None:
    """Ids of the institutions that ``user`` manages as an admin; None is the whole portal.

    Empty for everybody who is no admin. One query (two with the roles), kept with the user's object
    until :func:`forget`.
    """
    if not is_admin(user):
        return frozenset()
    if user.is_superuser:
        return None
    if _KEPT not in user.__dict__:
        rows = InstitutionAdministrator.objects.filter(user_id=user.pk)
        user.__dict__[_KEPT] = frozenset(rows.values_list("institution_id", flat=True)) or None
    kept: frozenset[int] | None = user.__dict__[_KEPT]
    return kept


def forget(user: User) -> None:
    """Drop what :func:`managed` and the roles kept with this object, after its rows changed."""
    user.__dict__.pop(_KEPT, None)
    user.__dict__.pop("roles", None)


def manages_portal(user: Any) -> bool:
    """Whether ``user`` is an admin of the whole portal."""
    return managed(user) is None


def manages(user: Any, institution_id: int | None) -> bool:
    """Whether ``user`` is an admin of this institution; of what has none (None), one of the portal."""
    ids = managed(user)
    return ids is None or (institution_id is not None and institution_id in ids)


def within(
    queryset: models.QuerySet[M], user: Any, path: str = "institution"
) -> models.QuerySet[M]:
    """What of ``queryset`` belongs to the institutions that ``user`` manages; nothing for no admin.

    ``path`` leads from the model to the institution (``section__course__institution``); ``pk`` for
    institutions themselves.
    """
    ids = managed(user)
    if ids is None:
        return queryset
    return queryset.filter(Q((f"{path}__in", ids))) if ids else queryset.none()


def within_scope(queryset: models.QuerySet[M], user: Any) -> models.QuerySet[M]:
    """:func:`within` by the model's bond; without a bond, for the portal's admins alone."""
    ids = managed(user)
    if ids is None:
        return queryset
    bond = bond_of(queryset.model)
    return queryset.filter(bond.inside(ids)) if ids and bond else queryset.none()


def shown_or_within(queryset: models.QuerySet[M], user: Any, shown: Q) -> models.QuerySet[M]:
    """What is ``shown`` to anybody, and to admins what is within their reach besides."""
    ids = managed(user)
    if ids is None:
        return queryset
    bond = bond_of(queryset.model)
    return queryset.filter(shown | bond.inside(ids) if ids and bond else shown)


def is_limited(user: Any) -> bool:
    """Whether ``user`` is an admin, but of some institutions alone."""
    return bool(managed(user))


def choices_within(queryset: models.QuerySet[M], user: Any) -> models.QuerySet[M]:
    """What a field may offer: for an admin of institutions only theirs, where the model has a bond.

    Whoever is no such admin (an editor, a teacher) is limited by other policies.
    """
    limited = is_limited(user) and bond_of(queryset.model) is not None
    return within_scope(queryset, user) if limited else queryset


def institutions_of(thing: models.Model) -> set[int]:
    """Ids of the institutions that ``thing`` belongs to; none for what is the portal's own."""
    bond = bond_of(type(thing))
    return bond.institutions_of(thing) if bond else set()


@rules.predicate
def administers(user: Any, thing: models.Model | None) -> bool:
    """Is an admin of the thing's institution; asked without a thing, an admin of anything."""
    if thing is None:
        return bool(is_admin(user))
    ids = managed(user)
    if ids is None or not ids:
        return ids is None
    found = institutions_of(thing)
    return bool(found) and found <= ids


@rules.predicate
def administers_portal(user: Any) -> bool:
    """Is an admin of the whole portal."""
    return managed(user) is None


register_path(Institution, "pk")
register_path(Faculty, "institution")
register_path(Department, "institution")
register_path(InstitutionAdministrator, "institution")
