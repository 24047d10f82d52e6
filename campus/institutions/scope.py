"""Whom and what an admin reaches: the whole portal, or what belongs to their institutions alone.

An account with the role admin and no row of :class:`InstitutionAdministrator` manages the whole portal;
with rows it manages those institutions and nothing else. A superuser always manages the portal. A row
without the role gives nothing.

Every list, chooser and service that admins use asks here: :func:`within` cuts a query, :func:`manages`
and the predicate :func:`administers` ask about one thing. Which way leads from a model to its
institution is said once for each model, by :func:`register_path`.
"""

from typing import Any, TypeVar

import rules
from django.db import models
from django.db.models import Q

from campus.accounts.models import User
from campus.accounts.rules import is_admin
from campus.institutions.models import (
    Department,
    Institution,
    InstitutionAdministrator,
)

M = TypeVar("M", bound=models.Model)
_KEPT = "_managed_institutions"

PATHS: dict[type[models.Model], tuple[str, ...]] = {}


def register_path(model: type[models.Model], *paths: str) -> None:
    """Say how ``model`` is bound to its institution: by a look-up such as ``section__course__institution``.

    Each path ends with the institution itself (``pk`` for institutions). Where several are given, a row
    may lack some of them; those that it has must all lead into one's reach.
    """
    PATHS[model] = paths


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
    """:func:`within` by what the model registered; without a path, for the portal's admins alone."""
    ids = managed(user)
    if ids is None:
        return queryset
    paths = PATHS.get(queryset.model, ())
    if not ids or not paths:
        return queryset.none()
    inside, nowhere = Q(), Q()
    for path in paths:
        one = Q((f"{path}__in", ids))
        inside &= one if len(paths) == 1 else one | Q((f"{path}__isnull", True))
        nowhere &= Q((f"{path}__isnull", True))
    return queryset.filter(inside) if len(paths) == 1 else queryset.filter(inside & ~nowhere)


def institutions_of(thing: models.Model) -> set[int]:
    """Ids of the institutions that ``thing`` belongs to: one, or none where nothing leads to any.

    What of its paths is not loaded yet costs a query each.
    """
    found = (_follow(thing, path) for path in PATHS.get(type(thing), ()))
    return {pk for pk in found if pk is not None}


def _follow(thing: Any, path: str) -> int | None:
    *steps, last = path.split("__")
    for step in steps:
        thing = getattr(thing, step)
        if thing is None:
            return None
    found: int | None = thing.pk if last == "pk" else getattr(thing, f"{last}_id")
    return found


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
register_path(Department, "institution")
register_path(InstitutionAdministrator, "institution")
